// Package events carries facts from the service that knows them to those that want them, so that nothing acknowledged is lost and
// no effect happens twice.
//
// The way of an event: New makes it, Insert or InsertAll writes it into the outbox in the transaction of its cause, the Relay publishes
// it in JetStream, a Consumer hands it to a Subscription in one transaction with its effect. What goes wrong on the way is tried
// again, and in the end lies among the dead letters.
package events

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/level"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// MaxData is the most bytes that an event's data may have. With its headers it stays below what a NATS server takes by default (1 MiB):
// an event that the broker refuses for good would hold up all that come after it.
const MaxData = 900 << 10

// nobody is the actor of events that no caller caused: jobs, and handlers of other events.
const nobody = "guanxi"

// Event is a fact about an aggregate.
type Event struct {
	ID        uuid.UUID `db:"event_id"`
	Aggregate uuid.UUID `db:"aggregate_id"`
	// Version counts the aggregate's events from 1, without gaps.
	Version int64 `db:"version"`
	// Subject is the NATS subject, which is the event's type too: guanxi.<service>.<resource>.<fact>.v<version>.
	Subject string `db:"subject"`
	// Resource is the name of what the fact is about, such as customers/7b0c...; it may be a part of the aggregate.
	Resource string `db:"resource"`
	// Data is the message in protobuf JSON.
	Data []byte `db:"data"`
	// Actor is the subject of the caller who caused it, "guanxi" if there was none.
	Actor string `db:"actor"`
	// Cause is the kind of work that caused it: see WithCause.
	Cause string `db:"cause"`
	// TraceParent is the W3C trace context of the cause, empty if it was not traced.
	TraceParent string    `db:"trace_parent"`
	Time        time.Time `db:"occur_time"`
	// Via is the old name under which the caller called the aggregate: see libs/alias. It is kept in the history and not published.
	Via uuid.NullUUID `db:"via"`
}

type causeKey struct{}

// WithCause says what kind of work ctx belongs to: "import", "merge", "recompute", ... Without it the cause is "command".
func WithCause(ctx context.Context, cause string) context.Context {
	return context.WithValue(ctx, causeKey{}, cause)
}

// CauseOf is what WithCause said.
func CauseOf(ctx context.Context) string {
	if cause, ok := ctx.Value(causeKey{}).(string); ok {
		return cause
	}
	return "command"
}

// New makes an event of data, whose message must declare itself an event (option guanxi.type.v1.event) and name its resource in its
// first field. Fields above BASIC are left out; data itself is not touched. The version is left to the write, which knows it.
func New(ctx context.Context, at time.Time, aggregate uuid.UUID, data proto.Message) (Event, error) {
	message := data.ProtoReflect()
	subject := subjectOf(message.Descriptor())
	if subject == "" {
		return Event{}, fmt.Errorf("events: %s does not declare itself an event", message.Descriptor().FullName())
	}
	resource, ok := resourceOf(message)
	if !ok {
		return Event{}, fmt.Errorf("events: the first field of %s must name its resource", message.Descriptor().FullName())
	}
	encoded, err := encode(data)
	if err != nil {
		return Event{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Event{}, fmt.Errorf("events: %w", err)
	}
	actor := auth.From(ctx).Subject
	if actor == "" {
		actor = nobody
	}
	trace := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, trace)
	return Event{
		ID: id, Aggregate: aggregate, Subject: subject, Resource: resource, Data: encoded,
		Actor: actor, Cause: CauseOf(ctx), TraceParent: trace["traceparent"], Time: at, Via: alias.Via(ctx, aggregate),
	}, nil
}

// Decode reads the data into m. Fields that m does not know are passed over: a publisher may be newer than its subscribers.
func (e Event) Decode(m proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(e.Data, m); err != nil {
		return fmt.Errorf("events: data of %s %s: %w", e.Subject, e.ID, err)
	}
	return nil
}

// encode leaves what it is given as it is, as the caller may go on to use it, and takes out the blanks that protojson strews in on purpose.
func encode(data proto.Message) ([]byte, error) {
	name := data.ProtoReflect().Descriptor().FullName()
	spaced, err := protojson.Marshal(level.Redacted(data, typev1.Level_BASIC))
	if err != nil {
		return nil, fmt.Errorf("events: encoding %s: %w", name, err)
	}
	var out bytes.Buffer
	out.Grow(len(spaced))
	if err := json.Compact(&out, spaced); err != nil {
		return nil, fmt.Errorf("events: encoding %s: %w", name, err)
	}
	if out.Len() > MaxData {
		return nil, fmt.Errorf("events: %s has %d bytes, at most %d can be published", name, out.Len(), MaxData)
	}
	return out.Bytes(), nil
}

// subjectOf is the subject that a message declares, empty if it is not an event.
func subjectOf(message protoreflect.MessageDescriptor) string {
	event, _ := proto.GetExtension(message.Options(), typev1.E_Event).(*typev1.Event)
	return event.GetSubject()
}

// resourceOf is the value of the message's first field.
func resourceOf(message protoreflect.Message) (string, bool) {
	fields := message.Descriptor().Fields()
	if fields.Len() == 0 || !isName(fields.Get(0)) {
		return "", false
	}
	name := message.Get(fields.Get(0)).String()
	return name, name != ""
}

func isName(field protoreflect.FieldDescriptor) bool {
	return field.Kind() == protoreflect.StringKind && !field.IsList()
}
