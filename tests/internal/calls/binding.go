package calls

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// HTTPCall is an RPC as it is called over HTTP.
type HTTPCall struct{ Verb, Target, Body string }

// Rule is the HTTP rule of an RPC, nil for one that has none.
func Rule(method protoreflect.MethodDescriptor) *annotations.HttpRule {
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	return rule
}

// starMask is the mask of an update that stands for all fields.
const starMask = "*"

// build makes a message of proto JSON, which has no way to write the mask "*": an updateMask of it is set apart.
func build(input protoreflect.MessageDescriptor, fields any) (proto.Message, error) {
	message := dynamicpb.NewMessage(input)
	object, _ := fields.(map[string]any)
	star := object["updateMask"] == starMask
	if star {
		delete(object, "updateMask")
	}
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	if err := protojson.Unmarshal(text, message); err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	if star {
		mask := message.Mutable(input.Fields().ByName("update_mask")).Message()
		mask.Mutable(mask.Descriptor().Fields().ByName("paths")).List().Append(protoreflect.ValueOfString(starMask))
	}
	return message, nil
}

// takeStar removes the mask "*" and says whether there was one.
func takeStar(m protoreflect.Message) bool {
	fd := m.Descriptor().Fields().ByName("update_mask")
	if fd == nil || !m.Has(fd) {
		return false
	}
	mask := m.Get(fd).Message()
	paths := mask.Get(mask.Descriptor().Fields().ByName("paths")).List()
	if paths.Len() != 1 || paths.Get(0).String() != starMask {
		return false
	}
	m.Clear(fd)
	return true
}

var variable = regexp.MustCompile(`\{([^=}]+)(?:=[^}]*)?\}`)

// Bind turns a request into an HTTP call as google.api.http has it: fields of the path first, then the body, the rest in the query.
func Bind(method protoreflect.MethodDescriptor, request proto.Message) (HTTPCall, error) {
	rule := Rule(method)
	var call HTTPCall
	for verb, template := range map[string]string{
		http.MethodGet: rule.GetGet(), http.MethodPost: rule.GetPost(), http.MethodPatch: rule.GetPatch(),
		http.MethodPut: rule.GetPut(), http.MethodDelete: rule.GetDelete(),
	} {
		if template != "" {
			call.Verb, call.Target = verb, template
		}
	}
	rest := proto.Clone(request).ProtoReflect()
	call.Target = variable.ReplaceAllStringFunc(call.Target, func(v string) string {
		return escape(take(rest, strings.Split(variable.FindStringSubmatch(v)[1], ".")))
	})
	if err := call.fill(rule.GetBody(), rest); err != nil {
		return HTTPCall{}, err
	}
	star := takeStar(rest)
	query, err := flatten(rest.Interface())
	if star {
		query.Set("updateMask", starMask)
	}
	if len(query) > 0 {
		call.Target += "?" + query.Encode()
	}
	return call, err
}

// take removes a text field and returns it.
func take(m protoreflect.Message, path []string) string {
	fd := m.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	if len(path) > 1 {
		if !m.Has(fd) {
			return ""
		}
		return take(m.Mutable(fd).Message(), path[1:])
	}
	text := m.Get(fd).String()
	m.Clear(fd)
	return text
}

func escape(name string) string {
	segments := strings.Split(name, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}

// fill moves the field of the body out of the message.
func (c *HTTPCall) fill(field string, rest protoreflect.Message) error {
	var body proto.Message
	switch field {
	case "":
		return nil
	case "*":
		body = proto.Clone(rest.Interface())
		proto.Reset(rest.Interface())
	default:
		fd := rest.Descriptor().Fields().ByName(protoreflect.Name(field))
		if !rest.Has(fd) {
			return nil
		}
		body = rest.Get(fd).Message().Interface()
		rest.Clear(fd)
	}
	text, err := protojson.Marshal(body)
	c.Body = string(text)
	return err
}

// flatten makes query parameters of all that is set.
func flatten(m proto.Message) (url.Values, error) {
	text, err := protojson.Marshal(m)
	if err != nil {
		return nil, err
	}
	fields, err := decode(text)
	query := url.Values{}
	add(query, "", fields)
	return query, err
}

func add(query url.Values, name string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			add(query, strings.TrimPrefix(name+"."+key, "."), inner)
		}
	case []any:
		for _, inner := range value {
			add(query, name, inner)
		}
	case json.Number:
		query.Add(name, value.String())
	default:
		query.Add(name, fmt.Sprint(value))
	}
}
