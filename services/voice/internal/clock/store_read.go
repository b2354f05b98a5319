package clock

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

const (
	customerOf = `select customer_id from cases where case_id = $1`

	// The latest of each clock.
	selectIntervals = `select ` + intervalColumns + ` from clocks k cross join lateral (
		select ` + intervalColumns + ` from clock_intervals i
		where (i.customer_id, i.case_id, i.clock_id) = (k.customer_id, k.case_id, k.clock_id) and i.start_time <= $3 order by i.number desc limit $4
	) i where k.customer_id = $1 and k.case_id = $2 order by i.clock_id, i.number`
	// What is told of all of them, however many: a pause in which the terms change stays one.
	selectSums = `select i.clock_id, min(i.start_time) as begin_time, count(*) filter (where i.state = 2 and i.cause = 2) as pauses,
		coalesce(sum(extract(epoch from least(coalesce(i.end_time, $3), $3) - i.start_time)) filter (where i.state = 2), 0)::float8 as paused_seconds
	from clock_intervals i where i.customer_id = $1 and i.case_id = $2 and i.level = 0 and i.start_time <= $3 group by i.clock_id`

	// Those that were dropped by then are no steps any more.
	selectAlarmsAsOf = `select ` + alarmColumns + ` from clock_alarms a
	where a.customer_id = $1 and a.case_id = $2 and a.add_time <= $3 and (a.drop_time is null or a.drop_time > $3) order by a.clock_id, a.number`
)

// most is how many intervals of a clock are shown. There are at most as many of escalation levels in a row as there are levels: the one that the clock is in is always among them.
const most = 500

// sums are what is told of all intervals of a clock.
type sums struct {
	Clock  uuid.UUID `db:"clock_id"`
	Begin  time.Time `db:"begin_time"`
	Pauses int       `db:"pauses"`
	Paused float64   `db:"paused_seconds"`
}

// view is a clock as it stood at an instant.
type view struct {
	*Clock
	Remaining int64
	Sums      sums
	Intervals []Interval // the latest
	used      []int64    // in each interval
	Calendar  *calendar.Calendar
	Rule      *rule.Rule
}

// views reads the clocks of a case as they stood at an instant. Customers and cases that the caller may not see are hidden.
func (s *Store) views(ctx context.Context, id uuid.UUID, asOf time.Time) ([]*view, error) {
	var customer uuid.UUID
	err := s.db.Get(ctx, &customer, customerOf, id)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	if err != nil || aggregate.Visible(ctx, s.db, customer) != nil {
		return nil, resource.Missing(ctx, resource.Name("cases", id), typev1.Level_BASIC)
	}
	read, err := s.snapshot(ctx, customer, id, asOf)
	if err != nil {
		return nil, err
	}
	var out []*view
	for _, k := range read.clocks {
		v, err := s.view(ctx, k, read, asOf)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return out, nil
}

// snapshot is what the database has of the clocks of a case at one time: else a change in between would show twice or not at all.
type snapshot struct {
	clocks    []*Clock
	intervals []Interval
	sums      []sums
	alarms    []Alarm
}

func (s *Store) snapshot(ctx context.Context, customer, id uuid.UUID, asOf time.Time) (*snapshot, error) {
	r := &snapshot{}
	return r, s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `set transaction isolation level repeatable read`); err != nil {
			return err
		}
		if err := s.db.Select(ctx, &r.clocks, selectClocks, customer, id); err != nil {
			return err
		}
		if err := s.db.Select(ctx, &r.intervals, selectIntervals, customer, id, asOf, most); err != nil {
			return err
		}
		if err := s.db.Select(ctx, &r.sums, selectSums, customer, id, asOf); err != nil {
			return err
		}
		return s.db.Select(ctx, &r.alarms, selectAlarmsAsOf, customer, id, asOf)
	})
}

func (r *snapshot) sumsOf(clock uuid.UUID) (found sums) {
	for _, s := range r.sums {
		if s.Clock == clock {
			found = s
		}
	}
	return found
}

