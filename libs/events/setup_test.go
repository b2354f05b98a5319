package events

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestMain(m *testing.M) {
	// The test kit's database server and its pool live as long as the process.
	goleak.VerifyTestMain(
		m,
		goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"),
		goleak.IgnoreAnyFunction("database/sql.(*DB).connectionCleaner"),
		goleak.IgnoreAnyFunction("github.com/guanxi-crm/guanxi/libs/localpg.begin.func1"),
	)
}

// bench is what the tests of this package work on.
type bench struct {
	db     *postgres.DB
	broker *testkit.NATSServer
	js     jetstream.JetStream
	stream jetstream.Stream
}

func setup(t testing.TB) *bench {
	t.Helper()
	broker := testkit.StartNATS(t)
	js, err := jetstream.New(broker.Connect(t))
	require.NoError(t, err)
	stream, err := EnsureStream(t.Context(), js, StreamConfig{})
	require.NoError(t, err)
	return &bench{db: testkit.Database(t, migrate), broker: broker, js: js, stream: stream}
}

// migrate adds to the platform's tables an aggregate, and the effects of handlers: one row for each time one was called.
func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, `
create table things (id uuid primary key, version bigint not null);
create table effects (id bigint generated always as identity, consumer text not null, aggregate_id uuid not null, version bigint not null)`)
	return err
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

const bumpAndInsert = `
with bumped as (
    insert into things as t (id, version) values (:aggregate_id, 1)
    on conflict (id) do update set version = t.version + 1 returning id as aggregate_id, version
)` + Insert

// write makes one event of the aggregate, in a transaction of its own unless ctx has one.
func (b *bench) write(ctx context.Context, t testing.TB, aggregate uuid.UUID) Event {
	t.Helper()
	e, err := New(ctx, time.Now(), aggregate, &profilev1.CustomerDeleted{Customer: "customers/" + aggregate.String()})
	require.NoError(t, err)
	_, err = b.db.NamedExec(ctx, bumpAndInsert, e)
	require.NoError(t, err)
	return e
}

// relay runs a relay until the test ends or the function it returns is called.
func (b *bench) relay(t testing.TB) (r *Relay, stop func()) {
	t.Helper()
	r = NewRelay(b.db, b.js, "test", quiet(), time.Now)
	return r, inBackground(t, r.Run)
}

func (b *bench) consume(t testing.TB, sub Subscription) (c *Consumer, stop func()) {
	t.Helper()
	c, err := NewConsumer(b.db, b.js, sub, quiet(), time.Now)
	require.NoError(t, err)
	c.sweep = 20 * time.Millisecond
	return c, inBackground(t, c.Run)
}

func inBackground(t testing.TB, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		require.NoError(t, <-done)
	}
	t.Cleanup(stop)
	return stop
}

// stored reads all of the stream.
func (b *bench) stored(t testing.TB) []Message {
	t.Helper()
	info, err := b.stream.Info(t.Context())
	require.NoError(t, err)
	var list []Message
	for seq := uint64(1); seq <= info.State.LastSeq; seq++ {
		raw, err := b.stream.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		e, err := parse(raw.Subject, raw.Header, raw.Data)
		require.NoError(t, err)
		list = append(list, Message{Event: e, Sequence: seq, Header: raw.Header})
	}
	return list
}

func (b *bench) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, b.db.Get(t.Context(), &n, query, args...))
	return n
}

const waitingCount = `select count(*) from outbox where published_at is null`

func (b *bench) drained(t testing.TB) {
	t.Helper()
	eventually(t, func() bool { return b.count(t, waitingCount) == 0 })
}

func eventually(t testing.TB, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, testkit.Patience, 10*time.Millisecond)
}

// requireOrder checks that each aggregate's versions are 1, 2, 3, ... in the order of the list.
func requireOrder(t testing.TB, list []Message) {
	t.Helper()
	last := map[uuid.UUID]int64{}
	for _, m := range list {
		require.Equal(t, last[m.Aggregate]+1, m.Version, "aggregate %s at %d", m.Aggregate, m.Sequence)
		last[m.Aggregate]++
	}
}

// effect is a handler that leaves a row.
func (b *bench) effect(ctx context.Context, d Delivery) error {
	_, err := b.db.Exec(ctx, `insert into effects (consumer, aggregate_id, version) values ('test', $1, $2)`, d.Aggregate, d.Version)
	return err
}
