package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

var errRule = errors.New("a rule was broken")

func TestTransactionCommitsAsAWhole(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		require.NoError(t, add(ctx, db, "a"))
		require.Empty(t, texts(t, db), "not visible outside")
		return db.InTx(ctx, func(ctx context.Context) error { return add(ctx, db, "b") })
	})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, texts(t, db))
}

func TestTransactionRollsBack(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(ctx context.Context, db *postgres.DB) error{
		"error": func(context.Context, *postgres.DB) error { return errRule },
		"panic": func(context.Context, *postgres.DB) error { panic(errRule) },
		"nested error": func(ctx context.Context, db *postgres.DB) error {
			return db.InTx(ctx, func(context.Context) error { return errRule })
		},
		"nested error that is dropped": func(ctx context.Context, db *postgres.DB) error {
			_ = db.InTx(ctx, func(context.Context) error { return errRule })
			return db.InTx(ctx, func(context.Context) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := setup(t)
			hooks := 0
			db.OnCommit(func() { hooks++ })
			err := recovered(func() error {
				return db.InTx(t.Context(), func(ctx context.Context) error {
					return errors.Join(add(ctx, db, "gone"), fail(ctx, db))
				})
			})
			require.ErrorIs(t, err, errRule)
			require.Empty(t, texts(t, db))
			require.Zero(t, hooks)
			require.Zero(t, db.SQL().Stats().InUse, "the connection is back")
		})
	}
}

func TestANestedPanicThatIsCaughtRollsBack(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		_ = recovered(func() error {
			return db.InTx(ctx, func(ctx context.Context) error {
				require.NoError(t, add(ctx, db, "half"))
				panic(errRule)
			})
		})
		return nil
	})
	require.ErrorContains(t, err, "panicked")
	require.Empty(t, texts(t, db))
}

func recovered(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	return fn()
}

func TestHooksRunInOrderAfterCommittedWritesOnly(t *testing.T) {
	t.Parallel()
	db, ctx := setup(t), t.Context()
	var calls []string
	seen := 0
	db.OnCommit(func() { calls, seen = append(calls, "first"), len(texts(t, db)) })
	db.OnCommit(func() { calls = append(calls, "second") })
	both := []string{"first", "second"}
	take := func() []string { defer func() { calls = nil }(); return calls }

	require.NoError(t, add(ctx, db, "a"))
	require.Equal(t, both, take())
	_, err := db.NamedExec(ctx, "insert into notes (text) values (:t)", map[string]any{"t": "b"})
	require.NoError(t, err)
	require.Equal(t, both, take())
	var id int64
	require.NoError(t, db.Get(ctx, &id, "insert into notes (text) values ($1) returning id", "c"))
	require.Equal(t, both, take())

	require.NoError(t, db.InTx(ctx, func(ctx context.Context) error {
		return db.InTx(ctx, func(ctx context.Context) error {
			defer func() { require.Empty(t, calls, "not before the commit") }()
			return errors.Join(add(ctx, db, "d"), add(ctx, db, "e"))
		})
	}))
	require.Equal(t, both, take(), "once for the whole")
	require.Equal(t, 5, seen, "after the commit")

	require.Error(t, add(ctx, db, "a"))
	require.NoError(t, db.Get(ctx, &id, "select count(*) from notes"))
	require.NoError(t, db.InTx(ctx, func(ctx context.Context) error { return db.Get(ctx, &id, "select count(*) from notes") }))
	require.Empty(t, take(), "nothing was written")

	const empty = "delete from notes where text = $1 returning text"
	var taken []string
	require.NoError(t, db.InTx(ctx, func(ctx context.Context) error { return db.Select(ctx, &taken, empty, "nowhere") }))
	require.Empty(t, take(), "who finds his queue empty is not woken by that")
	require.NoError(t, db.Select(ctx, &taken, empty, "a"))
	require.Equal(t, both, take())
	require.NoError(t, db.Select(ctx, &taken, "with gone as (delete from notes where text = 'b') delete from notes where text = $1 returning text", "nowhere"))
	require.Equal(t, both, take(), "what is not returned may have been written")
}

func TestAnEndedContextEndsTheTransaction(t *testing.T) {
	t.Parallel()
	db := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.InTx(ctx, func(ctx context.Context) error {
		require.NoError(t, add(ctx, db, "gone"))
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, postgres.Retryable(err))
	require.Eventually(t, func() bool { return db.SQL().Stats().InUse == 0 }, testkit.Patience, 5*time.Millisecond)
	require.Empty(t, texts(t, db))
}

func TestApartIsNotPartOfTheTransaction(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		require.NoError(t, add(ctx, db, "within"))
		require.NoError(t, add(db.Apart(ctx), db, "apart"))
		return errRule
	})
	require.ErrorIs(t, err, errRule)
	require.Equal(t, []string{"apart"}, texts(t, db))
}

// A hook for tables hears of what goes into them, and of nothing else.
func TestHooksOfTables(t *testing.T) {
	t.Parallel()
	db := setup(t)
	_, err := db.Exec(t.Context(), `create table queue (item text); create table other (item text)`)
	require.NoError(t, err)
	var all, queue int
	db.OnCommit(func() { all++ })
	db.OnCommit(func() { queue++ }, "queue", "elsewhere")
	ctx := t.Context()
	for _, step := range []struct {
		statement  string
		all, queue int
	}{
		{`insert into other values ($1)`, 1, 0},
		{`INSERT  INTO queue values ($1)`, 2, 1},
		{`with moved as (delete from other returning item) insert into queue select item from moved where item = $1`, 3, 2},
		{`update queue set item = $1`, 4, 3},
		{`delete from queue where item = $1`, 5, 3},
	} {
		_, err := db.Exec(ctx, step.statement, "x")
		require.NoError(t, err)
		require.Equal(t, []int{step.all, step.queue}, []int{all, queue}, step.statement)
	}
	require.NoError(t, db.CopyIn(ctx, "queue", []string{"item"}, func(yield func([]any) bool) { yield([]any{"y"}) }))
	require.Equal(t, 4, queue)
	require.NoError(t, db.InTx(ctx, func(ctx context.Context) error {
		_, err := db.Exec(ctx, `insert into queue values ($1)`, "z")
		require.Equal(t, 4, queue, "not before the commit")
		_, err2 := db.Exec(ctx, `insert into other values ($1)`, "z")
		return errors.Join(err, err2)
	}))
	require.Equal(t, 5, queue)
}
