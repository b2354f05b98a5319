package events

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestBehindIsTheOldestThatIsStillToCome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	_, err := Behind(t.Context(), b.js, "test")
	require.ErrorIs(t, err, jetstream.ErrConsumerNotFound)
	consumer, err := b.js.CreateOrUpdateConsumer(t.Context(), StreamName, jetstream.ConsumerConfig{
		Durable: "test", FilterSubjects: []string{"guanxi.profile.order.*.v1", "guanxi.profile.customer.*.v1"},
	})
	require.NoError(t, err)
	requireBehind := func(undelivered, unanswered time.Time) {
		t.Helper()
		eventually(t, func() bool { // the broker counts a message a moment after it has stored it
			w, err := Behind(t.Context(), b.js, "test")
			return err == nil && w.Undelivered.Equal(undelivered) && w.Unanswered.Equal(unanswered)
		})
	}
	none, first := time.Time{}, time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	requireBehind(none, none)
	second := first.Add(2 * time.Minute)
	for i := range 3 { // the one between is nothing that the consumer wants
		a := uuid.New()
		e, err := New(t.Context(), first.Add(time.Duration(i)*time.Minute), a, &profilev1.CustomerDeleted{Customer: "customers/" + a.String()})
		require.NoError(t, err)
		if i == 1 {
			e.Subject = "guanxi.profile.person.deleted.v1"
		}
		_, err = b.db.NamedExec(t.Context(), bumpAndInsert, e)
		require.NoError(t, err)
	}
	b.drained(t)
	requireBehind(first, first)
	one, err := consumer.Next()
	require.NoError(t, err)
	requireBehind(second, first)
	other, err := consumer.Next()
	require.NoError(t, err)
	requireBehind(none, first)
	require.NoError(t, one.DoubleAck(t.Context()))
	requireBehind(none, second)
	require.NoError(t, other.DoubleAck(t.Context()))
	requireBehind(none, none)
}
