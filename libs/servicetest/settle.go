package servicetest

import (
	"context"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// Settle waits until all that the service and those before it have announced has reached all of them that listen, and until the queues, which are tables of the services'
// workers, are empty in each service that has them. What workers do that have no queue among these is not waited for. Queues are named in the order in which things pass them.
func (s *Service) Settle(t testing.TB, queues ...string) {
	t.Helper()
	js, err := jetstream.New(s.NATS)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	var stations []func(context.Context) bool
	known := map[string]bool{}
	for _, one := range s.All() {
		stations = append(stations, one.heard(js), one.handled)
		stations = append(stations, one.emptied(t, queues, known)...)
		stations = append(stations, one.published)
	}
	require.Len(t, known, len(queues), "a queue that no service has: %v, but %v", queues, known)
	// What is on its way moves from one station to the next, never back: who looks in that order cannot miss it. The second look is for services that listen to each other.
	stations = append(stations, stations...)
	require.Eventually(t, func() bool {
		for _, quiet := range stations {
			if !quiet(ctx) {
				return false
			}
		}
		return true
	}, testkit.Patience, 10*time.Millisecond)
}

// heard is when nothing is left to be heard of what was announced.
func (s *Service) heard(js jetstream.JetStream) func(context.Context) bool {
	return func(ctx context.Context) bool {
		for _, p := range s.def.Projections {
			if left, err := events.Pending(ctx, js, p.Consumer); err != nil || left > 0 {
				return false
			}
		}
		return true
	}
}

// handled is when no event waits to be tried again.
func (s *Service) handled(ctx context.Context) bool {
	return s.empty(`select exists (select from parked where attempts > 0)`)(ctx)
}

// emptied tells of each of the queues that the service has whether it is empty, and notes that it is known.
func (s *Service) emptied(t testing.TB, queues []string, known map[string]bool) (all []func(context.Context) bool) {
	t.Helper()
	for _, name := range queues {
		var there bool
		require.NoError(t, s.DB.Get(t.Context(), &there, `select to_regclass($1) is not null`, name))
		if there {
			known[name] = true
			all = append(all, s.empty(`select exists (select from `+pq.QuoteIdentifier(name)+`)`))
		}
	}
	return all
}

// published is when all that was announced is with the broker.
func (s *Service) published(ctx context.Context) bool {
	return s.empty(`select exists (select from outbox where published_at is null)`)(ctx)
}

// empty is when the query finds nothing.
func (s *Service) empty(query string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		var left bool
		err := s.DB.GetDynamic(ctx, &left, query)
		return err == nil && !left
	}
}
