package events

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// StreamName is the one stream of all events.
	StreamName = "GUANXI"
	// MaxAge is how long the stream keeps messages.
	MaxAge = 30 * 24 * time.Hour
	// duplicates is for how long the broker drops a message that it has already.
	duplicates = time.Hour
)

// StreamConfig is what differs between installations.
type StreamConfig struct {
	// MaxBytes is how large the stream may grow. When it is full publishing fails and the outbox grows until old messages expire or
	// the limit is raised. Zero is no limit but the disk's.
	MaxBytes int64 `env:"MAX_BYTES" envDefault:"0"`
	// Replicas is 1 on a single broker (durable, not available), 3 in a cluster of three.
	Replicas int `env:"REPLICAS" envDefault:"1"`
}

// EnsureStream creates the stream, or brings an older one to this configuration. Calling it again changes nothing.
func EnsureStream(ctx context.Context, js jetstream.JetStream, config StreamConfig) (jetstream.Stream, error) {
	if config.MaxBytes <= 0 {
		config.MaxBytes = -1
	}
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:               StreamName,
		Description:        "The events of all services of Guanxi",
		Subjects:           []string{"guanxi.>"},
		Retention:          jetstream.LimitsPolicy,
		Storage:            jetstream.FileStorage,
		Discard:            jetstream.DiscardNew, // the outbox buffers, so nothing has to be thrown away
		MaxAge:             MaxAge,
		MaxBytes:           config.MaxBytes,
		Duplicates:         duplicates,
		Replicas:           max(config.Replicas, 1),
		DenyDelete:         true,
		DenyPurge:          true,
		AllowAtomicPublish: true,
	})
	if err != nil {
		return nil, fmt.Errorf("events: the stream %s: %w", StreamName, err)
	}
	return stream, nil
}
