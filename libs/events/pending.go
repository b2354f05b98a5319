package events

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Pending is how many events of the stream a consumer has still before it: those not delivered yet and those delivered and not answered. Zero means that it has
// answered all that were published before the question, be they handled, parked or given up. Where it is not zero it may be a little less than there are. A
// consumer that has never run is an error (jetstream.ErrConsumerNotFound): it has everything before it.
func Pending(ctx context.Context, js jetstream.JetStream, consumer string) (uint64, error) {
	found, err := js.Consumer(ctx, StreamName, consumer) // asks the broker
	if err != nil {
		return 0, fmt.Errorf("events: the consumer %s: %w", consumer, err)
	}
	if n := counted(found.CachedInfo()); n > 0 {
		return n, nil
	}
	// The broker counts a message for its consumers a moment after it has acknowledged it to its publisher.
	last, err := lastFor(ctx, js, found.CachedInfo().Config)
	if err != nil {
		return 0, fmt.Errorf("events: the last message for %s: %w", consumer, err)
	}
	info, err := found.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("events: the consumer %s: %w", consumer, err)
	}
	if n := counted(info); n > 0 || info.Delivered.Stream >= last {
		return n, nil
	}
	return 1, nil
}

func counted(info *jetstream.ConsumerInfo) uint64 {
	return info.NumPending + uint64(max(info.NumAckPending, 0))
}

// lastFor is the place of the last message in the stream that the consumer is to be given; 0 if there is none.
func lastFor(ctx context.Context, js jetstream.JetStream, config jetstream.ConsumerConfig) (last uint64, err error) {
	stream, err := js.Stream(ctx, StreamName)
	if err != nil {
		return 0, err
	}
	for _, filter := range filtersOf(config) {
		m, err := stream.GetLastMsgForSubject(ctx, filter)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		last = max(last, m.Sequence)
	}
	return last, nil
}
