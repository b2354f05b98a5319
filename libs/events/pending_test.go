package events

import (
	"testing"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestPendingCountsWhatIsStillToCome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	_, err := Pending(t.Context(), b.js, "test")
	require.ErrorIs(t, err, jetstream.ErrConsumerNotFound, "what has never run has not caught up")

	sub := Subscription{Name: "test", Subjects: []string{"guanxi.profile.>"}, Handle: b.effect}
	_, stop := b.consume(t, sub)
	a := uuid.New()
	b.write(t.Context(), t, a)
	eventually(t, func() bool { return b.count(t, "select count(*) from effects") == 1 })
	stop()
	for range 3 {
		b.write(t.Context(), t, a)
	}
	b.drained(t)
	n, err := Pending(t.Context(), b.js, "test")
	require.NoError(t, err)
	require.EqualValues(t, 3, n)

	b.consume(t, sub)
	eventually(t, func() bool {
		n, err := Pending(t.Context(), b.js, "test")
		return err == nil && n == 0
	})
	require.Equal(t, 4, b.count(t, "select count(*) from effects"))
}

// A consumer that has not been given the newest event has not caught up, however fresh that event is: the broker counts it a moment after it has acknowledged it.
func TestPendingKnowsOfTheNewestEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	durable := func(name, subject string) jetstream.Consumer {
		consumer, err := b.js.CreateOrUpdateConsumer(t.Context(), StreamName, jetstream.ConsumerConfig{Durable: name, FilterSubjects: []string{subject}})
		require.NoError(t, err)
		return consumer
	}
	requirePending := func(want uint64, name string) {
		t.Helper()
		n, err := Pending(t.Context(), b.js, name)
		require.NoError(t, err)
		require.Equal(t, want, n, name)
	}
	consumer := durable("test", "guanxi.profile.>")
	durable("other", "guanxi.voice.>")
	for range 200 {
		requirePending(0, "test")
		b.publish(t, uuid.New(), 1)
		requirePending(1, "test")
		requirePending(0, "other")
		m, err := consumer.Next()
		require.NoError(t, err)
		requirePending(1, "test")
		require.NoError(t, m.DoubleAck(t.Context()))
	}
}
