package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// mistake is what is wrong with a body or a query. The generated handlers keep nothing of an error but its text, so the text is all of it.
type mistake struct {
	// Field is a proto path, within the body if InBody.
	Field  string `json:"field"`
	InBody bool   `json:"inBody"`
	Rule   string `json:"rule"`
	En     string `json:"en"`
	Zh     string `json:"zh"`
}

const mistakeMark = "guanxi-mistake:"

// Error implements error.
func (m mistake) Error() string {
	text, err := json.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return mistakeMark + string(text)
}

// readMistake gets a mistake back from the status that a generated handler made of it. One that has details is a service's.
func readMistake(ctx context.Context, err error) (*fault.Error, bool) {
	st := status.Convert(err)
	text, ours := strings.CutPrefix(st.Message(), mistakeMark)
	if !ours || st.Code() != codes.InvalidArgument || len(st.Proto().GetDetails()) > 0 {
		return nil, false
	}
	var m mistake
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, false //nolint:nilerr // then it is none
	}
	invalid := error(fault.Invalid(fault.Field(m.Field, m.Rule, fault.Text{En: m.En, Zh: m.Zh})))
	if m.InBody {
		invalid = fault.Prefix(invalid, bodyField(ctx))
	}
	wrong, ok := errors.AsType[*fault.Error](invalid)
	return wrong, ok
}

// methodOf is the full name of the RPC that a request became.
func methodOf(ctx context.Context) string {
	method, _ := runtime.RPCMethod(ctx)
	return method
}

// bodyField is the field of the RPC's request that the body goes into, empty if it is the request itself.
func bodyField(ctx context.Context) string {
	name := strings.ReplaceAll(strings.TrimPrefix(methodOf(ctx), "/"), "/", ".")
	method, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return ""
	}
	rule, ok := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if !ok || rule.GetBody() == "*" {
		return ""
	}
	return rule.GetBody()
}

// maxQuoted is how much of what a caller sent is quoted back to him, in bytes.
const maxQuoted = 100

func cut(text string) string {
	if len(text) <= maxQuoted {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuoted], "") + "..."
}
