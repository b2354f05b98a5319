package main

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/events"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// object is a JSON object; its names are written in alphabetical order.
type object = map[string]any

// jetStream tells what AsyncAPI has no words for: how to fetch.
var jetStream = object{
	"stream": events.StreamName, "storage": "file", "retention": "limits, 30 days", "duplicateWindow": "1h", "delivery": "at least once, in order for each partition key",
	"consumer": "made by `guanxi subscriber add`; a subscriber fetches from its own durable and acknowledges each message",
}

// writeAsyncAPI writes the events as an AsyncAPI 3 document; root is where the proto files are.
func writeAsyncAPI(to io.Writer, root string) error {
	channels, operations, messages := object{}, object{}, object{}
	schemas := schemaBook{}
	files := map[string]comments{}
	for _, entry := range events.Catalogue("guanxi") {
		path := entry.Message.ParentFile().Path()
		if files[path] == nil {
			read, err := readComments(filepath.Join(root, filepath.FromSlash(path)))
			if err != nil {
				return err
			}
			files[path] = read
		}
		said := files[path][string(entry.Message.Name())]
		sample, err := protojson.Marshal(example(entry.Message))
		if err != nil {
			return err
		}
		name := string(entry.Message.FullName())
		channels[entry.Subject] = object{"address": entry.Subject, "description": said, "messages": object{"event": reference("messages", name)}}
		operations["receive."+entry.Subject] = object{"action": "receive", "channel": object{"$ref": "#/channels/" + entry.Subject}}
		messages[name] = object{
			"name": string(entry.Message.Name()), "summary": said, "contentType": "application/json",
			"headers": reference("schemas", "CloudEventHeaders"), "payload": reference("schemas", name),
			"examples": []any{object{"payload": json.RawMessage(sample)}},
		}
		schemas.add(entry.Message)
	}
	schemas["CloudEventHeaders"] = headers()
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(object{
		"asyncapi": "3.0.0",
		"info": object{
			"title": "Events of Guanxi", "version": "1.0.0",
			"description": "Generated from the protos by `make docs`. Events are CloudEvents 1.0 in NATS binary mode. An event holds nothing above the level BASIC and no personal data. " +
				"A change that breaks readers is a new subject; fields may be added, so readers ignore those they do not know.",
		},
		"defaultContentType": "application/json",
		"servers":            object{"nats": object{"host": "localhost:4222", "protocol": "nats", "x-jetstream": jetStream}},
		"channels":           channels, "operations": operations,
		"components": object{"messages": messages, "schemas": schemas},
	})
}

func reference(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

// headers are those of every event.
func headers() object {
	text := func(meaning string) object { return object{"type": "string", "description": meaning} }
	return object{
		"type":     "object",
		"required": []string{"ce-id", "ce-type", "ce-source", "ce-subject", "ce-partitionkey", "ce-sequence", "ce-time", "ce-specversion"},
		"properties": object{
			"ce-specversion":  object{"type": "string", "const": "1.0"},
			"ce-id":           object{"type": "string", "format": "uuid", "description": "the same event may be delivered more than once"},
			"ce-type":         text("the subject"),
			"ce-source":       text("//guanxi/service/aggregate"),
			"ce-subject":      text("the resource name"),
			"ce-partitionkey": object{"type": "string", "format": "uuid", "description": "the aggregate: the customer for all that belongs to a customer"},
			"ce-sequence":     object{"type": "string", "pattern": "^[0-9]{20}$", "description": "the version of the aggregate, counting from 1 without gaps"},
			"ce-time":         object{"type": "string", "format": "date-time"},
			"ce-dataschema":   text("proto: and the full name of the message"),
			"ce-actor":        text("the subject of the caller's token, guanxi for work that no caller asked for"),
			"ce-cause":        text("command, import, merge, recompute, ..."),
			"traceparent":     text("W3C trace context"),
		},
	}
}

// schemaBook holds the schemas of messages and enums by their full names, as protobuf's JSON has them.
type schemaBook map[string]any

func (b schemaBook) add(m protoreflect.MessageDescriptor) object {
	name := string(m.FullName())
	if known, ok := wellKnown[name]; ok {
		return known
	}
	if b[name] == nil {
		properties := object{}
		b[name] = object{"type": "object", "properties": properties} // before its fields, which may hold it
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			if strings.HasPrefix(name, "guanxi.") && levelOf(f) > typev1.Level_BASIC {
				continue // never in an event
			}
			properties[f.JSONName()] = b.field(f)
		}
	}
	return reference("schemas", name)
}

func (b schemaBook) field(f protoreflect.FieldDescriptor) object {
	switch {
	case f.IsMap():
		return object{"type": "object", "additionalProperties": b.value(f.MapValue())}
	case f.IsList():
		return object{"type": "array", "items": b.value(f)}
	default:
		return b.value(f)
	}
}

func (b schemaBook) value(f protoreflect.FieldDescriptor) object {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return b.add(f.Message())
	case protoreflect.EnumKind:
		names := make([]string, f.Enum().Values().Len())
		for i := range names {
			names[i] = string(f.Enum().Values().Get(i).Name())
		}
		b[string(f.Enum().FullName())] = object{"type": "string", "enum": names}
		return reference("schemas", string(f.Enum().FullName()))
	case protoreflect.BoolKind:
		return object{"type": "boolean"}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return object{"type": "integer", "format": "int32"}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return object{"type": "string", "format": "int64"} // a number in JavaScript cannot hold it
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return object{"type": "number"}
	case protoreflect.BytesKind:
		return object{"type": "string", "contentEncoding": "base64"}
	default:
		return object{"type": "string"}
	}
}

// wellKnown are the messages that have a JSON form of their own.
var wellKnown = map[string]object{
	"google.protobuf.Timestamp":   {"type": "string", "format": "date-time"},
	"google.protobuf.Duration":    {"type": "string", "pattern": `^-?[0-9]+(\.[0-9]+)?s$`},
	"google.protobuf.FieldMask":   {"type": "string"},
	"google.protobuf.Struct":      {"type": "object"},
	"google.protobuf.Int32Value":  {"type": "integer"},
	"google.protobuf.Int64Value":  {"type": "string", "format": "int64"},
	"google.protobuf.DoubleValue": {"type": "number"},
	"google.protobuf.BoolValue":   {"type": "boolean"},
	"google.protobuf.StringValue": {"type": "string"},
}
