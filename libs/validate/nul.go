package validate

import (
	"fmt"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// textualOf are the fields of a message type in which a text may stand, directly or deeper.
var textualOf sync.Map // protoreflect.MessageDescriptor -> []protoreflect.FieldDescriptor

func textual(md protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	if known, ok := textualOf.Load(md); ok {
		return known.([]protoreflect.FieldDescriptor)
	}
	var found []protoreflect.FieldDescriptor
	fields := md.Fields()
	for i := range fields.Len() {
		switch fd := fields.Get(i); fd.Kind() {
		case protoreflect.StringKind, protoreflect.MessageKind, protoreflect.GroupKind:
			found = append(found, fd)
		}
	}
	textualOf.Store(md, found)
	return found
}

// storable says whether unstorable would find nothing, which is so nearly always and takes a third of the time to see.
func storable(m protoreflect.Message, deep bool) bool {
	for _, fd := range textual(m.Descriptor()) {
		if !m.Has(fd) {
			continue
		}
		v, good := m.Get(fd), true
		switch {
		case fd.IsMap():
			v.Map().Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
				good = !hasNUL(key.String()) && storableValue(fd.MapValue(), value, deep)
				return good
			})
		case fd.IsList():
			for i, list := 0, v.List(); good && i < list.Len(); i++ {
				good = storableValue(fd, list.Get(i), deep)
			}
		default:
			good = storableValue(fd, v, deep)
		}
		if !good {
			return false
		}
	}
	return true
}

func storableValue(fd protoreflect.FieldDescriptor, v protoreflect.Value, deep bool) bool {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return !hasNUL(v.String())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return !deep || storable(v.Message(), deep)
	default:
		return true
	}
}

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
