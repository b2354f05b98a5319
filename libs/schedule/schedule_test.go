package schedule

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
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

// desk is a database with a table of effects, and a clock.
type desk struct {
	db    *postgres.DB
	clock *testkit.Clock
}

func setup(t *testing.T) *desk {
	t.Helper()
	return &desk{db: testkit.Database(t, migrate), clock: testkit.NewClock()}
}

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, `create table effects (id bigint generated always as identity, due_time timestamptz)`)
	return err
}

func (d *desk) runner(t *testing.T, jobs ...Job) *Runner {
	t.Helper()
	r, err := NewRunner(d.db, jobs, slog.New(slog.DiscardHandler), d.clock.Now)
	require.NoError(t, err)
	return r
}

func (d *desk) effect(ctx context.Context, due time.Time) error {
	_, err := d.db.Exec(ctx, `insert into effects (due_time) values ($1)`, due)
	return err
}

// effects are the due times that had an effect, in order.
func (d *desk) effects(t *testing.T) []string {
	t.Helper()
	list := []string{}
	require.NoError(t, d.db.Select(t.Context(), &list, `
select to_char(due_time at time zone 'UTC', 'DD HH24:MI') from effects order by id`))
	return list
}

func TestDueTimesAreDoneOnceAndInOrder(t *testing.T) {
	t.Parallel()
	d := setup(t)
	job := Job{Name: "hourly", Cron: "30 * * * *", Run: d.effect}
	require.NoError(t, d.runner(t, job).Tick(t.Context()))
	require.Empty(t, d.effects(t), "a new job owes nothing")
	d.clock.Advance(29 * time.Minute)
	require.NoError(t, d.runner(t, job).Tick(t.Context()))
	require.Empty(t, d.effects(t))
	d.clock.Advance(time.Minute)
	for range 2 { // each is an instance started anew
		require.NoError(t, d.runner(t, job).Tick(t.Context()))
		require.Equal(t, []string{"05 09:30"}, d.effects(t))
	}
	d.clock.Advance(3 * time.Hour)
	require.NoError(t, d.runner(t, job).Tick(t.Context()))
	require.Equal(t, []string{"05 09:30", "05 10:30", "05 11:30", "05 12:30"}, d.effects(t))
}

