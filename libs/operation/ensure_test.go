package operation_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/operation"
)

func TestEnsureAsksOnce(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ensure := func(ctx context.Context, n int) uuid.UUID {
		id, err := operation.Ensure(ctx, d.db, "assess", map[string]int{"n": n}, d.clock.Now())
		require.NoError(t, err)
		return id
	}
	ids, all := make([]uuid.UUID, 8), sync.WaitGroup{}
	for i := range ids {
		all.Go(func() { ids[i] = ensure(alice(t), 1) })
	}
	all.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	require.NotEqual(t, ids[0], ensure(alice(t), 2), "something else")
	require.NotEqual(t, ids[0], ensure(as(t, "alice", "cn"), 1), "of less reach")
	_, err := d.db.Exec(t.Context(), `update operations set state = 2 where operation_id = $1`, ids[0])
	require.NoError(t, err)
	require.NotEqual(t, ids[0], ensure(alice(t), 1), "what is begun has done part of it before")
}

// What an uncommitted change relies on is not begun before the change can be seen.
func TestEnsureHoldsWhatItFound(t *testing.T) {
	t.Parallel()
	d := setup(t)
	id, err := operation.Ensure(t.Context(), d.db, "assess", 1, d.clock.Now())
	require.NoError(t, err)
	begun := make(chan error, 1)
	err = d.db.InTx(t.Context(), func(ctx context.Context) error {
		found, err := operation.Ensure(ctx, d.db, "assess", 1, d.clock.Now())
		require.NoError(t, err)
		require.Equal(t, id, found)
		go func() {
			_, err := d.db.Exec(t.Context(), `update operations set state = 2 where operation_id = $1`, id)
			begun <- err
		}()
		select {
		case err := <-begun:
			t.Errorf("begun before the commit: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, <-begun)
}
