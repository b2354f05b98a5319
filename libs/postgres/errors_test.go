package postgres_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func TestViolatedTellsConstraintsApart(t *testing.T) {
	t.Parallel()
	db, ctx := setup(t), t.Context()
	require.NoError(t, add(ctx, db, "a"))
	taken := add(ctx, db, "a")
	_, negative := db.Exec(ctx, "insert into notes (text, amount) values ($1, $2)", "b", -1)
	require.True(t, postgres.Violated(taken, "notes_text_unique"))
	require.False(t, postgres.Violated(taken, "notes_amount_positive"))
	require.True(t, postgres.Violated(fmt.Errorf("wrapped: %w", negative), "notes_amount_positive"))
	require.False(t, postgres.Violated(nil, "notes_text_unique"))
	require.False(t, postgres.Violated(errors.New("notes_text_unique"), "notes_text_unique"))
	require.False(t, postgres.Retryable(taken))
}

func TestRetryableByCode(t *testing.T) {
	t.Parallel()
	for want, codes := range map[bool][]pqerror.Code{
		true:  {"08000", "08006", "57P01", "57P02", "57P03", "40001", "40P01", "53300", "55P03"},
		false: {"57014", "23505", "42P01", "22P02", "25P03", "53200", "57P04", "28P01"},
	} {
		for _, code := range codes {
			require.Equal(t, want, postgres.Retryable(fmt.Errorf("x: %w", &pq.Error{Code: code})), code)
		}
	}
	require.True(t, postgres.Retryable(driver.ErrBadConn))
	require.True(t, postgres.Retryable(&net.OpError{Op: "dial", Err: errors.New("refused")}))
	require.True(t, postgres.Retryable(postgres.ErrInDoubt))
	for _, err := range []error{
		nil, errRule, sql.ErrNoRows, sql.ErrTxDone, context.Canceled,
		errors.Join(driver.ErrBadConn, context.DeadlineExceeded),
	} {
		require.False(t, postgres.Retryable(err), err)
	}
}

func TestConflictsAreRetryable(t *testing.T) {
	t.Parallel()
	db, ctx := with(t, postgres.Config{LockTimeout: 100 * time.Millisecond}), t.Context()
	require.NoError(t, add(ctx, db, "a"))
	const lock = "select id from notes where text = $1 for update"
	var id int64
	err := db.InTx(ctx, func(holder context.Context) error {
		require.NoError(t, db.Get(holder, &id, lock, "a"))
		return db.Get(ctx, &id, lock, "a") // on another connection
	})
	require.NotNil(t, pq.As(err, pqerror.LockNotAvailable), "%v", err)
	require.True(t, postgres.Retryable(err))
}

func TestAnEndedContextIsToldAsSuch(t *testing.T) {
	t.Parallel()
	db := with(t, postgres.Config{MaxConns: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	before := backend(t, db)
	_, err := db.Exec(ctx, "select pg_sleep($1)", 30)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, postgres.Retryable(err))
	require.Equal(t, before, backend(t, db), "the statement was cancelled, the connection kept")
}

func backend(t *testing.T, db *postgres.DB) (pid int) {
	t.Helper()
	require.NoError(t, db.Get(t.Context(), &pid, "select pg_backend_pid()"))
	return pid
}

func TestASilentNetworkDoesNotOutlastTheDeadline(t *testing.T) {
	t.Parallel()
	db, between := behindProxy(t)
	require.NoError(t, add(t.Context(), db, "a"))
	between.spoil(func(p *proxy) { p.silent = true })
	for name, call := range map[string]func(context.Context) error{
		"statement":   func(ctx context.Context) error { return add(ctx, db, "b") },
		"transaction": func(ctx context.Context) error { return db.InTx(ctx, func(ctx context.Context) error { return nil }) },
		"ping":        db.Ping,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		begin := time.Now()
		err := call(ctx)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded, name)
		require.Less(t, time.Since(begin), 5*time.Second, name)
	}
	between.spoil(func(p *proxy) { p.silent = false })
	require.NoError(t, add(t.Context(), db, "c"))
}

func TestALostAnswerIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	db, ctx := setup(t), t.Context()
	_, err := db.Exec(ctx, "select nextval('attempts'), pg_terminate_backend(pg_backend_pid() + $1)", 0)
	require.True(t, postgres.Retryable(err), "%v", err)
	var attempts int
	require.NoError(t, db.Get(ctx, &attempts, "select last_value from attempts"))
	require.Equal(t, 1, attempts)
}

func TestALostCommitIsInDoubt(t *testing.T) {
	t.Parallel()
	db, between := behindProxy(t)
	between.spoil(func(p *proxy) { p.cutAfter = []byte("COMMIT") })
	hooks := 0
	db.OnCommit(func() { hooks++ })
	err := db.InTx(t.Context(), func(ctx context.Context) error { return add(ctx, db, "a") })
	require.ErrorIs(t, err, postgres.ErrInDoubt)
	require.Zero(t, hooks)
	require.Equal(t, []string{"a"}, texts(t, db), "this one did happen")
}

func TestConnectionsThatDiedIdleAreNotUsed(t *testing.T) {
	t.Parallel()
	db, ctx := with(t, postgres.Config{MaxConns: 1}), t.Context()
	killer := testkit.Database(t, nil)
	pid := backend(t, db)
	var gone bool
	require.NoError(t, killer.Get(ctx, &gone, "select pg_terminate_backend($1, 10000)", pid))
	require.True(t, gone)
	time.Sleep(200 * time.Millisecond) // idle long enough to be looked at
	require.NoError(t, add(ctx, db, "a"))
	require.NotEqual(t, pid, backend(t, db))
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	_, err := postgres.Open(t.Context(), postgres.Config{URL: "postgres://u:p@127.0.0.1:1/x?sslmode=disable"})
	require.True(t, postgres.Retryable(err), "%v", err)
	_, err = postgres.Open(t.Context(), postgres.Config{})
	require.ErrorContains(t, err, "no database URL")
	_, err = postgres.Open(t.Context(), postgres.Config{URL: "postgres://%zz"})
	require.Error(t, err)
}
