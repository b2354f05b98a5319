package events

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// What waits for a busy worker holds up no other worker, and goes back to the broker at the end.
func TestBusyWorkerHoldsUpItsOwnOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slow := uuid.New()
	_, stop := b.consume(t, Subscription{
		Name: "test", Subjects: []string{everything}, Workers: 4,
		Handle: func(ctx context.Context, d Delivery) error {
			if d.Aggregate == slow {
				<-ctx.Done()
				return ctx.Err()
			}
			return b.effect(ctx, d)
		},
	})
	for v := range int64(4) {
		b.publish(t, slow, v+1)
	}
	for range 40 {
		b.publish(t, uuid.New(), 1)
	}
	const others = `select count(*) from effects where aggregate_id <> $1`
	require.Eventually(t, func() bool { return b.count(t, others, slow) >= 5 }, handleWithin/2, 10*time.Millisecond, "before the slow one is given up")
	stop()
	b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect, Workers: 4})
	b.requireEffects(t, slow, 1, 2, 3, 4)
	eventually(t, func() bool { return b.count(t, others, slow) == 40 })
}
