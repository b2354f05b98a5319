package validate

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// unstorable appends a violation for every text in m with a NUL character, which is valid in a proto and in JSON but not in
// a text of PostgreSQL. Messages within m are looked into only when deep.
func unstorable(m protoreflect.Message, prefix string, deep bool, found []fault.Violation) []fault.Violation {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsMap():
			v.Map().Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
				if fd.MapKey().Kind() == protoreflect.StringKind && hasNUL(key.String()) {
					found = append(found, refused(prefix+string(fd.Name())))
				}
				found = inValue(fd.MapValue(), value, deep, found, func() string {
					return fmt.Sprintf("%s%s[%q]", prefix, fd.Name(), key.String())
				})
				return true
			})
		case fd.IsList():
			for i := range v.List().Len() {
				found = inValue(fd, v.List().Get(i), deep, found, func() string {
					return fmt.Sprintf("%s%s[%d]", prefix, fd.Name(), i)
				})
			}
		default:
			found = inValue(fd, v, deep, found, func() string { return prefix + string(fd.Name()) })
		}
		return true
	})
	return found
}

// inValue looks at one value. Its path is composed only when it is needed.
func inValue(
	fd protoreflect.FieldDescriptor, v protoreflect.Value, deep bool, found []fault.Violation, path func() string,
) []fault.Violation {
	switch fd.Kind() {
	case protoreflect.StringKind:
		if hasNUL(v.String()) {
			found = append(found, refused(path()))
		}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if deep {
			found = unstorable(v.Message(), path()+".", deep, found)
		}
	}
	return found
}

func hasNUL(s string) bool { return strings.IndexByte(s, 0) >= 0 }

func refused(field string) fault.Violation {
	return fault.Field(field, "STRING_NUL", fault.Text{
		En: "must not contain the NUL character (U+0000)",
		Zh: "不得包含空字符（U+0000）",
	})
}
