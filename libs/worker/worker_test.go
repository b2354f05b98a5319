package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/libs/worker"
)

func TestLoopIsWokenByACommitAndOutlivesFailures(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	_, err := db.Exec(t.Context(), `create table queue (id integer)`)
	require.NoError(t, err)
	seen := make(chan int, 10)
	failed := false
	l := (&worker.Loop{
		Name: "test", Poll: time.Hour, Rest: time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Pass: func(ctx context.Context) (int, error) {
			if !failed {
				failed = true
				return 0, errors.New("the first one fails")
			}
			result, err := db.Exec(ctx, `delete from queue`)
			if err != nil {
				return 0, err
			}
			n, err := result.RowsAffected()
			if n > 0 {
				seen <- int(n)
			}
			return int(n), err
		},
	}).Start(db)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()

	for range 2 { // an hour's poll would not see either
		require.NoError(t, db.InTx(t.Context(), func(ctx context.Context) error {
			_, err := db.Exec(ctx, `insert into queue values (1)`)
			return err
		}))
		select {
		case n := <-seen:
			require.Equal(t, 1, n)
		case <-time.After(testkit.Patience):
			require.Fail(t, "nobody woke the loop")
		}
	}
	cancel()
	require.NoError(t, <-done)
}
