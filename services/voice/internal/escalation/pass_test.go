package escalation

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// events are the subjects announced, in order.
func (b *bundle) events(t *testing.T) (out []string) {
	t.Helper()
	require.NoError(t, b.db.Select(t.Context(), &out, `select subject || coalesce(' ' || nullif(cast(data as jsonb)->>'level', ''), '') from outbox order by aggregate_id, version`))
	return out
}

func (b *bundle) all(t *testing.T) []*voicev1.Escalation {
	t.Helper()
	list, err := b.ListEscalations(caller(t.Context(), "boss", typev1.Level_MANAGER, "*"), &voicev1.ListEscalationsRequest{OrderBy: "planned_time"})
	require.NoError(t, err)
	return list.GetEscalations()
}

// Each step is taken when its time has come, and then no more.
func TestStepByStep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.desk(t, "cn/south/shenzhen", "office")
	b.desk(t, "cn", "boss", "deputy")
	start := b.clock.Now()
	k := b.tick(t, b.customer(t, "cn/south/shenzhen"), usual...)
	b.clock.Set(start.Add(45*time.Minute - time.Microsecond))
	require.Zero(t, b.pass(t))
	for _, c := range []struct {
		after time.Duration
		count int
	}{{45 * time.Minute, 1}, {time.Hour, 2}, {89 * time.Minute, 0}, {90 * time.Minute, 1}, {1000 * time.Hour, 0}} {
		b.clock.Set(start.Add(c.after))
		require.Equal(t, c.count, b.pass(t), c.after)
		require.Zero(t, b.pass(t), c.after)
	}
	require.Equal(t, []string{
		"guanxi.voice.case.escalated.v1 OFFICE", "guanxi.voice.case.breached.v1", "guanxi.voice.case.escalated.v1 REGION", "guanxi.voice.case.escalated.v1 HEADQUARTERS",
	}, b.events(t))
	var told []string
	for _, e := range b.all(t) {
		require.Equal(t, e.GetPlannedTime().AsTime(), e.GetToldTime().AsTime())
		require.Equal(t, start.Add(time.Hour), e.GetDueTime().AsTime())
		told = append(told, fmt.Sprint(e.GetLevel(), " ", e.GetTrigger(), " ", e.GetTerritory(), " ", e.GetSubjects(), " ", e.GetDesk() != ""))
	}
	require.Equal(t, []string{
		"OFFICE BEFORE_BREACH cn/south/shenzhen [office] true", "REGION AT_BREACH cn/south [boss deputy] true", "HEADQUARTERS AFTER_BREACH cn [boss deputy] true",
	}, told)
	var breach time.Time
	require.NoError(t, b.db.Get(t.Context(), &breach, `select breach_time from clocks where clock_id = $1`, k.clock))
	require.Equal(t, start.Add(time.Hour), breach.UTC())
	var timeline []int
	require.NoError(t, b.db.Select(t.Context(), &timeline, `select kind from timeline where case_id = $1 order by number`, k.id))
	require.Equal(t, []int{11, 12, 11, 11}, timeline)
	var levels []int
	require.NoError(t, b.db.Select(t.Context(), &levels, `select level from clock_intervals where clock_id = $1 and level > 0 order by number`, k.clock))
	require.Equal(t, []int{1, 2, 3}, levels)
}

// Of what was not found in time each step is taken all the same, in order, with the time that it was planned for.
func TestLateStepsAreMadeUpFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := b.clock.Now()
	b.tick(t, b.customer(t, "cn/south/shenzhen"), usual...)
	b.clock.Advance(100 * time.Hour)
	require.Equal(t, 4, b.pass(t))
	require.Zero(t, b.pass(t))
	require.Equal(t, []string{
		"guanxi.voice.case.escalated.v1 OFFICE", "guanxi.voice.case.breached.v1", "guanxi.voice.case.escalated.v1 REGION", "guanxi.voice.case.escalated.v1 HEADQUARTERS",
	}, b.events(t))
	var planned []time.Duration
	for _, e := range b.all(t) {
		require.Equal(t, start.Add(100*time.Hour), e.GetToldTime().AsTime())
		require.Empty(t, e.GetSubjects(), "there is no desk at all, and that nobody was told can be seen")
		require.Empty(t, e.GetDesk())
		planned = append(planned, e.GetPlannedTime().AsTime().Sub(start))
	}
	require.Equal(t, []time.Duration{45 * time.Minute, time.Hour, 90 * time.Minute}, planned)
}

func TestNothingIsToldOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		events []string
	}{
		"a clock that waits":   {`update clocks set state = 2, next_alarm_time = null, running_since = null`, nil},
		"a clock that stopped": {`update clocks set state = 3, next_alarm_time = null, running_since = null`, nil},
		"a dropped step":       {`update clock_alarms set drop_time = now()`, nil},
		"a deleted customer":   {`update customers set delete_time = now()`, nil},
		// It ran out all the same before it stopped, and that is said.
		"one that was stopped late": {`update clocks set state = 4, running_since = null`, []string{"guanxi.voice.case.breached.v1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.tick(t, b.customer(t, "cn"), usual...)
			b.exec(t, c.change)
			b.clock.Advance(time.Hour)
			b.pass(t)
			require.Zero(t, b.pass(t))
			require.Zero(t, b.count(t, `select count(*) from escalations`))
			require.Equal(t, c.events, b.events(t))
		})
	}
}

// A grave case is told at once.
func TestSeverityIsToldAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.tick(t, b.customer(t, "cn/south"), step{Region, OnSeverity, 0}, step{Breach, AtBreach, time.Hour})
	require.Equal(t, 1, b.pass(t))
	require.Equal(t, "ON_SEVERITY", b.all(t)[0].GetTrigger().String())
}

// Who has a customer in hand is not waited for, and others are told meanwhile. Nothing found does not count as a write, or the loop would not come to rest.
func TestHeldCustomersArePassedOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, free := b.customer(t, "cn"), b.customer(t, "cn")
	b.tick(t, held, step{Office, AtBreach, 0})
	_, err := b.store.settings.Current(t.Context()) // which stores what is shipped
	require.NoError(t, err)
	err = b.db.InTx(t.Context(), func(ctx context.Context) error {
		_, err := b.db.Exec(ctx, `select from customers where customer_id = $1 for no key update`, held)
		require.NoError(t, err)
		woken := 0
		b.db.OnCommit(func() { woken++ })
		require.Zero(t, b.pass(t))
		require.Zero(t, woken)
		b.tick(t, free, step{Office, AtBreach, 0})
		require.Equal(t, 1, b.pass(t))
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 1, b.pass(t))
	require.Zero(t, b.pass(t))
}

// One that cannot be told does not keep the others from being told.
func TestOneFailureIsOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bad := b.customer(t, "cn")
	b.tick(t, bad, step{Office, AtBreach, 0})
	for range 3 {
		b.tick(t, b.customer(t, "cn"), step{Office, AtBreach, 0})
	}
	b.exec(t, `create function fail() returns trigger language plpgsql as $$ begin if new.territory = 'bad' then raise 'no'; end if; return new; end $$;
		create trigger fail before insert on escalations for each row execute function fail()`)
	b.exec(t, `update customers set territory = 'bad' where customer_id = $1`, bad)
	_, err := b.store.Pass(t.Context())
	require.ErrorContains(t, err, "escalation: clock")
	require.Equal(t, 3, b.count(t, `select count(*) from escalations`))
	b.exec(t, `drop trigger fail on escalations`)
	require.Equal(t, 1, b.pass(t))
}

// Two replicas are killed in turn while steps come due: none is missed and none taken twice.
func TestKilledInTurn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const clocks = 150
	for range clocks / 3 {
		customer := b.customer(t, "cn/south/shenzhen")
		for range 3 {
			b.tick(t, customer, usual...)
		}
	}
	var wait sync.WaitGroup
	done := make(chan struct{})
	for replica := range 2 {
		wait.Go(func() {
			for life := 1; ; life++ {
				// A life ends at any point of a pass, that of the commit included. Lives get longer, so that a busy machine gets through.
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(10+(life*37+replica*50)%240+5*life)*time.Millisecond)
				err := on(t, b.db, b.clock).store.Loop(slog.New(slog.DiscardHandler)).Run(ctx)
				cancel()
				if err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 10 {
		b.clock.Advance(10 * time.Minute)
		time.Sleep(30 * time.Millisecond)
	}
	require.Eventually(t, func() bool {
		var left bool
		err := b.db.Get(context.Background(), &left, `select exists (select from clocks where next_alarm_time is not null)`)
		return err == nil && !left
	}, testkit.Patience, 20*time.Millisecond)
	close(done)
	wait.Wait()
	require.Equal(t, clocks*3, b.count(t, `select count(*) from escalations`))
	require.Equal(t, clocks*3, b.count(t, `select count(distinct (clock_id, number)) from escalations`))
	require.Equal(t, clocks*3, b.count(t, `select count(*) from outbox where subject = 'guanxi.voice.case.escalated.v1'`))
	require.Equal(t, clocks, b.count(t, `select count(distinct cast(data as jsonb)->>'clock') from outbox where subject = 'guanxi.voice.case.breached.v1'`))
	require.Equal(t, clocks, b.count(t, `select count(*) from outbox where subject = 'guanxi.voice.case.breached.v1'`))
	require.Equal(t, clocks*4, b.count(t, `select count(*) from timeline`))
	require.Zero(t, b.count(t, `select count(*) from clock_alarms where fired_time is null`))
}
