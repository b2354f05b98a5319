// Protodeps prints the proto files that Guanxi's own protos import, from the descriptors linked into this program.
// They are the very files the services' Go packages were generated from, so no third-party source is kept in the
// repository, no schema registry is asked, and the versions cannot drift apart: tools/go.mod decides both.
//
//	protodeps <directory>
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/dayofweek"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/genproto/googleapis/type/timeofday"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// importable are the files a Guanxi proto may import; what they import themselves is printed along. The
// well-known types of google/protobuf are not here: buf brings its own.
var importable = []protoreflect.FileDescriptor{
	annotations.File_google_api_annotations_proto,
	annotations.File_google_api_client_proto,
	annotations.File_google_api_field_behavior_proto,
	annotations.File_google_api_resource_proto,
	date.File_google_type_date_proto,
	dayofweek.File_google_type_dayofweek_proto,
	decimal.File_google_type_decimal_proto,
	errdetails.File_google_rpc_error_details_proto,
	httpbody.File_google_api_httpbody_proto,
	longrunningpb.File_google_longrunning_operations_proto,
	money.File_google_type_money_proto,
	status.File_google_rpc_status_proto,
	timeofday.File_google_type_timeofday_proto,
	validate.File_buf_validate_validate_proto,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "protodeps:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("want one argument, the directory to print into")
	}
	printer := &protoprint.Printer{Compact: true}
	printed := map[string]bool{}
	for _, file := range importable {
		if err := printWithImports(printer, args[0], file, printed); err != nil {
			return err
		}
	}
	return nil
}

// printWithImports prints a file below the directory, its imports first, each once.
func printWithImports(
	printer *protoprint.Printer, directory string, file protoreflect.FileDescriptor, printed map[string]bool,
) error {
	if printed[file.Path()] || strings.HasPrefix(file.Path(), "google/protobuf/") {
		return nil
	}
	printed[file.Path()] = true
	for i := range file.Imports().Len() {
		if err := printWithImports(printer, directory, file.Imports().Get(i).FileDescriptor, printed); err != nil {
			return err
		}
	}
	target := filepath.Join(directory, filepath.FromSlash(file.Path()))
	if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
		return err
	}
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	return errors.Join(printer.PrintProtoFile(file, out), out.Close())
}
