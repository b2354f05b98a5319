package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Waiting says how far a consumer is behind the stream: when the oldest of the events came about that are still before it. A zero time stands for none.
type Waiting struct {
	// Undelivered is of those that the broker has still to hand over.
	Undelivered time.Time
	// Unanswered is of these and of those that were handed over and are not answered yet. The latter may be with a process that is gone; then they come again by
	// themselves, after a minute and a half.
	Unanswered time.Time
}

// Behind asks the broker how far a consumer is behind. One that has never run is an error (jetstream.ErrConsumerNotFound).
func Behind(ctx context.Context, js jetstream.JetStream, consumer string) (w Waiting, err error) {
	found, err := js.Consumer(ctx, StreamName, consumer) // asks the broker
	if err != nil {
		return w, fmt.Errorf("events: the consumer %s: %w", consumer, err)
	}
	info := found.CachedInfo()
	if counted(info) == 0 {
		return w, nil
	}
	stream, err := js.Stream(ctx, StreamName)
	if err != nil {
		return w, fmt.Errorf("events: the stream: %w", err)
	}
	if w.Unanswered, err = oldest(ctx, stream, info, info.AckFloor.Stream+1); err == nil && info.NumPending > 0 {
		w.Undelivered, err = oldest(ctx, stream, info, info.Delivered.Stream+1)
	}
	if err != nil {
		return w, fmt.Errorf("events: the next message for %s: %w", consumer, err)
	}
	return w, nil
}

// oldest is when the first of the messages for a consumer came about that stand at a place of the stream or behind it.
func oldest(ctx context.Context, stream jetstream.Stream, of *jetstream.ConsumerInfo, from uint64) (at time.Time, err error) {
	for _, filter := range filtersOf(of.Config) {
		m, err := stream.GetMsg(ctx, from, jetstream.WithGetMsgSubject(filter))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return at, err
		}
		came := m.Time
		if e, err := parse(m.Subject, m.Header, m.Data); err == nil { // else it is no event of ours, and waits since it was stored
			came = e.Time
		}
		if at.IsZero() || came.Before(at) {
			at = came
		}
	}
	return at, nil
}

// filtersOf are the subjects that a consumer is given. The broker keeps a single one apart from several.
func filtersOf(config jetstream.ConsumerConfig) []string {
	if config.FilterSubject != "" {
		return []string{config.FilterSubject}
	}
	return config.FilterSubjects
}
