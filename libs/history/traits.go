package history

import (
	"slices"
	"sync"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// traits are what the options of a field say to the history. Reading options anew for every field of every write took a good part of
// the write, so they are kept: there are as many as there are fields in the protos.
type traits struct {
	// fact says whether a change of the field is one of the resource, and not of the keeping of its record.
	fact bool
	// nested says whether the messages of the field are taken apart field by field. A date, an amount or a time is one value to a reader.
	nested bool
	level  typev1.Level
}

var (
	ofFields sync.Map // protoreflect.FieldDescriptor -> traits
	ofBounds sync.Map // protoreflect.MessageDescriptor -> protoreflect.FieldDescriptor, nil where the message has none
)

func traitsOf(fd protoreflect.FieldDescriptor) traits {
	if known, ok := ofFields.Load(fd); ok {
		return known.(traits)
	}
	level, _ := proto.GetExtension(fd.Options(), typev1.E_Level).(typev1.Level)
	behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	t := traits{
		fact: fd.Name() != "etag" && !slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY) &&
			!slices.Contains(behaviors, annotations.FieldBehavior_IDENTIFIER),
		nested: fd.Kind() == protoreflect.MessageKind && fd.Message().ParentFile().Package().Parent() != "google",
		level:  level,
	}
	ofFields.Store(fd, t)
	return t
}

// bound is the level that a message demands for itself.
func bound(m protoreflect.Message) typev1.Level {
	fd := boundOf(m.Descriptor())
	if fd == nil {
		return typev1.Level_LEVEL_UNSPECIFIED
	}
	return typev1.Level(m.Get(fd).Enum())
}

func boundOf(md protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	if known, ok := ofBounds.Load(md); ok {
		fd, _ := known.(protoreflect.FieldDescriptor)
		return fd
	}
	var found protoreflect.FieldDescriptor
	fields := md.Fields()
	for i := range fields.Len() {
		if bounds, _ := proto.GetExtension(fields.Get(i).Options(), typev1.E_Bounds).(bool); bounds {
			found = fields.Get(i)
		}
	}
	ofBounds.Store(md, found)
	return found
}
