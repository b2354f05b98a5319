package level

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"pgregory.net/rapid"

	// The messages of the products' own protos are what the properties are tried on.
	_ "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// maxDepth ends the filling of messages that hold themselves.
const maxDepth = 5

// randomMessage is any message of the linked guanxi packages, filled at random; about half of the fields are set.
func randomMessage() *rapid.Generator[proto.Message] {
	var types []protoreflect.MessageType
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if isOurs(mt.Descriptor(), ours) && !mt.Descriptor().IsMapEntry() {
			types = append(types, mt)
		}
		return true
	})
	return rapid.Custom(func(t *rapid.T) proto.Message {
		names := make(map[string]protoreflect.MessageType, len(types))
		var order []string
		for _, mt := range types {
			names[string(mt.Descriptor().FullName())] = mt
			order = append(order, string(mt.Descriptor().FullName()))
		}
		m := names[rapid.SampledFrom(sorted(order)).Draw(t, "type")].New()
		fill(t, m, maxDepth)
		return m.Interface()
	})
}

func fill(t *rapid.T, m protoreflect.Message, depth int) {
	for fd := range fields(m.Descriptor()) {
		if depth == 0 && messageOf(fd) != nil || !rapid.Bool().Draw(t, string(fd.Name())) {
			continue
		}
		switch {
		case fd.IsMap():
			key := protoreflect.ValueOfString(rapid.StringMatching(`[a-z]{1,3}`).Draw(t, "key")).MapKey()
			m.Mutable(fd).Map().Set(key, value(t, fd.MapValue(), func() protoreflect.Value { return m.Mutable(fd).Map().NewValue() }, depth))
		case fd.IsList():
			for range rapid.IntRange(1, 3).Draw(t, "elements") {
				list := m.Mutable(fd).List()
				list.Append(value(t, fd, list.NewElement, depth))
			}
		default:
			m.Set(fd, value(t, fd, func() protoreflect.Value { return m.NewField(fd) }, depth))
		}
	}
}

func value(t *rapid.T, fd protoreflect.FieldDescriptor, empty func() protoreflect.Value, depth int) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		v := empty()
		fill(t, v.Message(), depth-1)
		return v
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(rapid.IntRange(0, values.Len()-1).Draw(t, "enum")).Number())
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.StringMatching(`[a-z]{1,4}`).Draw(t, "string"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte{1})
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(1)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(1)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(1)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(1)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(1)
	default:
		return protoreflect.ValueOfFloat64(1)
	}
}

// leaks finds what a caller of level max may not see, by a plain walk that shares nothing with the plans.
func leaks(m protoreflect.Message, max typev1.Level) []string {
	var found []string
	seen := func(held protoreflect.Message) {
		for fd := range fields(held.Descriptor()) {
			if isBounds(fd) && typev1.Level(held.Get(fd).Enum()) > max {
				found = append(found, string(held.Descriptor().FullName()))
			}
		}
		found = append(found, leaks(held, max)...)
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if isOurs(fd, ours) && declared(fd) > max {
			found = append(found, string(fd.FullName()))
		}
		switch {
		case messageOf(fd) == nil:
		case fd.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, held protoreflect.Value) bool {
				seen(held.Message())
				return true
			})
		case fd.IsList():
			for i := range v.List().Len() {
				seen(v.List().Get(i).Message())
			}
		default:
			seen(v.Message())
		}
		return true
	})
	return found
}
