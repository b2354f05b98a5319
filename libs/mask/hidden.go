package mask

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/level"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// elements are those of a list or map that a caller cannot see, and so cannot have meant to remove.
type elements struct {
	list    []protoreflect.Value
	entries []mapEntry
}

type mapEntry struct {
	key   protoreflect.MapKey
	value protoreflect.Value
}

func hiddenElements(m protoreflect.Message, fd protoreflect.FieldDescriptor, caller typev1.Level) elements {
	var hidden elements
	switch {
	case fd.IsMap():
		m.Get(fd).Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			if !visible(fd.MapValue(), v, caller) {
				hidden.entries = append(hidden.entries, mapEntry{k, v})
			}
			return true
		})
	case fd.IsList():
		list := m.Get(fd).List()
		for i := range list.Len() {
			if !visible(fd, list.Get(i), caller) {
				hidden.list = append(hidden.list, list.Get(i))
			}
		}
	}
	return hidden
}

func (e elements) restore(m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	for _, v := range e.list {
		m.Mutable(fd).List().Append(v)
	}
	for _, entry := range e.entries {
		m.Mutable(fd).Map().Set(entry.key, entry.value)
	}
}

// visible says whether an element is within the caller's level.
func visible(fd protoreflect.FieldDescriptor, v protoreflect.Value, caller typev1.Level) bool {
	if fd.Kind() != protoreflect.MessageKind {
		return true
	}
	return level.Visible(v.Message().Interface(), caller)
}
