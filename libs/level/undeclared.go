package level

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/guanxi-crm/guanxi/libs/auth"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Undeclared names what is wrong with the levels in the linked proto packages that begin with prefix ("guanxi."), each with
// its reason: fields without a level and RPCs without access, both of which the filter could only refuse, and declarations
// that it cannot enforce. A test keeps it empty.
func Undeclared(prefix string) []string { return undeclared(protoregistry.GlobalFiles, prefix) }

func undeclared(files *protoregistry.Files, prefix string) []string {
	var wrong []string
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if isOurs(file, prefix) {
			wrong = append(wrong, inMessages(file.Messages())...)
			wrong = append(wrong, inServices(file.Services())...)
		}
		return true
	})
	slices.Sort(wrong)
	return wrong
}

func inMessages(messages protoreflect.MessageDescriptors) []string {
	var wrong []string
	for i := range messages.Len() {
		md := messages.Get(i)
		if md.IsMapEntry() {
			continue
		}
		bounds := 0
		for fd := range fields(md) {
			if reason := fieldFault(fd); reason != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s", fd.FullName(), reason))
			}
			if isBounds(fd) {
				bounds++
			}
		}
		if bounds > 1 {
			wrong = append(wrong, fmt.Sprintf("%s: more than one bounds field", md.FullName()))
		}
		wrong = append(wrong, inMessages(md.Messages())...)
	}
	return wrong
}

func fieldFault(fd protoreflect.FieldDescriptor) string {
	l := declared(fd)
	switch {
	case l == typev1.Level_LEVEL_UNSPECIFIED:
		return "no level"
	case l < 0 || l > typev1.Level_EXECUTIVE:
		return "a level that does not exist"
	case isBounds(fd) && !isLevel(fd):
		return "bounds on a field that is not one Level"
	case isBounds(fd) && l != typev1.Level_BASIC:
		return "a bounds field above BASIC would be hidden before it is read"
	case messageOf(fd) != nil && messageOf(fd).FullName() == "google.protobuf.Any":
		return "google.protobuf.Any hides the levels of what is in it"
	default:
		return ""
	}
}

func inServices(services protoreflect.ServiceDescriptors) []string {
	var wrong []string
	for i := range services.Len() {
		methods := services.Get(i).Methods()
		for j := range methods.Len() {
			if _, ok := auth.AccessOf(methods.Get(j)); !ok {
				wrong = append(wrong, fmt.Sprintf("%s: no access", methods.Get(j).FullName()))
			}
		}
	}
	return wrong
}
