package clock

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// A complaint of medium severity has four hours to be answered in, and three days of nine hours to be solved in. Received Friday 17:30 the answer is due Monday 12:30.
func TestLifeOfAClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	friday := local("2026-11-27 17:30")
	b.clock.Set(friday)
	of := b.opened(medium, friday)
	first := b.at(of, friday, FirstResponse)
	require.Equal(t, local("2026-11-30 12:30").UTC(), first.Due.UTC())
	require.Equal(t, int64(4*3600), first.Remaining)
	require.Contains(t, first.Explain().En, "4h of working time by rule complaint-medium version 1")
	require.Contains(t, first.Explain().Zh, "中国办公时间")

	monday := local("2026-11-30 10:00")
	b.do(of.Customer, func(ctx context.Context) error { return b.Stop(ctx, of.Customer, of.Case, FirstResponse, monday) })
	b.do(of.Customer, func(ctx context.Context) error { return b.Pause(ctx, of.Customer, of.Case, monday) })
	tuesday := local("2026-12-01 10:00")
	b.do(of.Customer, func(ctx context.Context) error { return b.Resume(ctx, of.Customer, of.Case, tuesday) })
	b.clock.Set(local("2026-12-02 09:00"))
	require.Equal(t, Met, b.at(of, b.clock.Now(), FirstResponse).State)
	now := b.at(of, b.clock.Now(), Resolution)
	require.Equal(t, int64(1800+3600+8*3600), now.Used)
	require.Contains(t, now.Explain().En, "paused 1 times while waiting for the customer, 24h in all")
	require.Equal(t, local("2026-12-03 17:30").UTC(), now.Due.UTC())

	// As it stood before.
	paused := b.at(of, local("2026-11-30 20:00"), Resolution)
	require.Equal(t, Paused, paused.State)
	require.Nil(t, paused.Due)
	require.Equal(t, int64(1800+3600), paused.Used)
	running := b.at(of, local("2026-11-30 09:30"), Resolution)
	require.Equal(t, Running, running.State)
	require.Equal(t, int64(3600), running.Used)
	require.Len(t, running.Intervals, 1)
	require.Nil(t, running.Intervals[0].End)
	require.Nil(t, b.at(of, local("2026-11-27 17:29"), Resolution), "before it was received")
	require.NotEqual(t, *running.Alarms[0].Fire, *now.Alarms[0].Fire)
}

func TestSeverityKeepsWhatWasUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	morning := local("2026-11-30 09:00")
	b.clock.Set(morning)
	of := b.opened(medium, morning)
	noon := local("2026-11-30 12:00")
	of.Severity = critical
	var d Difference
	b.do(of.Customer, func(ctx context.Context) (err error) {
		d, err = b.Reproject(ctx, of, noon)
		return err
	})
	require.Len(t, d.Moves, 2)
	b.clock.Set(noon)
	first, second := b.at(of, noon, FirstResponse), b.at(of, noon, Resolution)
	require.Equal(t, noon.UTC(), first.Due.UTC(), "an hour was over long ago")
	require.Equal(t, local("2026-11-30 18:00").UTC(), second.Due.UTC())
	require.Equal(t, int64(3*3600), second.Used)
	require.Len(t, second.Intervals, 2)
	require.Equal(t, int64(27*3600), second.Intervals[0].Target)
	require.NotNil(t, second.NextTime)
	require.Equal(t, noon.UTC(), second.NextTime.UTC(), "the region is told at once")
	b.do(of.Customer, func(ctx context.Context) (err error) {
		d, err = b.Reproject(ctx, of, noon.Add(time.Hour))
		return err
	})
	require.Empty(t, d.Moves, "nothing has changed")
}

func TestReopenGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	morning := local("2026-11-30 09:00")
	b.clock.Set(morning.AddDate(0, 1, 0))
	of := b.opened(high, morning)
	b.do(of.Customer, func(ctx context.Context) error {
		return b.Stop(ctx, of.Customer, of.Case, Resolution, local("2026-12-01 12:00"))
	})
	b.do(of.Customer, func(ctx context.Context) error { return b.Reopen(ctx, of, Resolution, local("2026-12-03 09:00")) })
	v := b.at(of, local("2026-12-03 09:00"), Resolution)
	require.Equal(t, Running, v.State)
	require.Equal(t, int64(12*3600), v.Used)
	require.Equal(t, local("2026-12-03 15:00").UTC(), v.Due.UTC())
	b.do(of.Customer, func(ctx context.Context) error { return b.Cancel(ctx, of.Customer, of.Case, local("2026-12-03 10:00")) })
	v = b.at(of, b.clock.Now(), Resolution)
	require.Equal(t, Cancelled, v.State)
	require.Nil(t, v.NextTime)
}

