package events

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestRelayKeepsOrderUnderConcurrentWriters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, _ := b.relay(t)
	b.db.OnCommit(r.Wake)
	aggregates := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
	var writers sync.WaitGroup
	for i := range 32 {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for range 10 {
				b.write(t.Context(), t, aggregates[random.IntN(len(aggregates))])
			}
		})
	}
	writers.Wait()
	b.drained(t)
	list := b.stored(t)
	require.Len(t, list, 320)
	requireOrder(t, list)
	require.InDelta(t, 320, testutil.ToFloat64(r.published), 0)
}

func TestRelayPublishesWhatWasAcknowledgedButNotMarkedOnce(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1, few, few + 3} { // a single publish, several, and a batch
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			a := uuid.New()
			for range count {
				b.write(t.Context(), t, a)
			}
			_, err := b.db.Exec(t.Context(), `
create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
create trigger refuse before update on outbox for each row execute function refuse()`)
			require.NoError(t, err)
			r, _ := b.relay(t)
			eventually(t, func() bool { return len(b.stored(t)) == count && testutil.ToFloat64(r.failures) >= 1 })
			require.Equal(t, count, b.count(t, waitingCount))

			b.write(t.Context(), t, a) // so that what comes next holds known events and a new one
			_, err = b.db.Exec(t.Context(), `drop trigger refuse on outbox`)
			require.NoError(t, err)
			b.drained(t)
			list := b.stored(t)
			require.Len(t, list, count+1)
			requireOrder(t, list)
		})
	}
}

func TestOneRelayPublishesAndAnotherTakesOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	first, stopFirst := b.relay(t)
	b.write(t.Context(), t, a)
	b.drained(t)
	second, _ := b.relay(t)
	for range 20 {
		b.write(t.Context(), t, a)
	}
	b.drained(t)
	eventually(t, func() bool { return testutil.ToFloat64(first.published) == 21 }) // it counts what it has marked
	require.InDelta(t, 0, testutil.ToFloat64(second.published), 0)

	stopFirst()
	b.write(t.Context(), t, a)
	b.drained(t)
	eventually(t, func() bool { return testutil.ToFloat64(second.published) == 1 })
	requireOrder(t, b.stored(t))
}

func TestRelayThatLosesItsConnectionLosesTheRightToPublish(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(t.Context(), t, uuid.New())
	held, err := acquire(t.Context(), b.db)
	require.NoError(t, err)
	defer held.release()
	other, err := acquire(t.Context(), b.db)
	require.NoError(t, err)
	require.Nil(t, other, "the lock is held")
	b.count(t, `select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory'
                and database = (select oid from pg_database where datname = current_database())`)
	eventually(t, func() bool {
		other, err = acquire(t.Context(), b.db)
		return err == nil && other != nil
	})
	defer other.release()

	r := NewRelay(b.db, b.js, "test", quiet(), time.Now)
	_, err = r.pass(t.Context(), held)
	require.Error(t, err)
	require.True(t, held.lost)
	require.Empty(t, b.stored(t), "nothing is published without the lock")
	_, err = r.pass(t.Context(), other)
	require.NoError(t, err)
	require.Len(t, b.stored(t), 1)
}

func TestRelaySessionEndsByItselfWhenItsProcessIsSilent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, err := acquire(t.Context(), b.db)
	require.NoError(t, err)
	defer held.release()
	var timeout, sync string
	require.NoError(t, held.conn.GetContext(t.Context(), &timeout, `show idle_session_timeout`))
	require.NoError(t, held.conn.GetContext(t.Context(), &sync, `show synchronous_commit`))
	require.Equal(t, "15s off", timeout+" "+sync)

	held.release()
	require.NoError(t, b.db.Get(t.Context(), &timeout, `show idle_session_timeout`))
	require.Equal(t, "0", timeout, "the pool never sees the relay's session")
}

func TestRelayReadsALargeOutboxByItsIndexThoughItsPlanIsOfAnEmptyOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, err := acquire(t.Context(), b.db)
	require.NoError(t, err)
	defer held.release()
	scans := func() (count int) {
		_, err := held.conn.ExecContext(t.Context(), `select pg_stat_force_next_flush()`)
		require.NoError(t, err)
		require.NoError(t, held.conn.GetContext(t.Context(), &count, `select seq_scan from pg_stat_user_tables where relname = 'outbox'`))
		return count
	}
	_, err = b.db.Exec(t.Context(), `vacuum outbox`) // which notes that it is empty
	require.NoError(t, err)
	for range 10 { // the sixth time PostgreSQL keeps the plan
		_, err := held.page(t.Context())
		require.NoError(t, err)
	}
	_, err = b.db.Exec(t.Context(), `
insert into outbox (event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time, published_at)
select gen_random_uuid(), gen_random_uuid(), 1, 's', 'r', repeat('d', 500), 'a', 'c', '', now(), now() from generate_series(1, 5000)`)
	require.NoError(t, err)
	before := scans()
	rows, err := held.page(t.Context())
	require.NoError(t, err)
	require.Empty(t, rows)
	require.Equal(t, before, scans())
}

func TestLongTransactionHoldsUpOnlyItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	slow, quick := uuid.New(), uuid.New()
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context) error {
		b.write(ctx, t, slow) // has the lower id, commits later
		for range 3 {
			b.write(t.Context(), t, quick)
		}
		eventually(t, func() bool { return len(b.stored(t)) == 3 })
		return nil
	}))
	b.drained(t)
	list := b.stored(t)
	require.Len(t, list, 4)
	require.Equal(t, slow, list[3].Aggregate)
	requireOrder(t, list)
}

func TestRolledBackEventIsNotPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	a := uuid.New()
	require.Error(t, b.db.InTx(t.Context(), func(ctx context.Context) error {
		b.write(ctx, t, a)
		return context.Canceled
	}))
	b.write(t.Context(), t, a)
	b.drained(t)
	require.Len(t, b.stored(t), 1)
}

func TestOutboxDrainsInOrderAfterBrokerRestart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	aggregates := []uuid.UUID{uuid.New(), uuid.New()}
	b.write(t.Context(), t, aggregates[0])
	b.drained(t)
	b.broker.Stop()
	for i := range 250 {
		b.write(t.Context(), t, aggregates[i%2])
	}
	require.Equal(t, 250, b.count(t, waitingCount), "writing goes on without a broker")
	b.broker.Start(t)
	b.drained(t)
	list := b.stored(t)
	require.Len(t, list, 251)
	requireOrder(t, list)
}

func TestNobodyWaitsForAnAnswerOfABrokerThatIsGone(t *testing.T) {
	t.Parallel()
	broker := testkit.StartNATS(t)
	asked := make(chan struct{})
	silent := broker.Connect(t)
	_, err := silent.Subscribe("silence", func(*nats.Msg) { close(asked) })
	require.NoError(t, err)
	require.NoError(t, silent.Flush(), "the broker knows of it before it is asked")
	to := publisher{broker.Connect(t)}
	answered := make(chan error, 1)
	go func() {
		_, err := to.ask(t.Context(), nats.NewMsg("silence"))
		answered <- err
	}()
	<-asked
	broker.Stop()
	select {
	case err := <-answered:
		require.ErrorIs(t, err, errDisconnected)
	case <-time.After(within / 2):
		require.Fail(t, "it still waits")
	}
}

func TestOutboxGrowsWhileTheStreamIsFull(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const room = 20_000
	_, err := EnsureStream(t.Context(), b.js, StreamConfig{MaxBytes: room})
	require.NoError(t, err)
	r, _ := b.relay(t)
	a := uuid.New()
	for range 100 {
		b.write(t.Context(), t, a)
	}
	eventually(t, func() bool { return testutil.ToFloat64(r.failures) >= 1 })
	info, err := b.stream.Info(t.Context())
	require.NoError(t, err)
	require.LessOrEqual(t, info.State.Bytes, uint64(room))
	require.Positive(t, b.count(t, waitingCount))

	_, err = EnsureStream(t.Context(), b.js, StreamConfig{MaxBytes: 100 * room})
	require.NoError(t, err)
	b.drained(t)
	list := b.stored(t)
	require.Len(t, list, 100)
	requireOrder(t, list)
}

func TestBatchesAreBoundedByBytes(t *testing.T) {
	t.Parallel()
	rows := make([]row, 20)
	for i := range rows {
		rows[i].Data = []byte(strings.Repeat("x", MaxData))
	}
	require.Equal(t, 4, batchLength(rows))
	require.Equal(t, 1, batchLength(rows[:1]))
	require.Equal(t, batchSize, batchLength(make([]row, 2*batchSize)))
	require.Equal(t, 7, batchLength(make([]row, 7)))
}

func TestPurgeKeepsWhatIsYoungOrUnpublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, stop := b.relay(t)
	a := uuid.New()
	b.write(t.Context(), t, a)
	b.drained(t)
	stop()
	b.write(t.Context(), t, a)
	count, err := Purge(t.Context(), b.db, time.Now().Add(-time.Minute))
	require.NoError(t, err)
	require.Zero(t, count)
	count, err = Purge(t.Context(), b.db, time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.EqualValues(t, 1, count)
	require.Equal(t, 1, b.count(t, waitingCount))
}

func TestRepublishRestoresALostStream(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	a := uuid.New()
	for range 3 {
		b.write(t.Context(), t, a)
	}
	b.drained(t)
	require.NoError(t, b.js.DeleteStream(t.Context(), StreamName))
	stream, err := EnsureStream(t.Context(), b.js, StreamConfig{})
	require.NoError(t, err)
	b.stream = stream
	count, err := Republish(t.Context(), b.db, time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.EqualValues(t, 3, count)
	b.drained(t)
	list := b.stored(t)
	require.Len(t, list, 3)
	requireOrder(t, list)
}

func TestInsertAllPublishesLikeInsert(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	list := make([]Event, 1200)
	for i := range list {
		e, err := New(t.Context(), time.Now(), a, &profilev1.CustomerDeleted{Customer: "customers/1"})
		require.NoError(t, err)
		e.Version = int64(i + 1)
		list[i] = e
	}
	require.NoError(t, InsertAll(t.Context(), b.db, list))
	b.relay(t)
	b.drained(t)
	stored := b.stored(t)
	require.Len(t, stored, len(list))
	requireOrder(t, stored)
	require.JSONEq(t, `{"customer": "customers/1"}`, string(stored[0].Data))
}
