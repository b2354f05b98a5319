package servicetest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

var levels = []typev1.Level{typev1.Level_BASIC, typev1.Level_MANAGER, typev1.Level_EXECUTIVE}

// Matrix is every unary RPC of a service, every level, and the inside and the outside of a territory, with secrets that no answer may give away.
type Matrix struct {
	*Service

	Package string
	// Requests are one of every unary RPC, by Service/Method, harmless when they are permitted.
	Requests map[string]proto.Message
	// All are requests that ask for all customers of the caller's territories.
	All map[string]proto.Message
	// Inside is the territory that all of the scene is in, Outside are others.
	Inside  string
	Outside []string
	// Anywhere are the RPCs that answer outside of the territory as well: with what is of the whole company, or with nothing.
	Anywhere []string
	// Secrets are texts of the scene by the level that it takes to see them. They are odd enough to be found in any answer, however it is built.
	Secrets map[typev1.Level][]string
	// Open are texts that everybody within the territory may see; nobody outside of it may.
	Open []string
	// Company are texts of what is of the whole company, by the level that it takes to see them, wherever.
	Company map[typev1.Level][]string
}

// Walk calls all RPCs as all callers: only those of the level may, no answer and no error holds a secret above the level, and outside of the territory nothing
// at all of the scene is known. It returns how many secrets it saw where they are rightly seen: with none the walk has proven nothing.
func (x *Matrix) Walk(t *testing.T) (seen int) {
	t.Helper()
	for _, m := range x.methods(t) {
		request := x.Requests[key(m)]
		require.NotNil(t, request, "no request of %s in this matrix", key(m))
		for _, caller := range levels {
			where := fmt.Sprintf("%s as %s", key(m), caller)
			seen += x.inside(t, m, request, caller, where)
			answer, err := x.invoke(x.As(t, caller, x.Outside...), m, request)
			x.requireNothing(t, where+" elsewhere", answer, caller)
			if err == nil {
				require.Contains(t, x.Anywhere, key(m), "%s answered outside of the territory: %s", where, answer)
			}
			if all := x.All[key(m)]; all != nil {
				seen += x.all(t, m, all, caller, where+" of all")
			}
		}
	}
	return seen
}

func (x *Matrix) inside(t *testing.T, m protoreflect.MethodDescriptor, request proto.Message, caller typev1.Level, where string) (seen int) {
	t.Helper()
	access := proto.GetExtension(m.Options(), typev1.E_Access).(*typev1.Access)
	answer, err := x.invoke(x.As(t, caller, x.Inside), m, request)
	if caller < access.GetLevel() || access.GetAdministrator() {
		require.Equal(t, codes.PermissionDenied, status.Code(err), where)
	} else {
		require.NotContains(t, []codes.Code{codes.Internal, codes.Unimplemented, codes.Unauthenticated}, status.Code(err), "%s: %v", where, err)
	}
	return x.RequireWithin(t, where, answer, caller)
}

func (x *Matrix) all(t *testing.T, m protoreflect.MethodDescriptor, request proto.Message, caller typev1.Level, where string) (seen int) {
	t.Helper()
	answer, err := x.invoke(x.As(t, caller, x.Inside), m, request)
	require.NoError(t, err, where)
	seen = x.RequireWithin(t, where, answer, caller)
	answer, err = x.invoke(x.As(t, caller, x.Outside...), m, request)
	require.NoError(t, err, where)
	x.requireNothing(t, where+" elsewhere", answer, caller)
	return seen
}

// RequireNoOracle filters and orders every list by fields that are above BASIC, or that the list does not have. Each must be refused: the rows that come back
// would give the field away. RPCs that Requests do not have are left out.
func (x *Matrix) RequireNoOracle(t *testing.T, fields ...string) {
	t.Helper()
	for _, m := range x.methods(t) {
		if x.Requests[key(m)] == nil {
			continue
		}
		filter, order := m.Input().Fields().ByName("filter"), m.Input().Fields().ByName("order_by")
		for _, field := range fields {
			for fd, texts := range map[protoreflect.FieldDescriptor][]string{filter: {field + ` = "1"`, field + ` > 1`}, order: {field, field + " desc"}} {
				if fd == nil {
					continue
				}
				for _, text := range texts {
					request := proto.Clone(x.Requests[key(m)]).ProtoReflect()
					request.Set(fd, protoreflect.ValueOfString(text))
					answer, err := x.invoke(x.As(t, typev1.Level_BASIC), m, request.Interface())
					require.Contains(t, []codes.Code{codes.PermissionDenied, codes.InvalidArgument}, status.Code(err), "%s %s: %s", key(m), text, answer)
				}
			}
		}
	}
}

// RequireWithin finds no secret above the level in a text, and counts those that are rightly there.
func (x *Matrix) RequireWithin(t *testing.T, where, text string, caller typev1.Level) (seen int) {
	t.Helper()
	return held(t, x.Secrets, where, text, caller) + held(t, x.Company, where, text, caller)
}

func (x *Matrix) requireNothing(t *testing.T, where, text string, caller typev1.Level) {
	t.Helper()
	held(t, x.Secrets, where, text, typev1.Level_LEVEL_UNSPECIFIED)
	held(t, x.Company, where, text, caller)
	for _, open := range x.Open {
		require.NotContains(t, text, open, where)
	}
}

// ids are made by chance, and may hold any few digits that stand for a secret.
var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func held(t *testing.T, secrets map[typev1.Level][]string, where, text string, caller typev1.Level) (seen int) {
	t.Helper()
	text = ids.ReplaceAllString(text, "id")
	for needed, all := range secrets {
		for _, secret := range all {
			if strings.Contains(text, secret) {
				require.LessOrEqual(t, needed, caller, "%s shows %s: %s", where, secret, text)
				seen++
			}
		}
	}
	return seen
}

// invoke calls a method and returns all that it says: as JSON, a document as it is, or as an error with its details.
func (x *Matrix) invoke(ctx context.Context, method protoreflect.MethodDescriptor, request proto.Message) (string, error) {
	answer := dynamicpb.NewMessage(method.Output())
	err := x.Conn.Invoke(ctx, fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name()), request, answer)
	if err != nil {
		return err.Error() + fmt.Sprint(status.Convert(err).Details()), err
	}
	if data := answer.Descriptor().Fields().ByName("data"); answer.Descriptor().FullName() == "google.api.HttpBody" {
		return string(answer.Get(data).Bytes()), nil
	}
	out, err := protojson.Marshal(answer)
	return string(out), err
}

func (x *Matrix) methods(t *testing.T) []protoreflect.MethodDescriptor {
	t.Helper()
	var methods []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage(protoreflect.FullName(x.Package), func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				if m := file.Services().Get(i).Methods().Get(j); !m.IsStreamingClient() {
					methods = append(methods, m)
				}
			}
		}
		return true
	})
	require.NotEmpty(t, methods)
	slices.SortFunc(methods, func(a, b protoreflect.MethodDescriptor) int { return strings.Compare(x.place(a), x.place(b)) })
	return methods
}

// place orders methods by service and as they are declared, as the registry has no order: what one call changes the next ones meet each time.
func (*Matrix) place(m protoreflect.MethodDescriptor) string {
	return fmt.Sprintf("%s %03d", m.Parent().FullName(), m.Index())
}

func key(m protoreflect.MethodDescriptor) string {
	return string(m.Parent().Name()) + "/" + string(m.Name())
}
