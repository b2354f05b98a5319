package auth

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// ours is the prefix of the services whose RPCs declare their access.
const ours = "guanxi."

// Health are the methods that answer without a token on every server; orchestrators have none.
var Health = []string{
	"/grpc.health.v1.Health/Check",
	"/grpc.health.v1.Health/List",
	"/grpc.health.v1.Health/Watch",
}

// Reflection are the methods to open as well where reflection is on.
var Reflection = []string{
	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
}

// Table says what each RPC asks of its caller. What does not stand in it is refused to everybody.
type Table struct {
	access map[string]*typev1.Access // by full method: "/package.Service/Method"
	open   []string
}

// NewTable reads the access option of every RPC of the linked guanxi packages; open are the methods that need no token. It
// fails when an RPC declares no access.
func NewTable(open ...string) (*Table, error) {
	t := &Table{access: make(map[string]*typev1.Access), open: open}
	var undeclared []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(file.Package()), ours) {
			undeclared = append(undeclared, t.add(file.Services())...)
		}
		return true
	})
	return t, refuse("without access", undeclared)
}

// add returns the methods that declare no access.
func (t *Table) add(services protoreflect.ServiceDescriptors) []string {
	var undeclared []string
	for i := range services.Len() {
		service := services.Get(i)
		for j := range service.Methods().Len() {
			method := service.Methods().Get(j)
			name := fmt.Sprintf("/%s/%s", service.FullName(), method.Name())
			if access, ok := AccessOf(method); ok {
				t.access[name] = access
			} else {
				undeclared = append(undeclared, name)
			}
		}
	}
	return undeclared
}

// AccessOf is what the option of an RPC asks of its caller; ok is false when it declares no level that exists, or is public and asks for more than anybody has.
func AccessOf(method protoreflect.MethodDescriptor) (access *typev1.Access, ok bool) {
	access, _ = proto.GetExtension(method.Options(), typev1.E_Access).(*typev1.Access)
	l := access.GetLevel()
	if access.GetPublic() && (l != typev1.Level_BASIC || access.GetAdministrator()) {
		return access, false
	}
	return access, l >= typev1.Level_BASIC && l <= typev1.Level_EXECUTIVE
}

// Check fails when a server offers a method that is neither in the table nor open, and which nobody could ever call.
func (t *Table) Check(services map[string]grpc.ServiceInfo) error {
	var unlisted []string
	for service, info := range services {
		for _, method := range info.Methods {
			name := "/" + service + "/" + method.Name
			if t.access[name] == nil && !t.isOpen(name) {
				unlisted = append(unlisted, name)
			}
		}
	}
	return refuse("not in the method table", unlisted)
}

func refuse(why string, methods []string) error {
	if len(methods) == 0 {
		return nil
	}
	slices.Sort(methods)
	return fmt.Errorf("auth: RPCs %s: %s", why, strings.Join(methods, ", "))
}

func (t *Table) isOpen(method string) bool { return slices.Contains(t.open, method) }

// isPublic says whether a method that stands in the table answers without a token.
func (t *Table) isPublic(method string) bool { return t.access[method].GetPublic() }

// Permit returns PERMISSION_DENIED unless the caller may call the method ("/package.Service/Method"): reason METHOD_LEVEL
// (the metadata "level" says which is needed), ADMINISTRATOR_ONLY, or METHOD_UNLISTED.
func (t *Table) Permit(p Principal, method string) error {
	if t.isOpen(method) {
		return nil
	}
	access, ok := t.access[method]
	switch {
	case !ok:
		return fault.Denied("METHOD_UNLISTED", fault.Text{
			En: "this method is open to nobody",
			Zh: "此方法不对任何人开放",
		})
	case p.Level < access.GetLevel():
		return fault.Denied("METHOD_LEVEL", fault.Text{
			En: "this method needs the permission level " + access.GetLevel().String(),
			Zh: "此方法需要权限级别 " + access.GetLevel().String(),
		}).With("level", access.GetLevel().String())
	case access.GetAdministrator() && !p.Administrator:
		return fault.Denied("ADMINISTRATOR_ONLY", fault.Text{
			En: "this method is for administrators",
			Zh: "此方法仅限管理员使用",
		})
	}
	return nil
}
