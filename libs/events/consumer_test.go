package events

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const everything = "guanxi.profile.>"

// publish puts an event of that version into the stream, as the relay of another service would.
func (b *bench) publish(t testing.TB, aggregate uuid.UUID, version int64) Event {
	t.Helper()
	e, err := New(t.Context(), time.Now(), aggregate, &profilev1.CustomerDeleted{Customer: "customers/" + aggregate.String()})
	require.NoError(t, err)
	e.Version = version
	b.send(t, e.message())
	return e
}

func (b *bench) send(t testing.TB, m *nats.Msg) {
	t.Helper()
	_, err := publisher{b.js.Conn()}.ask(t.Context(), m)
	require.NoError(t, err)
}

// effects are the versions of the aggregate that had an effect, in order.
func (b *bench) effects(t testing.TB, aggregate uuid.UUID) []int64 {
	t.Helper()
	versions := []int64{}
	require.NoError(t, b.db.Select(t.Context(), &versions, `select version from effects where aggregate_id = $1 order by id`, aggregate))
	return versions
}

func (b *bench) requireEffects(t testing.TB, aggregate uuid.UUID, want ...int64) {
	t.Helper()
	eventually(t, func() bool { return len(b.effects(t, aggregate)) >= len(want) })
	require.Equal(t, want, b.effects(t, aggregate))
}

// settled waits until the broker has nothing to deliver and nothing delivered without answer.
func (b *bench) settled(t testing.TB) {
	t.Helper()
	eventually(t, func() bool {
		left, err := Pending(t.Context(), b.js, "test")
		return err == nil && left == 0
	})
}

func TestEachEventHasOneEffectInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	_, stop := b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect, Workers: 4})
	aggregates := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
	for i := range 60 {
		if i == 30 {
			stop()
			b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect, Workers: 4})
			b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect, Workers: 4})
		}
		b.write(t.Context(), t, aggregates[i%3])
	}
	var want []int64
	for v := range int64(20) {
		want = append(want, v+1)
	}
	for _, a := range aggregates {
		b.requireEffects(t, a, want...)
	}
	b.settled(t)
	require.Equal(t, 60, b.count(t, `select count(*) from inbox`))
}

func TestRedeliveryHasNoSecondEffect(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	b.publish(t, a, 1)
	_, stop := b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect})
	b.requireEffects(t, a, 1)
	b.settled(t)
	stop()
	// As if it had died before the broker got the acknowledgement.
	require.NoError(t, b.stream.DeleteConsumer(t.Context(), "test"))
	c, _ := b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect})
	b.publish(t, a, 2)
	b.requireEffects(t, a, 1, 2)
	require.InDelta(t, 1, testutil.ToFloat64(c.stale), 0)
}

func TestStaleEventOfAZombieRelayIsDropped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	c, _ := b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect})
	b.publish(t, a, 1)
	b.publish(t, a, 2)
	b.publish(t, a, 1) // with an id of its own, so that the broker takes it
	b.publish(t, a, 3)
	b.requireEffects(t, a, 1, 2, 3)
	require.InDelta(t, 1, testutil.ToFloat64(c.stale), 0)
}

func TestGapIsParkedUntilItCloses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, other := uuid.New(), uuid.New()
	c, err := NewConsumer(b.db, b.js, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect}, quiet(), time.Now)
	require.NoError(t, err)
	c.sweep = time.Hour // or it would find that the gap cannot close, as the broker knows of nothing before it
	inBackground(t, c.Run)
	b.publish(t, a, 3)
	b.publish(t, a, 2)
	b.publish(t, other, 1)
	b.requireEffects(t, other, 1)
	b.settled(t)
	require.Empty(t, b.effects(t, a))
	require.Equal(t, 2, b.count(t, `select count(*) from parked`))
	b.publish(t, a, 1)
	b.requireEffects(t, a, 1, 2, 3)
	require.Zero(t, b.count(t, `select count(*) from parked`))
}

func TestGapThatCannotCloseIsPassedOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	b.publish(t, a, 7) // what was before has expired
	b.publish(t, a, 8)
	b.publish(t, a, 10)
	c, _ := b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect})
	b.requireEffects(t, a, 7, 8, 10)
	require.InDelta(t, 2, testutil.ToFloat64(c.lost), 0)
}

