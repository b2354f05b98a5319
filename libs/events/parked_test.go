package events

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestGapClosesAlsoAfterTheClockWasMovedBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	later := func() time.Time { return time.Now().Add(time.Hour) }
	for i, now := range []func() time.Time{later, time.Now} {
		c, err := NewConsumer(b.db, b.js, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect}, quiet(), now)
		require.NoError(t, err)
		c.sweep = time.Hour
		stop := inBackground(t, c.Run)
		b.publish(t, a, int64(2-i))
		b.settled(t)
		if i == 0 {
			stop()
			require.Equal(t, 1, b.count(t, `select count(*) from parked`))
		}
	}
	b.requireEffects(t, a, 1, 2)
}
