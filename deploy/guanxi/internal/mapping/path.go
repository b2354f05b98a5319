package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// path is a field's path in a message, such as "channels[0].value" or "attributes.size.number".
type path struct {
	text  string
	steps []step
	// element is the path of the innermost list element or map value that the field stands in; empty when it stands in none.
	element string
}

// step is one field of a path.
type step struct {
	field protoreflect.FieldDescriptor
	list  bool   // an element of the list is meant, not the list
	key   string // of a map
	at    string // the path up to here
}

// resolve finds the fields of a path, which must be ones that a caller may write.
func resolve(root protoreflect.MessageDescriptor, text string) (path, error) {
	p := path{text: text}
	names := strings.Split(text, ".")
	for message := root; len(names) > 0; {
		s, err := find(message, names[0])
		if err != nil {
			return path{}, fmt.Errorf("%s: %w", text, err)
		}
		names = names[1:]
		if s.field.IsMap() {
			if len(names) == 0 || s.list {
				return path{}, fmt.Errorf("%s: the key of an entry must follow, as in attributes.size.number", text)
			}
			s.key, names = names[0], names[1:]
		}
		s.at = strings.TrimSuffix(strings.TrimSuffix(text, strings.Join(names, ".")), ".")
		p.steps = append(p.steps, s)
		if message, err = p.descend(message, s, len(names) == 0); err != nil {
			return path{}, err
		}
	}
	return p, nil
}

// descend returns the message that the next step is looked for in; behind the last it stays where it is.
func (p *path) descend(message protoreflect.MessageDescriptor, s step, last bool) (protoreflect.MessageDescriptor, error) {
	field := s.field
	if field.IsMap() {
		field = field.MapValue()
	}
	inner := field.Message()
	if inner != nil && whole[inner.FullName()] {
		inner = nil
	}
	switch {
	case last && inner != nil:
		return nil, fmt.Errorf("%s: this has fields of its own; name one of them", p.text)
	case last:
		return message, nil
	case inner == nil:
		return nil, fmt.Errorf("%s: %s has no fields of its own", p.text, s.at)
	case field.IsList() && !s.list:
		return nil, fmt.Errorf("%s: %s is a list; name an element, as in %s[0]", p.text, s.at, s.at)
	}
	if s.list || s.key != "" {
		p.element = s.at
	}
	return inner, nil
}

// find finds one step in a message.
func find(message protoreflect.MessageDescriptor, name string) (step, error) {
	name, index, indexed := strings.Cut(name, "[")
	field := message.Fields().ByName(protoreflect.Name(name))
	if field == nil {
		return step{}, fmt.Errorf("%s has no field %s", message.Name(), name)
	}
	behavior, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	if slices.Contains(behavior, annotations.FieldBehavior_OUTPUT_ONLY) || slices.Contains(behavior, annotations.FieldBehavior_IDENTIFIER) {
		return step{}, fmt.Errorf("%s is given by the server", name)
	}
	if !indexed {
		return step{field: field}, nil
	}
	number, closed := strings.CutSuffix(index, "]")
	if _, err := strconv.ParseUint(number, 10, 8); err != nil || !closed || !field.IsList() {
		return step{}, fmt.Errorf("%s[%s is not an element of a list", name, index)
	}
	return step{field: field, list: true}, nil
}

// leaf is the field that the value goes into; of a map its value.
func (p *path) leaf() protoreflect.FieldDescriptor {
	field := p.steps[len(p.steps)-1].field
	if field.IsMap() {
		return field.MapValue()
	}
	return field
}

// put sets the value, making the messages on the way. Elements of lists come in the order in which they are made; made remembers
// them by their paths while one message is being filled.
func (p *path) put(root protoreflect.Message, values []protoreflect.Value, made map[string]protoreflect.Message) {
	message := root
	for _, s := range p.steps[:len(p.steps)-1] {
		message = s.enter(message, made)
	}
	last := p.steps[len(p.steps)-1]
	switch {
	case last.field.IsMap():
		message.Mutable(last.field).Map().Set(protoreflect.ValueOfString(last.key).MapKey(), values[0])
	case last.field.IsList():
		list := message.Mutable(last.field).List()
		for _, value := range values {
			list.Append(value)
		}
	default:
		message.Set(last.field, values[0])
	}
}

func (s step) enter(message protoreflect.Message, made map[string]protoreflect.Message) protoreflect.Message {
	switch {
	case s.list:
		if made[s.at] == nil {
			made[s.at] = message.Mutable(s.field).List().AppendMutable().Message()
		}
		return made[s.at]
	case s.key != "":
		return message.Mutable(s.field).Map().Mutable(protoreflect.ValueOfString(s.key).MapKey()).Message()
	default:
		return message.Mutable(s.field).Message()
	}
}