func TestUnwantedSubjectsCountButAreNotHandled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	b.publish(t, a, 1)
	undeleted, err := New(t.Context(), time.Now(), a, &profilev1.CustomerUndeleted{Customer: "customers/1"})
	require.NoError(t, err)
	undeleted.Version = 2
	b.send(t, undeleted.message())
	b.publish(t, a, 3)
	c, _ := b.consume(t, Subscription{Name: "test", Subjects: []string{"guanxi.profile.*.deleted.v1"}, Handle: b.effect})
	b.requireEffects(t, a, 1, 3)
	require.InDelta(t, 0, testutil.ToFloat64(c.gaps), 0)
}

func TestFailedEventHoldsUpItsAggregateOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, other := uuid.New(), uuid.New()
	var attempts atomic.Int64
	handle := func(ctx context.Context, d Delivery) error {
		if err := b.effect(ctx, d); err != nil {
			return err
		}
		if d.Aggregate == a && d.Version == 1 && attempts.Add(1) < 3 {
			require.EqualValues(t, attempts.Load(), d.Attempt)
			panic("not yet") // after the effect, which is taken back
		}
		return nil
	}
	b.publish(t, a, 1)
	b.publish(t, a, 2)
	b.publish(t, other, 1)
	wait := 300 * time.Millisecond
	b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: handle, Backoff: []time.Duration{wait, wait, wait}})
	b.requireEffects(t, other, 1)
	require.Empty(t, b.effects(t, a), "the second must wait for the first")
	b.requireEffects(t, a, 1, 2)
	require.EqualValues(t, 3, attempts.Load())
}

func TestPoisonGoesToTheDeadLettersAndOthersFlow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	var cured atomic.Bool
	var calls atomic.Int64
	handle := func(ctx context.Context, d Delivery) error {
		switch {
		case cured.Load(), d.Version == 3:
			return b.effect(ctx, d)
		case d.Version == 1:
			return Permanent(errors.New("no such thing"))
		}
		calls.Add(1)
		return errors.New("again and again")
	}
	for v := range int64(3) {
		b.publish(t, a, v+1)
	}
	c, _ := b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: handle, Backoff: []time.Duration{1, 1}})
	b.requireEffects(t, a, 3)
	require.EqualValues(t, 3, calls.Load(), "one attempt and one after each wait")
	require.InDelta(t, 2, testutil.ToFloat64(c.dead), 0)
	b.settled(t)

	letters, err := DeadLetters(t.Context(), b.db, "test", 0, 10)
	require.NoError(t, err)
	require.Len(t, letters, 2)
	require.Equal(t, "no such thing", letters[0].Reason)
	require.Equal(t, 3, letters[1].Attempts)
	require.EqualValues(t, 2, letters[1].Version)
	page, err := DeadLetters(t.Context(), b.db, "", letters[0].Number, 10)
	require.NoError(t, err)
	require.Len(t, page, 1)

	cured.Store(true)
	require.NoError(t, Replay(t.Context(), b.db, letters[1].Number, time.Now()))
	b.requireEffects(t, a, 3, 2)
	require.NoError(t, PurgeDeadLetter(t.Context(), b.db, letters[0].Number))
	require.Error(t, PurgeDeadLetter(t.Context(), b.db, letters[0].Number))
	require.Error(t, Replay(t.Context(), b.db, letters[1].Number, time.Now()))
	require.Zero(t, b.count(t, `select count(*) from dead_letters`)+b.count(t, `select count(*) from parked`))
}

func TestReplayedLetterThatFailsAgainReturnsToTheDead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	var calls atomic.Int64
	handle := func(context.Context, Delivery) error {
		calls.Add(1)
		return Permanent(errors.New("still not"))
	}
	b.publish(t, a, 1)
	b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: handle})
	dead := func() bool { return b.count(t, `select count(*) from dead_letters`) == 1 }
	eventually(t, dead)
	letters, err := DeadLetters(t.Context(), b.db, "test", 0, 10)
	require.NoError(t, err)
	require.NoError(t, Replay(t.Context(), b.db, letters[0].Number, time.Now()))
	eventually(t, func() bool { return dead() && calls.Load() == 2 })
}

func TestFailureOfTheSurroundingsNeverKillsAnEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	var calls atomic.Int64
	handle := func(ctx context.Context, d Delivery) error {
		if calls.Add(1) < 10 {
			return fmt.Errorf("asking: %w", status.Error(codes.Unavailable, "away"))
		}
		return b.effect(ctx, d)
	}
	b.publish(t, a, 1)
	b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: handle, Backoff: []time.Duration{1}})
	b.requireEffects(t, a, 1)
}

