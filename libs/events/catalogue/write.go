package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/events"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const introduction = `# Events

Generated from the protos by ` + "`make docs`" + `; do not edit.

All events are in the JetStream stream ` + "`%s`" + `. An event is a [CloudEvent](https://cloudevents.io) 1.0 in binary mode: the data is the
message in protobuf JSON, the rest stands in headers, whose names are lower-case.

| header | meaning |
| --- | --- |
| ` + "`ce-id`" + ` | the event's UUID; the same event may be delivered more than once |
| ` + "`ce-type`" + ` | the subject; a change that breaks readers is a new subject |
| ` + "`ce-source`" + ` | //guanxi/service/aggregate |
| ` + "`ce-subject`" + ` | the resource name |
| ` + "`ce-partitionkey`" + ` | the aggregate's UUID: that of the customer for all that belongs to a customer |
| ` + "`ce-sequence`" + ` | the version of the aggregate, 20 digits, counting from 1 without gaps; drop what is not above the last one seen |
| ` + "`ce-time`" + ` | when it happened |
| ` + "`ce-dataschema`" + ` | proto: and the full name of the message |
| ` + "`ce-actor`" + ` | the subject of the caller's token, guanxi for work that no caller asked for |
| ` + "`ce-cause`" + ` | command, import, merge, recompute, ... |
| ` + "`traceparent`" + ` | W3C trace context |

Header values are percent-encoded where they are not printable ASCII. Fields above the level BASIC are never in an event; neither is
personal data.

| subject | says |
| --- | --- |
`

// write writes the catalogue of the linked events; root is where the proto files are.
func write(to io.Writer, root string) error {
	var head, body bytes.Buffer
	fmt.Fprintf(&head, introduction, events.StreamName)
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
		if err := section(&body, entry, files[path]); err != nil {
			return err
		}
		said := files[path][string(entry.Message.Name())]
		fmt.Fprintf(&head, "| [`%s`](#%s) | %s |\n", entry.Subject, strings.ReplaceAll(entry.Subject, ".", ""), said)
	}
	_, err := io.Copy(to, io.MultiReader(&head, &body))
	return err
}

func section(to io.Writer, entry events.Entry, said comments) error {
	name := string(entry.Message.Name())
	fmt.Fprintf(to, "\n## %s\n\n%s\n\nMessage `%s`.\n\n", entry.Subject, said[name], entry.Message.FullName())
	fmt.Fprint(to, "| field | type | level | meaning |\n| --- | --- | --- | --- |\n")
	for i := range entry.Message.Fields().Len() {
		f := entry.Message.Fields().Get(i)
		fmt.Fprintf(to, "| `%s` | %s | %s | %s |\n", f.JSONName(), typeOf(f), levelOf(f), said[name+"."+string(f.Name())])
	}
	text, err := protojson.Marshal(example(entry.Message))
	if err != nil {
		return fmt.Errorf("catalogue: the example of %s: %w", name, err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		return fmt.Errorf("catalogue: the example of %s: %w", name, err)
	}
	fmt.Fprintf(to, "\n```json\n%s\n```\n", pretty.String())
	return nil
}

func typeOf(f protoreflect.FieldDescriptor) string {
	kind := f.Kind().String()
	switch {
	case f.IsMap():
		return fmt.Sprintf("map of %s", typeOf(f.MapValue()))
	case f.Message() != nil:
		kind = "`" + string(f.Message().FullName()) + "`"
	case f.Enum() != nil:
		kind = "`" + string(f.Enum().FullName()) + "`"
	}
	if f.IsList() {
		return "list of " + kind
	}
	return kind
}

func levelOf(f protoreflect.FieldDescriptor) typev1.Level {
	level, _ := proto.GetExtension(f.Options(), typev1.E_Level).(typev1.Level)
	return level
}