// view makes a clock what it was at an instant, from what began until then; nil when it had not been started.
func (s *Store) view(ctx context.Context, k *Clock, read *snapshot, asOf time.Time) (*view, error) {
	v := &view{Clock: k, Sums: read.sumsOf(k.ID)}
	changed := k.Changed
	var last *Interval
	for _, i := range read.intervals {
		if i.Clock != k.ID {
			continue
		}
		if i.End != nil && i.End.After(asOf) {
			i.End = nil
		}
		used, err := s.usedIn(ctx, &i, asOf)
		if err != nil {
			return nil, err
		}
		v.Intervals, v.used = append(v.Intervals, i), append(v.used, used)
		if i.Level == 0 {
			last = &v.Intervals[len(v.Intervals)-1]
		}
	}
	if last == nil {
		return nil, nil //nolint:nilnil // see above
	}
	at, err := s.calendars.Time(ctx, calendar.Version{ID: last.Calendar, Version: last.CalendarVersion})
	if err != nil {
		return nil, err
	}
	k.Terms, k.State, k.Used, k.Due, k.Changed, k.time, k.Since = last.Terms, last.State, last.Used, last.Due, last.Start, at, nil
	if k.State == Running {
		k.Since = &last.Start
	}
	if k.Breach != nil && k.Breach.After(asOf) {
		k.Breach = nil
	}
	for _, a := range read.alarms {
		if a.Clock == k.ID {
			k.Alarms = append(k.Alarms, k.asOf(a, asOf, k.Changed.Before(changed)))
		}
	}
	k.Used, k.Changed = k.UsedAt(asOf), asOf
	v.Remaining = k.Target - k.Used
	return v, s.name(ctx, v)
}

// asOf makes an alarm what it was at an instant. before: the clock has changed since, and with it when the alarm is to be.
func (k *Clock) asOf(a Alarm, at time.Time, before bool) Alarm {
	if a.Fired != nil && !a.Fired.After(at) {
		return a
	}
	if a.Fired != nil {
		before = true
	}
	a.Fired, a.Dropped = nil, nil
	if !before {
		return a
	}
	a.Fire = k.ahead(k.Changed, a.At)
	if a.At <= k.Used && k.State.Open() {
		a.Fire = &k.Changed
	}
	return a
}

// usedIn is the working time of an interval up to an instant.
func (s *Store) usedIn(ctx context.Context, i *Interval, asOf time.Time) (int64, error) {
	if i.State != Running || i.Level != 0 {
		return 0, nil
	}
	at, err := s.calendars.Time(ctx, calendar.Version{ID: i.Calendar, Version: i.CalendarVersion})
	if err != nil {
		return 0, err
	}
	if i.End != nil {
		return at.Between(i.Start, *i.End), nil
	}
	return at.Between(i.Start, asOf), nil
}

// name reads what the calendar and the rule of a clock are called.
func (s *Store) name(ctx context.Context, v *view) (err error) {
	if v.Calendar, err = s.calendars.Get(ctx, v.Terms.Calendar, v.CalendarVersion); err != nil {
		return err
	}
	v.Rule, err = s.rules.Get(ctx, v.Terms.Rule, v.RuleVersion)
	return err
}

const moveColumns = `m.customer_id, m.case_id, m.clock_id, m.measure, m.before_due, m.after_due, m.before_target, m.after_target, m.before_rule, m.after_rule`

// moves reads a page of what a run moved, of customers within the caller's territories.
func (s *Store) moves(ctx context.Context, plan *listing.Plan, run uuid.UUID) ([]moved, string, error) {
	query, args := plan.Query(moveColumns, `clock_moves m join customers c on c.customer_id = m.customer_id`,
		`m.operation_id = $1 and guanxi_covers(c.territory, $2)`, run, auth.From(ctx).Scope())
	var rows []struct {
		moved
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]moved, len(rows))
	for i := range rows {
		out[i] = rows[i].moved
	}
	return out, next, err
}
