package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// protojson says what is wrong in words only: "proto: (line 1:5): unknown field "x"", with a blank that may be of any kind, or
// "proto: syntax error (line 1:5): invalid value tru", or without a position "proto: unexpected EOF".
var words = regexp.MustCompile(`^(?:proto:\s*\x{a0}?)?(?:(?:syntax error )?\(line (\d+):(\d+)\): )?((?s).*)$`)

// malformed explains why JSON could not be read into a message of the type.
func malformed(data []byte, md protoreflect.MessageDescriptor, err error) mistake {
	said := words.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(said[1])
	column, _ := strconv.Atoi(said[2])
	at := len(data)
	if line > 0 {
		at = offset(data, line, column)
	}
	rule, text := explain(data, said[3])
	return mistake{Field: cut(pathAt(data, at, md)), InBody: true, Rule: rule, En: text.En, Zh: text.Zh}
}

func explain(data []byte, said string) (rule string, text fault.Text) {
	begins := func(word string) bool { return strings.HasPrefix(said, word) }
	switch {
	case begins("exceeded"):
		return "JSON_TOO_DEEP", fault.Text{En: "is nested too deeply", Zh: "嵌套过深"}
	case begins("unknown field"):
		return "JSON_UNKNOWN_FIELD", fault.Text{En: "is not a field of this message", Zh: "不是此消息的字段"}
	case begins("duplicate"):
		return "JSON_DUPLICATE_FIELD", fault.Text{En: "is given twice", Zh: "重复给出"}
	case begins("error parsing"):
		return "JSON_ONEOF", fault.Text{En: "excludes another field that is given too", Zh: "与另一个已给出的字段互斥"}
	case begins("invalid UTF-8"), begins("unexpected EOF"), !json.Valid(data):
		return "JSON_SYNTAX", fault.Text{En: "stands where the body is not JSON in UTF-8 any more", Zh: "此处起请求体不是有效的 UTF-8 编码 JSON"}
	default:
		return "JSON_WRONG_TYPE", fault.Text{En: "has a value of the wrong type or out of its range", Zh: "值的类型错误或超出范围"}
	}
}

// offset is where a position given as line and column (of characters), both from 1, lies in data.
func offset(data []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			return len(data)
		}
		at += end + 1
	}
	for ; column > 1 && at < len(data); column-- {
		_, size := utf8.DecodeRune(data[at:])
		at += size
	}
	return at
}

// level is an object or array that a position in JSON is inside of.
type level struct {
	array   bool
	index   int
	key     string
	between bool // in an object, before the next key
}

// pathAt is the proto path of what stands at the offset: "addresses[1].line", as far as the JSON can be read.
func pathAt(data []byte, offset int, md protoreflect.MessageDescriptor) string {
	var inside []level
	decoder := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.Token()
		if err != nil {
			return protoPath(inside, md)
		}
		reached := decoder.InputOffset() > int64(offset)
		delim, _ := token.(json.Delim)
		switch top := len(inside) - 1; {
		case delim == '}' || delim == ']':
			if reached {
				return protoPath(inside, md)
			}
			inside = inside[:top]
			next(inside)
		case top >= 0 && inside[top].between:
			inside[top].key, inside[top].between = fmt.Sprint(token), false
			if reached {
				return protoPath(inside, md)
			}
		case reached:
			return protoPath(inside, md)
		case delim != 0:
			inside = append(inside, level{array: delim == '[', between: delim == '{'})
		default:
			next(inside)
		}
	}
}

// next steps behind a value.
func next(inside []level) {
	if top := len(inside) - 1; top >= 0 {
		inside[top].index++
		inside[top].between = !inside[top].array
	}
}

// protoPath names the levels as the proto does, those that it does not know as the JSON does.
func protoPath(inside []level, md protoreflect.MessageDescriptor) string {
	var path strings.Builder
	var entries protoreflect.FieldDescriptor // the map whose entries come next
	for _, l := range inside {
		switch {
		case l.array:
			fmt.Fprintf(&path, "[%d]", l.index)
		case l.between:
			return path.String()
		case entries != nil:
			fmt.Fprintf(&path, "[%q]", l.key)
			md, entries = entries.MapValue().Message(), nil
		default:
			name := l.key
			fd := fieldOf(md, name)
			md = nil
			if fd != nil {
				name = string(fd.Name())
				if fd.IsMap() {
					entries = fd
				} else {
					md = fd.Message()
				}
			}
			if path.Len() > 0 {
				path.WriteByte('.')
			}
			path.WriteString(name)
		}
	}
	return path.String()
}

// fieldOf finds a field by either of its names; nil if there is none.
func fieldOf(md protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if md == nil {
		return nil
	}
	if fd := md.Fields().ByJSONName(name); fd != nil {
		return fd
	}
	return md.Fields().ByTextName(name)
}
