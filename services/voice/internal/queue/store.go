package queue

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Store reads the queue.
type Store struct {
	db       *postgres.DB
	settings *settings.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, numbers *settings.Store) *Store {
	return &Store{db: db, settings: numbers}
}

// The parameters are the instant, the costs by severity, the weights by class and the caller's territories; those of the filter follow. Cases of states below 6 are open; clocks of
// states 1 and 2 run and stand still. Working time is reckoned as voice_worked does, which called for each clock would take several times as long: of the instant once for each
// calendar, of each clock's start by one lookup. What the calendar's spans do not cover counts by the wall clock, which puts a case that is years old in front.
const (
	elapsed = `k.used_seconds + case when k.state <> 1 then 0 when k.running_since >= v.spans_from then coalesce(v.seconds - coalesce((
			select s.seconds_before + cast(floor(extract(epoch from least(s.end_time, k.running_since) - s.start_time)) as bigint)
			from calendar_spans s where s.calendar_id = k.calendar_id and s.version = k.calendar_version and s.start_time <= k.running_since
			order by s.start_time desc limit 1
		), 0), wall.seconds) else wall.seconds end`

	selectQueue = `with calendars as materialized (
		select calendar_id, version, spans_from, voice_seconds_before(calendar_id, version, $1) as seconds from business_calendar_versions
	), asked as materialized (
		select f.customer_id, f.case_id, f.title, f.severity, f.major, f.state, f.assignee, f.desk_id, f.received_time,
			(cast($2 as numeric[]))[f.severity + 1] as cost, (cast($3 as numeric[]))[c.class + 1] as weight
		from cases f join customers c on c.customer_id = f.customer_id
		where f.state < 6 and c.delete_time is null and guanxi_covers(c.territory, $4) %s
	), measured as (
		select a.customer_id, a.case_id, k.clock_id, k.measure, k.state, k.target_seconds, k.due_time, e.elapsed,
			round(a.cost * e.elapsed * e.elapsed / (cast(greatest(k.target_seconds, 1) as numeric) * greatest(k.target_seconds, 1)), 4) as clock_loss
		from asked a join clocks k on (k.customer_id, k.case_id) = (a.customer_id, a.case_id) and k.state in (1, 2)
		left join calendars v on v.calendar_id = k.calendar_id and v.version = k.calendar_version
		cross join lateral (select greatest(0, cast(extract(epoch from $1 - k.running_since) as bigint)) as seconds) wall
		cross join lateral (select greatest(0, ` + elapsed + `) as elapsed offset 0) e -- reckoned once
	), ranked as (
		select a.customer_id, a.case_id, a.title, a.severity, a.major, a.state, a.assignee, a.desk_id, a.received_time, a.cost, a.weight,
			round(coalesce(m.loss, 0) * a.weight, 4) as loss
		from asked a left join (select case_id, sum(clock_loss) as loss from measured group by case_id) m on m.case_id = a.case_id
	), page as (
		select customer_id, case_id, title, severity, major, state, assignee, desk_id, received_time, cost, weight, loss from ranked %s
		order by loss desc, case_id limit %d
	)
	select p.customer_id, p.case_id, p.title, p.severity, p.major, p.state as case_state, p.assignee, p.desk_id, p.received_time, p.cost, p.weight, p.loss,
		m.clock_id, coalesce(m.measure, 0) as measure, coalesce(m.state, 0) as clock_state, coalesce(m.target_seconds, 0) as target_seconds, m.due_time,
		coalesce(m.elapsed, 0) as elapsed, coalesce(m.clock_loss, 0) as clock_loss
	from page p left join measured m on m.case_id = p.case_id
	order by p.loss desc, p.case_id, m.measure`
)

// paused is the state of a clock that stands still.
const paused = 2

// row is a clock of a case, or a case without one.
type row struct {
	Customer  uuid.UUID       `db:"customer_id"`
	Case      uuid.UUID       `db:"case_id"`
	Title     string          `db:"title"`
	Severity  int16           `db:"severity"`
	Major     bool            `db:"major"`
	State     int16           `db:"case_state"`
	Assignee  string          `db:"assignee"`
	Desk      uuid.NullUUID   `db:"desk_id"`
	Received  time.Time       `db:"received_time"`
	Cost      decimal.Decimal `db:"cost"`
	Weight    decimal.Decimal `db:"weight"`
	Loss      decimal.Decimal `db:"loss"`
	Clock     uuid.NullUUID   `db:"clock_id"`
	Measure   int16           `db:"measure"`
	Clocked   int16           `db:"clock_state"`
	Target    int64           `db:"target_seconds"`
	Due       *time.Time      `db:"due_time"`
	Elapsed   int64           `db:"elapsed"`
	ClockLoss decimal.Decimal `db:"clock_loss"`
}

// List reads size cases from a position on, and one more if there is, by the numbers that were in force at its instant.
func (s *Store) List(ctx context.Context, f Filter, from Position, size int, q *settings.Queue) ([]*Entry, error) {
	args := []any{from.AsOf, decimals(q.Costs[:]), decimals(q.Weights[:]), auth.From(ctx).Scope()}
	bind := func(value any) int {
		args = append(args, value)
		return len(args)
	}
	where, behind := f.sql(bind), ""
	if from.After != nil {
		loss, id := bind(from.After.Loss), bind(from.After.Case)
		behind = fmt.Sprintf("where loss < cast($%[1]d as numeric) or loss = cast($%[1]d as numeric) and case_id > $%[2]d", loss, id)
	}
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, fmt.Sprintf(selectQueue, where, behind, size+1), args...); err != nil {
		return nil, err
	}
	return gather(rows), nil
}

// sql is the filter as further conditions.
func (f *Filter) sql(bind func(any) int) string {
	var b strings.Builder
	add := func(condition string, value any) { fmt.Fprintf(&b, " and "+condition, bind(value)) }
	if f.Desk.Valid {
		add("f.desk_id = $%d", f.Desk.UUID)
	}
	if f.Assignee != "" || f.Unassigned {
		add("f.assignee = $%d", f.Assignee)
	}
	if len(f.Severities) > 0 {
		add("f.severity = any($%d)", pq.Array(f.Severities))
	}
	if len(f.States) > 0 {
		add("f.state = any($%d)", pq.Array(f.States))
	}
	return b.String()
}

// gather makes cases of rows, which come in their order.
func gather(rows []row) []*Entry {
	var out []*Entry
	for i := range rows {
		r := &rows[i]
		if len(out) == 0 || out[len(out)-1].Case != r.Case {
			out = append(out, &Entry{
				Customer: r.Customer, Case: r.Case, Title: r.Title, Severity: r.Severity, Major: r.Major, State: r.State, Assignee: r.Assignee, Desk: r.Desk,
				Received: r.Received, Weight: r.Weight, Cost: r.Cost, Loss: r.Loss,
			})
		}
		if e := out[len(out)-1]; r.Clock.Valid {
			e.Clocks = append(e.Clocks, Clock{
				ID: r.Clock.UUID, Measure: r.Measure, Paused: r.Clocked == paused, Elapsed: r.Elapsed, Target: r.Target, Due: r.Due, Loss: r.ClockLoss,
			})
		}
	}
	return out
}

func decimals(of []decimal.Decimal) pq.StringArray {
	out := make(pq.StringArray, len(of))
	for i, d := range of {
		out[i] = d.String()
	}
	return out
}
