package testkit_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

var migrated atomic.Int64

func schema(ctx context.Context, db *postgres.DB) error {
	migrated.Add(1)
	_, err := db.Exec(ctx, "create table notes (text text not null)")
	return err
}

func TestDatabaseIsTheTestsOwn(t *testing.T) {
	t.Parallel()
	first, second := testkit.Database(t, schema), testkit.Database(t, schema)
	_, err := first.Exec(t.Context(), "insert into notes (text) values ($1)", "here")
	require.NoError(t, err)
	require.Equal(t, 1, count(t, first))
	require.Zero(t, count(t, second))
	require.EqualValues(t, 1, migrated.Load(), "migrated once for all")
}

func count(t *testing.T, db *postgres.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Get(t.Context(), &n, "select count(*) from notes"))
	return n
}

// Closures share their code: what they capture must still tell their templates apart.
func TestDatabasesOfClosuresDiffer(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"apples", "pears"} {
		db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
			_, err := db.Exec(ctx, "create table "+table+" (n int)")
			return err
		})
		var found string
		require.NoError(t, db.Get(t.Context(), &found, "select tablename from pg_tables where schemaname = 'public'"))
		require.Equal(t, table, found)
	}
}

func TestDatabaseIsDroppedAtTheEnd(t *testing.T) {
	t.Parallel()
	var name string
	user := &ending{TB: t}
	url := testkit.DatabaseURL(user, nil)
	require.NoError(t, testkit.Open(user, postgres.Config{URL: url}).Get(t.Context(), &name, "select current_database()"))
	user.end()
	_, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	require.ErrorContains(t, err, name)
}

// ending is a test that ends when it is told to.
type ending struct {
	testing.TB
	cleanups []func()
}

func (e *ending) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }

func (e *ending) end() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}

func TestNATSKeepsItsStreamsOverARestart(t *testing.T) {
	t.Parallel()
	server := testkit.StartNATS(t)
	js, err := jetstream.New(server.Connect(t))
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "notes", Subjects: []string{"notes.>"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "notes.one", []byte("kept"))
	require.NoError(t, err)

	url := server.URL()
	server.Stop()
	server.Start(t)
	require.Equal(t, url, server.URL())

	again, err := jetstream.New(server.Connect(t))
	require.NoError(t, err)
	stream, err := again.Stream(t.Context(), "notes")
	require.NoError(t, err)
	message, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "kept", string(message.Data))
}

func TestNATSIsReadyForUse(t *testing.T) {
	t.Parallel()
	nc := testkit.NATS(t)
	sub, err := nc.SubscribeSync("hello")
	require.NoError(t, err)
	require.NoError(t, nc.Publish("hello", []byte("you")))
	message, err := sub.NextMsg(5 * time.Second)
	require.NoError(t, err)
	require.Equal(t, "you", string(message.Data))
}

func TestClockMovesOnlyWhenTold(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	require.Equal(t, testkit.Start, clock.Now())
	require.Equal(t, testkit.Start.Add(time.Hour), clock.Advance(time.Hour))
	require.Equal(t, testkit.Start.Add(time.Hour), clock.Now())
	past := testkit.Start.AddDate(-1, 0, 0)
	clock.Set(past)
	require.Equal(t, past, clock.Now())
}
