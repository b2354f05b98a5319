// Package mask applies update masks (AIP-134): which fields of a resource an update changes, and what it must leave alone.
package mask

import (
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/level"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Apply copies the masked fields of change into stored, which is changed in place.
//
// No mask, or "*", stands for the fields that are set in change, so that an old caller's update does not clear fields it does not know. Output-only fields and the
// name are ignored. A path that is no field of the resource, or a changed immutable field, is INVALID_ARGUMENT; a field above the caller's level is PERMISSION_DENIED.
// A list or map that replaces the stored one keeps the stored elements that are above the caller's level: the caller could not know of them. Errors name fields
// with the given name of the resource in the request in front.
func Apply(name string, stored, change proto.Message, mask *fieldmaskpb.FieldMask, caller typev1.Level) error {
	to, from := stored.ProtoReflect(), change.ProtoReflect()
	for _, path := range paths(from, mask) {
		needed, err := level.Of(to.Descriptor(), path)
		if err != nil {
			return unknown(name + "." + path)
		}
		if needed > caller {
			return tooHigh(name + "." + path)
		}
		if err := apply(to, from, name+"."+path, strings.Split(path, "."), caller); err != nil {
			return err
		}
	}
	return nil
}

func paths(change protoreflect.Message, mask *fieldmaskpb.FieldMask) []string {
	given := mask.GetPaths()
	if len(given) > 0 && !slices.Contains(given, "*") {
		return given
	}
	var set []string
	change.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		set = append(set, string(fd.Name()))
		return true
	})
	slices.Sort(set)
	return set
}

func apply(to, from protoreflect.Message, path string, steps []string, caller typev1.Level) error {
	fd := to.Descriptor().Fields().ByName(protoreflect.Name(steps[0]))
	if fd == nil {
		fd = to.Descriptor().Fields().ByJSONName(steps[0])
	}
	switch {
	case fd == nil:
		return unknown(path)
	case has(fd, annotations.FieldBehavior_OUTPUT_ONLY), has(fd, annotations.FieldBehavior_IDENTIFIER):
		return nil
	case has(fd, annotations.FieldBehavior_IMMUTABLE):
		return keep(to, from, fd, path)
	case len(steps) == 1:
		return replace(to, from, fd, path, caller)
	case fd.IsMap() && len(steps) == 2 && fd.MapKey().Kind() == protoreflect.StringKind:
		return entry(to, from, fd, steps[1], path, caller)
	case fd.IsList() || fd.IsMap() || fd.Kind() != protoreflect.MessageKind:
		return unknown(path)
	default:
		return apply(to.Mutable(fd).Message(), from.Get(fd).Message(), path, steps[1:], caller)
	}
}

// keep refuses a new value of an immutable field; the old one again, or none, is harmless.
func keep(to, from protoreflect.Message, fd protoreflect.FieldDescriptor, path string) error {
	if !from.Has(fd) || from.Get(fd).Equal(to.Get(fd)) {
		return nil
	}
	return fault.Invalid(fault.Field(path, "IMMUTABLE", fault.Text{En: "cannot be changed once set", Zh: "设定后不可更改"}))
}

func replace(to, from protoreflect.Message, fd protoreflect.FieldDescriptor, path string, caller typev1.Level) error {
	hidden := hiddenElements(to, fd, caller)
	for _, e := range hidden.entries {
		if from.Get(fd).Map().Has(e.key) {
			return tooHigh(path + "." + e.key.String())
		}
	}
	if from.Has(fd) {
		to.Set(fd, proto.Clone(from.Interface()).ProtoReflect().Get(fd))
	} else {
		to.Clear(fd)
	}
	hidden.restore(to, fd)
	return nil
}

// entry sets or removes one key of a map. A key whose stored value is above the caller's level is refused like a field above it.
func entry(to, from protoreflect.Message, fd protoreflect.FieldDescriptor, name, path string, caller typev1.Level) error {
	key := protoreflect.ValueOfString(name).MapKey()
	if old := to.Get(fd).Map().Get(key); old.IsValid() && !visible(fd.MapValue(), old, caller) {
		return tooHigh(path)
	}
	value := from.Get(fd).Map().Get(key)
	if !value.IsValid() {
		if to.Has(fd) {
			to.Mutable(fd).Map().Clear(key)
		}
		return nil
	}
	to.Mutable(fd).Map().Set(key, value)
	return nil
}

func has(fd protoreflect.FieldDescriptor, behavior annotations.FieldBehavior) bool {
	behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, behavior)
}

// unknown is about the mask, not the resource: level.Of has found no such path, or the path leads into something that is replaced as a whole only.
func unknown(path string) error {
	return fault.Invalid(fault.Field("update_mask", "UNKNOWN_PATH", fault.Text{
		En: "names " + path + ", which is not a field that can be masked",
		Zh: "包含 " + path + "，它不是可更新的字段",
	}))
}

func tooHigh(path string) error {
	return fault.Denied("FIELD_LEVEL", fault.Text{
		En: path + " is above your permission level",
		Zh: path + " 超出您的权限级别",
	}).With("field", path)
}
