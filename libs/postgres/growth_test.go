package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// Many who ask something short at once share a few connections.
func TestCrowdThatAsksOnceGetsFewConnections(t *testing.T) {
	t.Parallel()
	db := with(t, postgres.Config{})
	var group errgroup.Group
	for range 40 {
		group.Go(func() error { return db.Ping(t.Context()) })
	}
	require.NoError(t, group.Wait())
	require.Less(t, db.SQL().Stats().OpenConnections, db.MaxConns()/2)
}

// Who waits for others that hold connections gets one, up to the limit and not beyond.
func TestPoolGrowsWhileSomebodyWaits(t *testing.T) {
	t.Parallel()
	const most = 10
	db := with(t, postgres.Config{MaxConns: most, IdleInTransactionTimeout: testkit.Patience})
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	var all sync.WaitGroup
	all.Add(most)
	for range most {
		group.Go(func() error {
			return db.InTx(ctx, func(context.Context) error {
				all.Done()
				all.Wait() // holds its connection until each of the others has one
				return nil
			})
		})
	}
	done := make(chan error)
	go func() { done <- group.Wait() }()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(testkit.Patience):
		require.Fail(t, "not all got a connection", "%d of %d", db.SQL().Stats().OpenConnections, most)
	}
	require.Equal(t, most, db.SQL().Stats().OpenConnections)
	require.Equal(t, most, db.SQL().Stats().MaxOpenConnections)
}
