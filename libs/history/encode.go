package history

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// JSON encodes changed fields for storage, as json.Marshal would.
func JSON(fields []Field) string {
	size := 2
	for i := range fields {
		size += len(`{"path":"","from":"","to":"","level":3},`) + len(fields[i].Path) + len(fields[i].From) + len(fields[i].To) + 8 // quotes within
	}
	out := append(make([]byte, 0, size), '[')
	for i := range fields {
		f := &fields[i]
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(append(out, `{"path":`...), f.Path)
		if f.From != "" {
			out = appendText(append(out, `,"from":`...), f.From)
		}
		if f.To != "" {
			out = appendText(append(out, `,"to":`...), f.To)
		}
		out = append(strconv.AppendInt(append(out, `,"level":`...), int64(f.Level), 10), '}')
	}
	return string(append(out, ']'))
}

func encode(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return compact(v.Message().Interface())
	case protoreflect.EnumKind:
		if ev := fd.Enum().Values().ByNumber(v.Enum()); ev != nil {
			return strconv.Quote(string(ev.Name()))
		}
		return strconv.Itoa(int(v.Enum()))
	case protoreflect.StringKind:
		return string(appendText(nil, v.String()))
	default:
		return string(marshal(v.Interface()))
	}
}

// appendText appends a JSON string. What needs more than a backslash before a quote is left to json.Marshal.
func appendText(out []byte, s string) []byte {
	if !isPlain(s) {
		return append(out, marshal(s)...)
	}
	if out == nil {
		out = make([]byte, 0, len(s)+2)
	}
	out = append(out, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, s[i])
	}
	return append(out, '"')
}

// isPlain says whether json.Marshal would escape nothing in s but quotes and backslashes.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s) && !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029")
}

// marshal never fails: a NaN is refused on writing.
func marshal(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("history: %v", err))
	}
	return out
}

// compact is protojson without the white space that it varies on purpose, so that equal values compare equal.
func compact(m proto.Message) string {
	out, err := protojson.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("history: %v", err))
	}
	var v any
	if err := json.Unmarshal(out, &v); err != nil {
		panic(fmt.Sprintf("history: %v", err))
	}
	return string(marshal(v))
}
