package clock

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Firing is an alarm that has come due and whose escalation the caller makes in the same transaction.
type Firing struct {
	Customer, Case, Clock uuid.UUID
	Number                int16
}

const (
	fire = `update clock_alarms a set fired_time = $5
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[]), cast($4 as smallint[])) as f (customer_id, case_id, clock_id, number)
	where (a.customer_id, a.case_id, a.clock_id, a.number) = (f.customer_id, f.case_id, f.clock_id, f.number) and a.fired_time is null and a.drop_time is null
	returning a.customer_id, a.case_id, a.clock_id, a.number, a.level`

	settle = `update clocks k set next_alarm_time = n.fire_time, next_alarm = n.number, breach_time = case when d.breach then coalesce(k.breach_time, $5) else k.breach_time end
	from (
		select customer_id, case_id, clock_id, bool_or(level = 0) as breach
		from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[]), cast($4 as smallint[])) as f (customer_id, case_id, clock_id, level)
		group by customer_id, case_id, clock_id
	) d left join lateral (
		select a.fire_time, a.number from clock_alarms a
		where (a.customer_id, a.case_id, a.clock_id) = (d.customer_id, d.case_id, d.clock_id) and a.fired_time is null and a.drop_time is null and a.fire_time is not null
		order by a.fire_time, a.number limit 1
	) n on true
	where (k.customer_id, k.case_id, k.clock_id) = (d.customer_id, d.case_id, d.clock_id)`

	// The highest level that was told is in charge, from when it was told until a higher one is or the clock ends.
	charge = `with higher as (
		select f.customer_id, f.case_id, f.clock_id, max(f.level) as level
		from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[]), cast($4 as smallint[])) as f (customer_id, case_id, clock_id, level)
		where f.level > 0 and not exists (
			select from clock_intervals i
			where (i.customer_id, i.case_id, i.clock_id) = (f.customer_id, f.case_id, f.clock_id) and i.end_time is null and i.level >= f.level
		)
		group by f.customer_id, f.case_id, f.clock_id
	), ended as (
		update clock_intervals i set end_time = $5 from higher h
		where (i.customer_id, i.case_id, i.clock_id) = (h.customer_id, h.case_id, h.clock_id) and i.level > 0 and i.end_time is null
			and exists (select from clocks k where (k.customer_id, k.case_id, k.clock_id) = (h.customer_id, h.case_id, h.clock_id) and k.state in (1, 2))
	), bumped as (
		update clocks k set intervals = k.intervals + 1 from higher h
		where (k.customer_id, k.case_id, k.clock_id) = (h.customer_id, h.case_id, h.clock_id) and k.state in (1, 2)
		returning k.*, h.level
	)
	insert into clock_intervals (customer_id, case_id, clock_id, number, level, cause, state, start_time, rule_id, rule_version, calendar_id, calendar_version, sla_factor,
		target_seconds, used_seconds, due_time)
	select customer_id, case_id, clock_id, intervals, level, 10, state, $5, rule_id, rule_version, calendar_id, calendar_version, sla_factor, target_seconds, used_seconds, due_time
	from bumped`
)

// fired are alarms as arrays that a statement takes.
type fired struct {
	customers, cases, clocks []uuid.UUID
	numbers                  []int16 // of the alarms, or their levels
}

func (f *fired) args(at time.Time) []any {
	return []any{pq.Array(f.customers), pq.Array(f.cases), pq.Array(f.clocks), pq.Array(f.numbers), at}
}

// Fired notes of alarms that they were fired: never twice (those that were fired or dropped before are not among what it returns), notes the breach where the alarm is that of the
// breach, puts the level in charge and sets each clock's next alarm. It does not ask whether the clock has stopped since an alarm came due: escalation does, which of a clock that has
// stopped fires the breach alone and drops the steps that would tell a level. A stopped clock is put in nobody's charge. The caller holds the customers.
func (s *Store) Fired(ctx context.Context, firings []Firing, at time.Time) ([]Firing, error) {
	if len(firings) == 0 {
		return nil, nil
	}
	at = at.UTC()
	var asked fired
	for _, f := range firings {
		asked.customers, asked.cases, asked.clocks = append(asked.customers, f.Customer), append(asked.cases, f.Case), append(asked.clocks, f.Clock)
		asked.numbers = append(asked.numbers, f.Number)
	}
	var rows []struct {
		Customer uuid.UUID `db:"customer_id"`
		Case     uuid.UUID `db:"case_id"`
		Clock    uuid.UUID `db:"clock_id"`
		Number   int16     `db:"number"`
		Level    int16     `db:"level"`
	}
	if err := s.db.Select(ctx, &rows, fire, asked.args(at)...); err != nil || len(rows) == 0 {
		return nil, err
	}
	out, done, leveled := make([]Firing, len(rows)), fired{}, false
	for i, r := range rows {
		out[i] = Firing{r.Customer, r.Case, r.Clock, r.Number}
		done.customers, done.cases, done.clocks = append(done.customers, r.Customer), append(done.cases, r.Case), append(done.clocks, r.Clock)
		done.numbers, leveled = append(done.numbers, r.Level), leveled || r.Level > 0
	}
	if _, err := s.db.Exec(ctx, settle, done.args(at)...); err != nil || !leveled {
		return out, err
	}
	_, err := s.db.Exec(ctx, charge, done.args(at)...)
	return out, err
}
