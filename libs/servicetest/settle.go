package servicetest

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
)

// Settle waits until all that the service and those before it have announced has reached all of them that listen. What their workers do by themselves afterwards
// is not waited for.
func (s *Service) Settle(t testing.TB) {
	t.Helper()
	js, err := jetstream.New(s.NATS)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	require.Eventually(t, func() bool {
		// What listeners announce in their turn is in an outbox before they have answered the broker.
		return s.published(ctx) && s.heard(ctx, js) && s.handled(ctx) && s.published(ctx)
	}, within, 10*time.Millisecond)
}

func (s *Service) published(ctx context.Context) bool {
	for _, one := range s.All() {
		var left bool
		if err := one.DB.Get(ctx, &left, `select exists (select from outbox where published_at is null)`); err != nil || left {
			return false
		}
	}
	return true
}

func (s *Service) heard(ctx context.Context, js jetstream.JetStream) bool {
	for _, one := range s.All() {
		for _, p := range one.def.Projections {
			if left, err := events.Pending(ctx, js, p.Consumer); err != nil || left > 0 {
				return false
			}
		}
	}
	return true
}

// handled is when no event waits to be tried again. The clock of tests stands, and what has once failed (a deadlock, a peer that is not there yet) would wait for ever: it is
// its turn now.
func (s *Service) handled(ctx context.Context) bool {
	for _, one := range s.All() {
		result, err := one.DB.Exec(ctx, `update parked set retry_time = retry_time - interval '1 hour' where attempts > 0`)
		if err != nil {
			return false
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return false
		}
	}
	return true
}
