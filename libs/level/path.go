package level

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Of is the level that a caller needs to filter by, order by or write the field at a path such as "lines.gross_profit" or
// "attributes.budget": the highest along it. Names may be given as in the proto or in lowerCamelCase; a path leads through
// lists without an index, and the name behind a map is a key. A path to a message says nothing of the levels of the fields
// in it. One to nowhere is INVALID_ARGUMENT, rule UNKNOWN_FIELD.
func Of(md protoreflect.MessageDescriptor, path string) (typev1.Level, error) {
	_, l, err := resolve(md, path)
	return l, err
}

// resolve is Of together with the path in the proto's spelling.
func resolve(md protoreflect.MessageDescriptor, path string) (string, typev1.Level, error) {
	highest := typev1.Level_BASIC
	var spelled []string
	for rest, more := path, true; more; {
		var fd protoreflect.FieldDescriptor
		var name string
		name, rest, more = strings.Cut(rest, ".")
		if md != nil {
			fd = field(md, name)
		}
		if fd == nil {
			return "", 0, unknown(path)
		}
		highest = max(highest, effective(fd))
		spelled = append(spelled, string(fd.Name()))
		md = messageOf(fd)
		if fd.IsMap() && more {
			var key string
			key, rest, more = strings.Cut(rest, ".")
			if key == "" {
				return "", 0, unknown(path)
			}
			spelled = append(spelled, key)
		}
	}
	return strings.Join(spelled, "."), highest, nil
}

func field(md protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if fd := md.Fields().ByName(protoreflect.Name(name)); fd != nil {
		return fd
	}
	return md.Fields().ByJSONName(name)
}

func unknown(path string) error {
	return fault.Invalid(fault.Field(path, "UNKNOWN_FIELD", fault.Text{
		En: "there is no such field",
		Zh: "没有此字段",
	}))
}
