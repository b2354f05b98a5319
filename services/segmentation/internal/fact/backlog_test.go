package fact

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func TestJudgingWaitsForABacklogAndNotForEver(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	var undelivered, unanswered time.Time
	var down error
	b := &Backlog{Now: clock.Now, Waiting: func(context.Context) (time.Time, time.Time, error) { return undelivered, unanswered, down }}
	require.False(t, b.Behind(t.Context()), "nothing waits")
	undelivered, unanswered = clock.Now(), clock.Now()
	clock.Advance(farBehind)
	require.False(t, b.Behind(t.Context()), "an ordinary burst")
	clock.Advance(time.Millisecond)
	require.True(t, b.Behind(t.Context()))
	undelivered = time.Time{}
	require.True(t, b.Behind(t.Context()), "the last ones are being handled")
	unanswered = time.Time{}
	require.False(t, b.Behind(t.Context()), "caught up")
	unanswered = clock.Now().Add(-time.Minute)
	require.False(t, b.Behind(t.Context()), "what a replica that died has in hand keeps nobody waiting")

	undelivered = unanswered
	require.True(t, b.Behind(t.Context()))
	down = errors.New("no broker")
	require.False(t, b.Behind(t.Context()), "who cannot be asked is not waited for")
	down = nil
	require.True(t, b.Behind(t.Context()))
	clock.Advance(patience - time.Second)
	require.True(t, b.Behind(t.Context()))
	for range 3 { // and it stays behind
		clock.Advance(time.Second)
		require.False(t, b.Behind(t.Context()), "long enough")
	}
	undelivered, unanswered = clock.Now(), clock.Now()
	require.False(t, b.Behind(t.Context()), "caught up")
	clock.Advance(time.Minute)
	require.True(t, b.Behind(t.Context()), "and behind anew, with all patience")
}
