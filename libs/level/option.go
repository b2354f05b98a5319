// Package level enforces the permission level that the protos give to every field (guanxi.type.v1.level) and, by a bounds
// field, to single messages: on answers, requests, field paths of filters and orders, and masks.
//
// A field of a guanxi package without a level, which the build refuses, counts as EXECUTIVE here. Fields of other packages
// (google.type.Money) are as visible as the field that holds their message.
package level

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// ours is the prefix of the proto packages whose fields declare levels.
const ours = "guanxi."

func isOurs(d protoreflect.Descriptor, prefix string) bool {
	return strings.HasPrefix(string(d.ParentFile().Package())+".", prefix)
}

// declared is the level in the field's option, LEVEL_UNSPECIFIED if there is none.
func declared(fd protoreflect.FieldDescriptor) typev1.Level {
	return proto.GetExtension(fd.Options(), typev1.E_Level).(typev1.Level)
}

// effective is the level that a caller needs for a field of a message that he sees.
func effective(fd protoreflect.FieldDescriptor) typev1.Level {
	if !isOurs(fd, ours) {
		return typev1.Level_LEVEL_UNSPECIFIED
	}
	if l := declared(fd); l != typev1.Level_LEVEL_UNSPECIFIED {
		return l
	}
	return typev1.Level_EXECUTIVE
}

// isBounds reports whether the field's value bounds the message it stands in.
func isBounds(fd protoreflect.FieldDescriptor) bool {
	return proto.GetExtension(fd.Options(), typev1.E_Bounds).(bool)
}

// boundsOf is the bounds field of a message, nil if it has none.
func boundsOf(md protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	for fd := range fields(md) {
		if isBounds(fd) && isLevel(fd) {
			return fd
		}
	}
	return nil
}

// isLevel reports whether the field holds one Level.
func isLevel(fd protoreflect.FieldDescriptor) bool {
	return fd.Enum() != nil && fd.Enum().FullName() == typev1.Level(0).Descriptor().FullName() && !fd.IsList()
}

// fields ranges over the fields of a message in the order of their declaration.
func fields(md protoreflect.MessageDescriptor) func(yield func(protoreflect.FieldDescriptor) bool) {
	return func(yield func(protoreflect.FieldDescriptor) bool) {
		for i := range md.Fields().Len() {
			if !yield(md.Fields().Get(i)) {
				return
			}
		}
	}
}