func TestUnreadableMessageGoesToTheDeadLetters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	b.send(t, &nats.Msg{Subject: "guanxi.profile.customer.deleted.v1", Data: []byte("\xff\x00")})
	e, err := New(t.Context(), time.Now(), a, &profilev1.CustomerDeleted{Customer: "customers/1"})
	require.NoError(t, err)
	e.Version, e.Data = 1, []byte("\x00")
	b.send(t, e.message())
	b.publish(t, a, 1)
	b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect})
	b.requireEffects(t, a, 1)
	eventually(t, func() bool { return b.count(t, `select count(*) from dead_letters`) == 2 })
	b.settled(t)
}

func TestEventThatKillsItsProcessIsGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	handle := func(context.Context, Delivery) error { panic("the process is gone") }
	c, err := NewConsumer(b.db, b.js, Subscription{Name: "test", Subjects: []string{everything}, Handle: handle}, quiet(), time.Now)
	require.NoError(t, err)
	e := b.publish(t, uuid.New(), 1)
	dead, err := c.process(t.Context(), work{Event: e, wanted: true, lethal: true})
	require.NoError(t, err)
	require.ErrorContains(t, dead, "without an answer")
	require.Equal(t, 1, b.count(t, `select count(*) from dead_letters where attempts = 1`))
	require.Equal(t, 1, b.count(t, `select count(*) from inbox_versions where version = 1`), "its successors need not wait")
}

func TestWithoutDatabaseEventsStayWithTheBroker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	_, err := b.db.Exec(t.Context(), `alter table parked rename to away; alter table inbox_versions rename to gone`)
	require.NoError(t, err)
	b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect})
	b.publish(t, a, 1)
	eventually(t, func() bool {
		consumer, err := b.stream.Consumer(t.Context(), "test")
		if err != nil {
			return false
		}
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumRedelivered == 1
	})
	_, err = b.db.Exec(t.Context(), `alter table away rename to parked; alter table gone rename to inbox_versions`)
	require.NoError(t, err)
	b.requireEffects(t, a, 1)
}

func TestConsumerOutlivesBrokerAndStream(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.relay(t)
	a := uuid.New()
	b.consume(t, Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect})
	b.write(t.Context(), t, a)
	b.requireEffects(t, a, 1)
	b.broker.Stop()
	b.write(t.Context(), t, a)
	b.broker.Start(t)
	b.requireEffects(t, a, 1, 2)
	require.NoError(t, b.stream.DeleteConsumer(t.Context(), "test"))
	b.write(t.Context(), t, a)
	b.requireEffects(t, a, 1, 2, 3)
}

func TestRewoundConsumerBeginsAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := uuid.New()
	sub := Subscription{Name: "test", Subjects: []string{everything}, Handle: b.effect}
	b.publish(t, a, 1)
	_, stop := b.consume(t, sub)
	b.requireEffects(t, a, 1)
	b.settled(t)
	stop()
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := b.db.Exec(ctx, `delete from effects`); err != nil {
			return err
		}
		return Rewind(ctx, b.db, b.js, "test")
	}))
	require.NoError(t, Rewind(t.Context(), b.db, b.js, "test"))
	b.consume(t, sub)
	b.publish(t, a, 2)
	b.requireEffects(t, a, 1, 2)
}

func TestSubscriptionsAreChecked(t *testing.T) {
	t.Parallel()
	handle := func(context.Context, Delivery) error { return nil }
	for _, s := range []Subscription{
		{Subjects: []string{everything}, Handle: handle},
		{Name: "a.b", Subjects: []string{everything}, Handle: handle},
		{Name: "a", Handle: handle},
		{Name: "a", Subjects: []string{everything}},
		{Name: "a", Subjects: []string{"guanxi.*.x"}, Handle: handle},
		{Name: "a", Subjects: []string{"guanxi.>"}, Handle: handle},
		{Name: "a", Subjects: []string{"other.profile.>"}, Handle: handle},
	} {
		_, err := s.check()
		require.Error(t, err, "%+v", s)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, subject string
		want             bool
	}{
		{"guanxi.profile.>", "guanxi.profile.customer.created.v1", true},
		{"guanxi.profile.>", "guanxi.profile", false},
		{"guanxi.profile.>", "guanxi.profiles.x", false},
		{"guanxi.profile.*.created.v1", "guanxi.profile.customer.created.v1", true},
		{"guanxi.profile.*.created", "guanxi.profile.customer.created.v1", false},
		{"guanxi.profile.customer.created.v1", "guanxi.profile.customer.created.v1", true},
		{"guanxi.profile.customer.created.v1.x", "guanxi.profile.customer.created.v1", false},
	} {
		require.Equal(t, c.want, matches(c.pattern, c.subject), "%s %s", c.pattern, c.subject)
	}
}
