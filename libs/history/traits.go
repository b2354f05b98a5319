package history

import (
	"slices"
	"sync"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// plan is what the options of a message's fields say to the history. Reading options anew for every field of every write took a good part of the write, so they
// are kept: there are as many as there are messages in the protos.
type plan struct {
	fields []planned
	// bounds is the field with the level that a message demands for itself; nil where it has none.
	bounds protoreflect.FieldDescriptor
}

type planned struct {
	protoreflect.FieldDescriptor
	name string
	// fact says whether a change of the field is one of the resource, and not of the keeping of its record.
	fact bool
	// nested says whether the messages of the field, or of its entries, are taken apart field by field. A date, an amount or a time is one value to a reader.
	nested bool
	level  typev1.Level
}

var plans sync.Map // protoreflect.MessageDescriptor -> *plan

func planOf(md protoreflect.MessageDescriptor) *plan {
	if known, ok := plans.Load(md); ok {
		return known.(*plan)
	}
	p := new(plan)
	fields := md.Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		p.fields = append(p.fields, planFor(fd))
		if bounds, _ := proto.GetExtension(fd.Options(), typev1.E_Bounds).(bool); bounds {
			p.bounds = fd
		}
	}
	plans.Store(md, p)
	return p
}

func planFor(fd protoreflect.FieldDescriptor) planned {
	level, _ := proto.GetExtension(fd.Options(), typev1.E_Level).(typev1.Level)
	behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	held := fd
	if fd.IsMap() {
		held = fd.MapValue()
	}
	return planned{
		FieldDescriptor: fd, name: string(fd.Name()), level: level,
		fact: fd.Name() != "etag" && !slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY) &&
			!slices.Contains(behaviors, annotations.FieldBehavior_IDENTIFIER),
		nested: held.Kind() == protoreflect.MessageKind && held.Message().ParentFile().Package().Parent() != "google",
	}
}

// bound is the level that a message demands for itself.
func (p *plan) bound(m protoreflect.Message) typev1.Level {
	if p.bounds == nil {
		return typev1.Level_LEVEL_UNSPECIFIED
	}
	return typev1.Level(m.Get(p.bounds).Enum())
}