func TestManyInstancesDoTheWorkOnce(t *testing.T) {
	t.Parallel()
	d := setup(t)
	job := Job{Name: "hourly", Cron: "@hourly", Run: d.effect}
	require.NoError(t, d.runner(t, job).Tick(t.Context()))
	d.clock.Advance(24 * time.Hour)
	var instances sync.WaitGroup
	for range 8 {
		r := d.runner(t, job)
		instances.Go(func() {
			if err := r.Tick(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	instances.Wait()
	require.NoError(t, d.runner(t, job).Tick(t.Context()))
	list := d.effects(t)
	require.Len(t, list, 24)
	require.IsIncreasing(t, list)
}

func TestFailureIsTakenBackSeenAndRetried(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var sick atomic.Bool
	sick.Store(true)
	bad := Job{Name: "bad", Cron: "@hourly", Run: func(ctx context.Context, due time.Time) error {
		if err := d.effect(ctx, due); err != nil {
			return err
		}
		if sick.Load() {
			panic("out of order")
		}
		return nil
	}}
	var good atomic.Int64
	other := Job{Name: "other", Cron: "@hourly", Run: func(context.Context, time.Time) error { good.Add(1); return nil }}
	r := d.runner(t, bad, other)
	require.NoError(t, r.Tick(t.Context()))
	d.clock.Advance(2 * time.Hour)
	require.ErrorContains(t, r.Tick(t.Context()), "out of order")
	require.EqualValues(t, 2, good.Load(), "other jobs go on")
	require.Empty(t, d.effects(t))
	require.NoError(t, r.Tick(t.Context()), "it waits before the next attempt")
	d.clock.Advance(firstRetry)
	require.Error(t, r.Tick(t.Context()))

	var seen struct {
		Attempts int       `db:"attempts"`
		Error    string    `db:"error"`
		Retry    time.Time `db:"retry_time"`
	}
	const look = `select attempts, split_part(error, chr(10), 1) as error, retry_time from schedules where job = 'bad'`
	require.NoError(t, d.db.Get(t.Context(), &seen, look))
	require.Equal(t, 2, seen.Attempts)
	require.Equal(t, "panic: out of order", seen.Error)
	require.Equal(t, 2*firstRetry, seen.Retry.Sub(d.clock.Now()), "the wait grows")

	sick.Store(false)
	d.clock.Advance(2 * firstRetry)
	require.NoError(t, r.Tick(t.Context()))
	require.Equal(t, []string{"05 10:00", "05 11:00"}, d.effects(t))
	require.NoError(t, d.db.Get(t.Context(), &seen, look))
	require.Zero(t, seen.Attempts)
	require.Empty(t, seen.Error)
}

func TestCatchingUpIsBounded(t *testing.T) {
	t.Parallel()
	d := setup(t)
	r := d.runner(t, Job{Name: "daily", Cron: "0 6 * * *", Run: d.effect, MaxCatchUp: 2})
	require.NoError(t, r.Tick(t.Context()))
	d.clock.Advance(5 * 24 * time.Hour)
	require.NoError(t, r.Tick(t.Context()))
	require.Equal(t, []string{"09 06:00", "10 06:00"}, d.effects(t))
}

func TestDayIsReplayedInTheJobsZone(t *testing.T) {
	t.Parallel()
	d := setup(t)
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	r := d.runner(t, Job{Name: "twice", Cron: "0 0,6 * * *", Zone: shanghai, Run: d.effect})
	for range 2 {
		require.NoError(t, r.RunFor(t.Context(), "twice", time.Date(2026, 1, 3, 12, 0, 0, 0, time.UTC)))
	}
	require.Equal(t, []string{"02 16:00", "02 22:00", "02 16:00", "02 22:00"}, d.effects(t))
	var runs []int
	require.NoError(t, d.db.Select(t.Context(), &runs, `select runs from schedule_runs order by due_time`))
	require.Equal(t, []int{2, 2}, runs)
	require.Error(t, r.RunFor(t.Context(), "unknown", d.clock.Now()))
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r := d.runner(t, Job{Name: "x", Cron: "@hourly", Run: d.effect})
	go func() { done <- r.Run(ctx) }()
	require.Eventually(t, func() bool {
		var known int
		return d.db.Get(t.Context(), &known, `select count(*) from schedules`) == nil && known == 1
	}, testkit.Patience, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-done)
}

func TestJobsAreChecked(t *testing.T) {
	t.Parallel()
	run := func(context.Context, time.Time) error { return errors.New("never") }
	for _, jobs := range [][]Job{
		{{Name: "a", Cron: "61 * * * *", Run: run}},
		{{Name: "a", Cron: "* * * * * *", Run: run}},
		{{Cron: "@daily", Run: run}},
		{{Name: "a", Cron: "@daily"}},
		{{Name: "a", Cron: "@daily", Run: run}, {Name: "a", Cron: "@hourly", Run: run}},
	} {
		_, err := NewRunner(nil, jobs, nil, nil)
		require.Error(t, err)
	}
}

func TestChangeOfClocks(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	j, err := understand(Job{Name: "a", Cron: "30 2 * * *", Zone: berlin, Run: func(context.Context, time.Time) error { return nil }})
	require.NoError(t, err)
	due, _ := j.between(time.Date(2026, 3, 28, 12, 0, 0, 0, berlin), time.Date(2026, 3, 30, 12, 0, 0, 0, berlin))
	require.Len(t, due, 1, "there was no half past two on the 29th")
	due, _ = j.between(time.Date(2026, 10, 24, 12, 0, 0, 0, berlin), time.Date(2026, 10, 26, 12, 0, 0, 0, berlin))
	require.Len(t, due, 3, "half past two came twice on the 25th")
}
