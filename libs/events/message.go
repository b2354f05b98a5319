package events

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
)

// The headers of CloudEvents 1.0 in binary mode over NATS. Their case matters there.
const (
	headerSpecVersion = "ce-specversion"
	headerID          = "ce-id"
	headerSource      = "ce-source"
	headerType        = "ce-type"
	headerSubject     = "ce-subject"
	headerTime        = "ce-time"
	headerContentType = "ce-datacontenttype"
	headerSchema      = "ce-dataschema"
	headerPartition   = "ce-partitionkey"
	headerSequence    = "ce-sequence"
	headerActor       = "ce-actor"
	headerCause       = "ce-cause"
	headerTrace       = "traceparent"
)

// message is the event as it is published. The source names the aggregate, since a sequence counts within its source; the schema is
// the message's full name as a URI.
func (e Event) message() *nats.Msg {
	m := nats.NewMsg(e.Subject)
	m.Data = e.Data
	set := func(name, value string) { m.Header[name] = []string{escape(value)} }
	set(nats.MsgIdHdr, e.ID.String())
	set(nats.ExpectedStreamHdr, StreamName)
	set(headerSpecVersion, "1.0")
	set(headerID, e.ID.String())
	set(headerSource, "//guanxi/"+serviceOf(e.Subject)+"/"+e.Aggregate.String())
	set(headerType, e.Subject)
	set(headerSubject, e.Resource)
	set(headerTime, e.Time.UTC().Format(time.RFC3339Nano))
	set(headerContentType, "application/json")
	set(headerPartition, e.Aggregate.String())
	set(headerSequence, fmt.Sprintf("%020d", e.Version))
	set(headerActor, e.Actor)
	set(headerCause, e.Cause)
	if schema := schemaOf(e.Subject); schema != "" {
		set(headerSchema, schema)
	}
	if e.TraceParent != "" {
		set(headerTrace, e.TraceParent)
	}
	return m
}

// parse is the reverse of message. It fails for what is no event of ours.
func parse(subject string, header nats.Header, data []byte) (Event, error) {
	get := func(name string) string {
		if values := header[name]; len(values) > 0 {
			return unescape(values[0])
		}
		return ""
	}
	e := Event{
		Subject: subject, Resource: get(headerSubject), Data: data,
		Actor: get(headerActor), Cause: get(headerCause), TraceParent: get(headerTrace),
	}
	if version := get(headerSpecVersion); version != "1.0" {
		return e, fmt.Errorf("events: %s is %q, not 1.0", headerSpecVersion, version)
	}
	for _, text := range []string{e.Resource, e.Actor, e.Cause, e.TraceParent, string(data)} {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			return e, errors.New("events: data or a header is not text, which the database would refuse")
		}
	}
	var err error
	if e.ID, err = uuid.Parse(get(headerID)); err != nil {
		return e, fmt.Errorf("events: %s: %w", headerID, err)
	}
	if e.Aggregate, err = uuid.Parse(get(headerPartition)); err != nil {
		return e, fmt.Errorf("events: %s: %w", headerPartition, err)
	}
	if e.Version, err = strconv.ParseInt(get(headerSequence), 10, 64); err != nil || e.Version < 1 {
		return e, fmt.Errorf("events: %s is %q, not a version", headerSequence, get(headerSequence))
	}
	if e.Time, err = time.Parse(time.RFC3339Nano, get(headerTime)); err != nil {
		return e, fmt.Errorf("events: %s: %w", headerTime, err)
	}
	return e, nil
}

// serviceOf is the second word of a subject.
func serviceOf(subject string) string {
	_, rest, _ := strings.Cut(subject, ".")
	service, _, _ := strings.Cut(rest, ".")
	return service
}

// escape writes a header's value as CloudEvents wants it: percent-encoded where it is not printable ASCII or is a blank, a quote or %.
func escape(value string) string {
	if strings.IndexFunc(value, mustEscape) < 0 {
		return value
	}
	var out strings.Builder
	for i := range len(value) {
		if c := value[i]; mustEscape(rune(c)) {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

func mustEscape(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '%' }

// unescape leaves what is no escape as it is: another publisher may be careless.
func unescape(value string) string {
	if !strings.Contains(value, "%") {
		return value
	}
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		if value[i] == '%' && i+3 <= len(value) {
			if code, err := strconv.ParseUint(value[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(code))
				i += 2
				continue
			}
		}
		out = append(out, value[i])
	}
	return string(out)
}
