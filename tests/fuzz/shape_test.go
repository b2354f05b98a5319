package fuzz

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// shape writes requests that look like those the protos describe, the more hostile the more the fuzzer's bytes say so.
type shape struct {
	*draw
	pool pool
}

// sensible are values of fields that have a form of their own; other texts are "x".
var sensible = map[protoreflect.Name]string{
	"display_name": "华为", "territory": "cn/south", "time_zone": "Asia/Shanghai", "language": "zh-CN", "region_code": "CN",
	"registration_number": "91440300708461136T", "start_month": "2026-01", "end_month": "2026-03", "currency_code": "CNY",
	"filter": `create_time > "2026-01-01T00:00:00Z"`, "order_by": "create_time desc", "query": "华为", "decimal": "1.5", "date": "2026-03-01",
	"request_id": "6f0c1a52-0000-4000-8000-000000000001", "reports_to": "", "etag": "", "page_token": "", "birthday": "2026-03-01",
}

// wellKnown are messages whose JSON is not that of their fields, or whose fields hang together.
var wellKnown = map[protoreflect.FullName]string{
	"google.protobuf.Timestamp": `"2026-03-01T08:00:00Z"`, "google.protobuf.Duration": `"1.5s"`, "google.protobuf.FieldMask": `"displayName"`,
	"google.type.Date": `{"year":2026,"month":3,"day":1}`, "google.type.Money": `{"currencyCode":"CNY","units":"1"}`,
}

// needed are fields that a good request has although the protos do not say REQUIRED: imports tell what is missing row by row.
var needed = map[protoreflect.Name]bool{
	"import_id": true, "rows": true, "first_line": true, "line_count": true, "customer_ref": true, "if_missing": true,
	"external_ids": true, "system": true, "id": true,
}

const deepest = 6

// path fills the names into the route's template.
func (s shape) path(r route) string {
	return variable.ReplaceAllStringFunc(r.template, func(found string) string {
		parts := variable.FindStringSubmatch(found)
		pattern := parts[2]
		if names := s.pool.names(r.place(parts)); len(names) > 0 && !s.seldom() {
			return names[s.below(len(names))]
		}
		for strings.Contains(pattern, "*") {
			id := "018f6c1e-0000-7000-8000-000000000001"
			if s.often() {
				id = url.PathEscape(s.text())
			}
			pattern = strings.Replace(pattern, "*", id, 1)
		}
		return pattern
	})
}

// query gives the fields that neither path nor body give.
func (s shape) query(r route) string {
	fields := r.method.Input().Fields()
	var pairs []string
	for i := range fields.Len() {
		fd := fields.Get(i)
		if r.filled(fd) || !required(fd) && !s.often() {
			continue
		}
		value := strings.Trim(s.scalar(fd), `"`)
		if s.seldom() {
			value = s.text()
		}
		pairs = append(pairs, url.QueryEscape(s.named(fd))+"="+url.QueryEscape(value))
		if s.rarely() {
			pairs = append(pairs, pairs[len(pairs)-1])
		}
	}
	return strings.Join(pairs, "&")
}

// body is that of the route.
func (s shape) body(r route) string {
	switch r.body {
	case "":
		if s.rarely() {
			return s.junk(0)
		}
		return ""
	case "*":
		return s.message(r.method.Input(), 0)
	default:
		return s.message(r.method.Input().Fields().ByName(protoreflect.Name(r.body)).Message(), 0)
	}
}

func (s shape) message(md protoreflect.MessageDescriptor, depth int) string {
	if known, ok := wellKnown[md.FullName()]; ok && !s.seldom() {
		return known
	}
	if s.rarely() || depth > deepest {
		return s.junk(depth)
	}
	var parts []string
	fields := md.Fields()
	chosen := map[protoreflect.FullName]int{}
	for i := range fields.Len() {
		fd := fields.Get(i)
		if one := fd.ContainingOneof(); one != nil && !one.IsSynthetic() {
			if _, ok := chosen[one.FullName()]; !ok {
				chosen[one.FullName()] = (int(s.first) + s.below(one.Fields().Len())) % one.Fields().Len()
			}
			if one.Fields().Get(chosen[one.FullName()]) != fd && !s.rarely() {
				continue
			}
		} else if !required(fd) && !s.often() {
			continue
		}
		parts = append(parts, strconv.Quote(s.named(fd))+":"+s.value(fd, depth+1))
	}
	if s.rarely() {
		parts = append(parts, quote(s.text())+":"+s.junk(depth))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (s shape) value(fd protoreflect.FieldDescriptor, depth int) string {
	switch {
	case s.rarely():
		return s.junk(depth)
	case fd.IsMap():
		return "{" + quote(s.orText("x")) + ":" + s.single(fd.MapValue(), depth) + "}"
	case fd.IsList():
		items := make([]string, 1+s.below(4))
		for i := range items {
			items[i] = s.single(fd, depth)
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return s.single(fd, depth)
	}
}

func (s shape) single(fd protoreflect.FieldDescriptor, depth int) string {
	if fd.Message() != nil {
		return s.message(fd.Message(), depth)
	}
	return s.scalar(fd)
}

// scalar is a single value; of a message, which stands in a query only, its text.
func (s shape) scalar(fd protoreflect.FieldDescriptor) string {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return wellKnown[fd.Message().FullName()]
	case protoreflect.StringKind:
		return quote(s.orText(s.sensible(fd)))
	case protoreflect.BytesKind:
		return quote(s.orText("AA=="))
	case protoreflect.BoolKind:
		return strconv.FormatBool(s.often())
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return quote(string(values.Get((1 + s.below(values.Len())) % values.Len()).Name()))
	default:
		if fd.Name() == "first_line" && !s.rarely() {
			s.lines++
			return strconv.Itoa(s.lines)
		}
		numbers := []string{"1", "0", "-1", "1.5", "2147483647", "-9223372036854775808", "1e308", `"NaN"`, `"-Infinity"`, "1e-324", `"1"`}
		return numbers[s.below(len(numbers))]
	}
}

func (s shape) sensible(fd protoreflect.FieldDescriptor) string {
	if fd.Name() == "name" || fd.Name() == "parent" {
		if names := s.pool["customers/*"]; len(names) > 0 {
			return names[0]
		}
	}
	if given := s.pool[string(fd.Name())]; len(given) > 0 {
		return given[0]
	}
	if text, ok := sensible[fd.Name()]; ok {
		return text
	}
	return "x"
}

func (s shape) orText(text string) string {
	if s.seldom() {
		return s.text()
	}
	return text
}

// junk is JSON of no shape at all, or almost JSON.
func (s shape) junk(depth int) string {
	const open = 200
	all := []string{
		"null", "true", "0", `""`, "[]", "{}", "[null]", `{"":0}`, "1e400", `"\ud800"`, `"\u0000"`, "-", "\"\xff\"", "{", "[", `{"a":1,"a":2}`,
		strings.Repeat("[", open) + strings.Repeat("]", open), strings.Repeat(`{"a":`, open), fmt.Sprintf(`"%s"`, strings.Repeat("华", 5000)),
	}
	if depth == 0 && s.often() {
		return s.text()
	}
	return all[s.below(len(all))]
}

// named is the field's name in one of its two spellings.
func (s shape) named(fd protoreflect.FieldDescriptor) string {
	if s.seldom() {
		return string(fd.Name())
	}
	return fd.JSONName()
}

func required(fd protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return needed[fd.Name()] || slices.Contains(behaviors, annotations.FieldBehavior_REQUIRED)
}

// quote writes a text as JSON does, but lets bytes through that are no UTF-8.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c < ' ':
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}
