package history

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Revert takes one change back: each field of m that changed becomes what it was. fields are what Diff made of the state before and m, so reverting the changes of a
// resource from the newest on goes through all its states. What Diff leaves out (output-only fields, name, etag) is left as it is, and so are fields that the
// message does not have any more. An element of a list that had nothing in it is nothing that the history knows of.
func Revert(m proto.Message, fields []Field) error {
	root := &step{}
	for _, f := range fields {
		if err := root.add(f.Path, f.From); err != nil {
			return fmt.Errorf("history: path %q: %w", f.Path, err)
		}
	}
	return root.message(m.ProtoReflect())
}

// step is a part of the paths of changed fields with what comes behind it.
type step struct {
	names []string // of the parts behind it, in their order
	parts map[string]*step
	from  string // of the last part of a path
}

// add takes a path in, part by part: name, .name, [index], ["key"].
func (s *step) add(path, from string) error {
	for path != "" {
		part, rest, err := cut(path)
		if err != nil {
			return err
		}
		next := s.parts[part]
		if next == nil {
			next = &step{}
			if s.parts == nil {
				s.parts = map[string]*step{}
			}
			s.parts[part] = next
			s.names = append(s.names, part)
		}
		s, path = next, rest
	}
	s.from = from
	return nil
}

// cut takes the first part off a path, without what it is set off by. An index stays a number, a key is unquoted.
func cut(path string) (part, rest string, err error) {
	path = strings.TrimPrefix(path, ".")
	if !strings.HasPrefix(path, "[") {
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			return path, "", nil
		}
		return path[:end], path[end:], nil
	}
	inside := path[1:]
	if quoted, err := strconv.QuotedPrefix(inside); err == nil {
		key, err := strconv.Unquote(quoted)
		return key, strings.TrimPrefix(inside[len(quoted):], "]"), err
	}
	index, rest, ok := strings.Cut(inside, "]")
	if !ok {
		return "", "", strconv.ErrSyntax
	}
	return index, rest, nil
}

// message reverts what is below. What was not there goes first: of a oneof, setting one field clears another.
func (s *step) message(m protoreflect.Message) error {
	var kept []string
	for _, name := range s.names {
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		switch next := s.parts[name]; {
		case fd == nil:
		case len(next.parts) == 0 && next.from == "":
			m.Clear(fd)
		default:
			kept = append(kept, name)
		}
	}
	for _, name := range kept {
		if err := s.parts[name].field(m, m.Descriptor().Fields().ByName(protoreflect.Name(name))); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (s *step) field(m protoreflect.Message, fd protoreflect.FieldDescriptor) error {
	switch {
	case fd.IsMap():
		return s.entries(m.Mutable(fd).Map(), fd.MapKey(), fd.MapValue())
	case fd.IsList():
		return s.list(m.Mutable(fd).List(), fd)
	case len(s.parts) > 0:
		return s.message(m.Mutable(fd).Message())
	}
	value, err := decode(fd, s.from, m.NewField(fd))
	if err == nil {
		m.Set(fd, value)
	}
	return err
}

// list reverts elements. Those behind the end that the list had have nothing left in them, and go.
func (s *step) list(l protoreflect.List, fd protoreflect.FieldDescriptor) error {
	gone := map[int]bool{}
	for _, name := range s.names {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 {
			return fmt.Errorf("no index: %q", name)
		}
		for l.Len() <= i {
			l.Append(l.NewElement())
		}
		value, there, err := s.parts[name].element(fd, l.Get(i), l.NewElement())
		if err != nil {
			return err
		}
		l.Set(i, value)
		gone[i] = !there
	}
	for l.Len() > 0 && gone[l.Len()-1] {
		l.Truncate(l.Len() - 1)
	}
	return nil
}

func (s *step) entries(m protoreflect.Map, key, fd protoreflect.FieldDescriptor) error {
	for _, name := range s.names {
		if key.Kind() != protoreflect.StringKind {
			return fmt.Errorf("keys of kind %s are not in any resource", key.Kind())
		}
		k := protoreflect.ValueOfString(name).MapKey()
		held := m.Get(k)
		if !held.IsValid() {
			held = m.NewValue()
		}
		value, there, err := s.parts[name].element(fd, held, m.NewValue())
		if err != nil {
			return err
		}
		if there {
			m.Set(k, value)
		} else {
			m.Clear(k)
		}
	}
	return nil
}

// element reverts one entry of a list or map and says whether it was there.
func (s *step) element(fd protoreflect.FieldDescriptor, held, empty protoreflect.Value) (value protoreflect.Value, there bool, err error) {
	if len(s.parts) > 0 {
		err := s.message(held.Message())
		return held, proto.Size(held.Message().Interface()) > 0, err
	}
	if s.from == "" {
		return empty, false, nil
	}
	value, err = decode(fd, s.from, empty)
	return value, true, err
}

// decode is encode backwards. empty is a new value of the field.
func decode(fd protoreflect.FieldDescriptor, text string, empty protoreflect.Value) (protoreflect.Value, error) {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return empty, protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal([]byte(text), empty.Message().Interface())
	case protoreflect.EnumKind:
		return enum(fd, text)
	case protoreflect.StringKind:
		return read(text, protoreflect.ValueOfString)
	case protoreflect.BoolKind:
		return read(text, protoreflect.ValueOfBool)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return read(text, protoreflect.ValueOfInt32)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return read(text, protoreflect.ValueOfInt64)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return read(text, protoreflect.ValueOfUint32)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return read(text, protoreflect.ValueOfUint64)
	case protoreflect.FloatKind:
		return read(text, protoreflect.ValueOfFloat32)
	case protoreflect.DoubleKind:
		return read(text, protoreflect.ValueOfFloat64)
	case protoreflect.BytesKind:
		return read(text, protoreflect.ValueOfBytes)
	default:
		return empty, fmt.Errorf("of kind %s", fd.Kind())
	}
}

func read[T any](text string, of func(T) protoreflect.Value) (protoreflect.Value, error) {
	var v T
	err := json.Unmarshal([]byte(text), &v)
	return of(v), err
}

func enum(fd protoreflect.FieldDescriptor, text string) (protoreflect.Value, error) {
	if number, err := strconv.ParseInt(text, 10, 32); err == nil {
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(number)), nil
	}
	name, err := strconv.Unquote(text)
	if err != nil {
		return protoreflect.Value{}, err
	}
	value := fd.Enum().Values().ByName(protoreflect.Name(name))
	if value == nil {
		return protoreflect.Value{}, fmt.Errorf("%s has no %s", fd.Enum().FullName(), name)
	}
	return protoreflect.ValueOfEnum(value.Number()), nil
}
