// Package history finds and keeps what changed: who changed which field of which resource, when, from what, to what.
package history

import (
	"maps"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Field is one changed field, with its values as JSON; an empty value means that there was or is none.
type Field struct {
	Path  string       `json:"path"`
	From  string       `json:"from,omitempty"`
	To    string       `json:"to,omitempty"`
	Level typev1.Level `json:"level"`
}

// Diff compares two states of a resource and returns the fields that differ, each with the level that it takes to see it. Output-only fields and the name and
// etag are not facts and are left out. Either state may be nil: the resource came into being, or went.
//
// Lists are compared by position and maps by key, down to the single value, so that a confidential field inside an otherwise open list keeps its own level.
func Diff(before, after proto.Message) []Field {
	if before == nil && after == nil {
		return nil
	}
	if before == nil {
		before = after.ProtoReflect().Type().Zero().Interface()
	}
	if after == nil {
		after = before.ProtoReflect().Type().Zero().Interface()
	}
	d := &differ{}
	d.message("", before.ProtoReflect(), after.ProtoReflect(), typev1.Level_BASIC, true)
	return d.fields
}

// Names returns the top-level fields among the changed ones, each once, in the order of their appearance.
func Names(fields []Field) []string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		name := top(f.Path)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func top(path string) string {
	for i := range len(path) {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return path
}

type differ struct{ fields []Field }

func (d *differ) message(path string, before, after protoreflect.Message, level typev1.Level, root bool) {
	p := planOf(after.Descriptor())
	level = max(level, p.bound(before), p.bound(after))
	for i := range p.fields {
		f := &p.fields[i]
		if root && !f.fact || !before.Has(f.FieldDescriptor) && !after.Has(f.FieldDescriptor) {
			continue
		}
		d.field(join(path, f.name), f, before, after, max(level, f.level))
	}
}

func (d *differ) field(path string, f *planned, before, after protoreflect.Message, level typev1.Level) {
	fd := f.FieldDescriptor
	switch {
	case fd.IsMap():
		d.entries(path, f, before.Get(fd).Map(), after.Get(fd).Map(), level)
	case fd.IsList():
		d.list(path, f, before.Get(fd).List(), after.Get(fd).List(), level)
	case f.nested && before.Has(fd) && after.Has(fd):
		d.message(path, before.Get(fd).Message(), after.Get(fd).Message(), level, false)
	default:
		d.value(path, fd, present(before, fd), present(after, fd), level)
	}
}

func (d *differ) list(path string, f *planned, before, after protoreflect.List, level typev1.Level) {
	for i := range max(before.Len(), after.Len()) {
		d.element(path+"["+strconv.Itoa(i)+"]", f.FieldDescriptor, f.nested, at(before, i), at(after, i), level)
	}
}

func (d *differ) entries(path string, f *planned, before, after protoreflect.Map, level typev1.Level) {
	keys := map[string]protoreflect.MapKey{}
	collect := func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys[k.String()] = k
		return true
	}
	before.Range(collect)
	after.Range(collect)
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		k := keys[name]
		d.element(path+"["+strconv.Quote(name)+"]", f.MapValue(), f.nested, before.Get(k), after.Get(k), level)
	}
}

// element compares one entry of a list or map. An entry that is on one side only is compared with an empty one, so that each of its fields keeps its own level.
func (d *differ) element(path string, fd protoreflect.FieldDescriptor, nested bool, before, after protoreflect.Value, level typev1.Level) {
	switch {
	case !nested:
		d.value(path, fd, before, after, level)
	case !before.IsValid():
		d.message(path, after.Message().Type().Zero(), after.Message(), level, false)
	case !after.IsValid():
		d.message(path, before.Message(), before.Message().Type().Zero(), level, false)
	default:
		d.message(path, before.Message(), after.Message(), level, false)
	}
}

func (d *differ) value(path string, fd protoreflect.FieldDescriptor, before, after protoreflect.Value, level typev1.Level) {
	from, to := encode(fd, before), encode(fd, after)
	if from != to {
		d.fields = append(d.fields, Field{Path: path, From: from, To: to, Level: level})
	}
}

func present(m protoreflect.Message, fd protoreflect.FieldDescriptor) protoreflect.Value {
	if !m.Has(fd) {
		return protoreflect.Value{}
	}
	return m.Get(fd)
}

func at(l protoreflect.List, i int) protoreflect.Value {
	if i >= l.Len() {
		return protoreflect.Value{}
	}
	return l.Get(i)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
