package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Message is an event as it lies in the stream.
type Message struct {
	Event
	// Sequence is its place in the stream.
	Sequence uint64
	// Stored is when the broker received it.
	Stored time.Time
	Header nats.Header
	// Err says why it could not be read as an event; then only Subject, Data and Header are set.
	Err error
}

// Tail shows the stream's messages with a matching subject in order, those stored since from and those to come, until ctx ends or show
// fails. The zero time starts with those to come. It leaves no trace at the broker.
func Tail(ctx context.Context, js jetstream.JetStream, subject string, from time.Time, show func(Message) error) error {
	config := jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverNewPolicy}
	if !from.IsZero() {
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &from
	}
	consumer, err := js.OrderedConsumer(ctx, StreamName, config)
	if err != nil {
		return fmt.Errorf("events: following %s: %w", subject, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("events: following %s: %w", subject, err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, jetstream.ErrNoHeartbeat): // the connection is being restored
			continue
		case err != nil:
			return fmt.Errorf("events: following %s: %w", subject, err)
		}
		if err := show(shown(m)); err != nil {
			return err
		}
	}
}

func shown(m jetstream.Msg) Message {
	out := Message{Header: m.Headers()}
	out.Event, out.Err = parse(m.Subject(), out.Header, m.Data())
	if meta, err := m.Metadata(); err == nil {
		out.Sequence, out.Stored = meta.Sequence.Stream, meta.Timestamp
	}
	return out
}