// due are the alarms that a worker would find, in order.
func (b *bench) due(at time.Time) []Firing {
	b.t.Helper()
	var rows []struct {
		Customer uuid.UUID `db:"customer_id"`
		Case     uuid.UUID `db:"case_id"`
		Clock    uuid.UUID `db:"clock_id"`
		Number   int16     `db:"next_alarm"`
	}
	require.NoError(b.t, b.db.Select(b, &rows, `select customer_id, case_id, clock_id, next_alarm from clocks where next_alarm_time <= $1 order by next_alarm_time, customer_id`, at))
	out := make([]Firing, len(rows))
	for i, r := range rows {
		out[i] = Firing(r)
	}
	return out
}

func TestFiredOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	morning := local("2026-11-30 09:00")
	b.clock.Set(morning.AddDate(0, 1, 0))
	of := b.opened(high, morning)
	breach := local("2026-11-30 11:00")
	var levels []int16
	for range 10 {
		due := b.due(breach)
		if len(due) == 0 {
			break
		}
		var done []Firing
		b.do(of.Customer, func(ctx context.Context) (err error) {
			done, err = b.Fired(ctx, append(due, due...), breach)
			return err
		})
		require.ElementsMatch(t, due, done)
		b.do(of.Customer, func(ctx context.Context) (err error) {
			done, err = b.Fired(ctx, due, breach)
			return err
		})
		require.Empty(t, done, "never twice")
		for _, a := range b.at(of, b.clock.Now(), FirstResponse).Alarms {
			if a.Number == due[0].Number {
				levels = append(levels, a.Level)
			}
		}
	}
	require.Equal(t, []int16{1, 0, 1, 2}, levels, "warned, then the breach, then those told of it")
	v := b.at(of, breach, FirstResponse)
	require.Equal(t, breach.UTC(), v.Breach.UTC())
	require.Nil(t, b.at(of, breach.Add(-time.Minute), FirstResponse).Breach)
	require.Equal(t, local("2026-12-01 11:00").UTC(), v.NextTime.UTC(), "headquarters a day later")
	var charge []int16
	for _, i := range v.Intervals {
		if i.Level > 0 {
			charge = append(charge, i.Level)
			require.Equal(t, i.Level == 1, i.End != nil)
		}
	}
	require.Equal(t, []int16{1, 2}, charge)
	b.do(of.Customer, func(ctx context.Context) error {
		return b.Stop(ctx, of.Customer, of.Case, FirstResponse, local("2026-11-30 12:00"))
	})
	var open int
	require.NoError(t, b.db.Get(b, &open, `select count(*) from clock_intervals where clock_id = $1 and end_time is null`, v.ID))
	require.Equal(t, 1, open)
	require.Equal(t, Missed, b.at(of, b.clock.Now(), FirstResponse).State)
}

// A case that was closed before anybody had answered, and is reopened, still waits for its first answer.
func TestReopenBeforeAnAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	morning := local("2026-11-30 09:00")
	b.clock.Set(morning.AddDate(0, 1, 0))
	of := b.opened(high, morning)
	b.do(of.Customer, func(ctx context.Context) error { return b.Cancel(ctx, of.Customer, of.Case, local("2026-11-30 10:00")) })
	require.Nil(t, b.at(of, b.clock.Now(), FirstResponse).NextTime)
	tuesday := local("2026-12-01 09:00")
	b.do(of.Customer, func(ctx context.Context) error { return b.Reopen(ctx, of, FirstResponse, tuesday) })
	v := b.at(of, tuesday, FirstResponse)
	require.Equal(t, Running, v.State)
	require.Equal(t, int64(3600), v.Used)
	require.Equal(t, local("2026-12-01 10:00").UTC(), v.Due.UTC(), "one of two hours was used")
	require.NotNil(t, v.NextTime)
	require.Equal(t, Cancelled, b.at(of, tuesday, Resolution).State)
}

// However often it was paused, the answer stays of one size and what is told of all of it true.
func TestManyIntervals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	morning := local("2026-11-30 09:00")
	b.clock.Set(morning.AddDate(0, 1, 0))
	of := b.opened(medium, morning)
	const pauses = most/2 + 5
	at := morning
	b.do(of.Customer, func(ctx context.Context) error {
		for range pauses {
			if err := b.Pause(ctx, of.Customer, of.Case, at.Add(10*time.Second)); err != nil {
				return err
			}
			at = at.Add(20 * time.Second)
			if err := b.Resume(ctx, of.Customer, of.Case, at); err != nil {
				return err
			}
		}
		return nil
	})
	v := b.at(of, at, Resolution)
	require.Len(t, v.Intervals, most)
	require.EqualValues(t, 2*pauses+1-most+1, v.Intervals[0].Number)
	require.EqualValues(t, 10*pauses, v.Used)
	require.Contains(t, v.Explain().En, "since 2026-11-30 09:00:00 +08:00; 42m30s used; paused 255 times while waiting for the customer, 42m30s in all")
}
