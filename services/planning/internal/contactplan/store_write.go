package contactplan

import (
	"context"
	"time"

	"github.com/lib/pq"
)

// columns are what a new contact is written with; the table knows the rest.
var columns = []string{
	"customer_id", "contact_id", "owner", "activity", "role", "origin", "source", "period_start", "number", "window_start", "window_end", "day", "minutes", "people",
	"state", "obstacle", "purpose", "create_time", "update_time",
}

// write stores all changes by three statements at most.
func (s *Store) write(ctx context.Context, f *frame, c *changes) error {
	if err := s.remove(ctx, c.gone); err != nil {
		return err
	}
	if err := s.alter(ctx, f, c.altered); err != nil {
		return err
	}
	if len(c.added) == 0 {
		return nil
	}
	texts := map[int]string{}
	date := func(day int) string {
		text, ok := texts[day]
		if !ok {
			text = midnightOf(day).Format(time.DateOnly)
			texts[day] = text
		}
		return text
	}
	return s.db.CopyIn(ctx, "contacts", columns, func(yield func([]any) bool) {
		values := make([]any, len(columns))
		for i := range c.added {
			r := &c.added[i]
			var day, period any
			if r.Day != nil {
				day = date(*r.Day)
			}
			if r.Period != 0 {
				period = date(r.Period)
			}
			copy(values, []any{
				r.Customer, r.ID, r.Owner, r.Activity, r.Role, int16(r.Origin), r.Source, period, r.Number, date(r.First), date(r.Last), day, r.Minutes, people(r),
				int16(r.State), r.Obstacle, r.Purpose, f.now, f.now,
			})
			if !yield(values) {
				return
			}
		}
	})
}

// people is the array of a row as text.
func people(r *row) string {
	if len(r.People) == 0 {
		return "{}"
	}
	return "{" + r.People[0] + "}" // the planner names one at most; more are only kept
}

const alterRows = `update contacts t set owner = n.owner, source = n.source, window_start = date '1970-01-01' + n.first, window_end = date '1970-01-01' + n.last,
		day = date '1970-01-01' + n.day, start_time = case when t.day = date '1970-01-01' + n.day then t.start_time end, minutes = n.minutes,
		people = case when n.person = '' then '{}' when n.person = '*' then t.people else array[cast(n.person as uuid)] end,
		state = n.state, obstacle = n.obstacle, purpose = n.purpose, revision = t.revision + 1, update_time = $13,
		announced = case when t.window_end = date '1970-01-01' + n.last then t.announced else 0 end
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as text[]), cast($4 as text[]), cast($5 as integer[]), cast($6 as integer[]), cast($7 as integer[]),
			cast($8 as integer[]), cast($9 as text[]), cast($10 as smallint[]), cast($11 as smallint[]), cast($12 as text[]))
		as n (customer_id, contact_id, owner, source, first, last, day, minutes, person, state, obstacle, purpose)
	where t.customer_id = n.customer_id and t.contact_id = n.contact_id`

// alter writes contacts again that are there.
func (s *Store) alter(ctx context.Context, f *frame, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	n := len(rows)
	customers, ids, owners, sources := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	first, last, minutes, states, obstacles := make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	days, persons, purposes := make([]*int, n), make([]string, n), make([]string, n)
	for i := range rows {
		r := &rows[i]
		customers[i], ids[i], owners[i], sources[i], purposes[i] = r.Customer.String(), r.ID.String(), r.Owner, r.Source, r.Purpose
		first[i], last[i], minutes[i], states[i], obstacles[i] = int32(r.First), int32(r.Last), r.Minutes, int32(r.State), int32(r.Obstacle)
		days[i] = r.Day
		switch len(r.People) {
		case 0:
		case 1:
			persons[i] = r.People[0]
		default:
			persons[i] = "*"
		}
	}
	_, err := s.db.Exec(ctx, alterRows, pq.Array(customers), pq.Array(ids), pq.Array(owners), pq.Array(sources), pq.Array(first), pq.Array(last), pq.Array(days),
		pq.Array(minutes), pq.Array(persons), pq.Array(states), pq.Array(obstacles), pq.Array(purposes), f.now)
	return err
}

// What has been agreed, moved or made in between stays.
const removeRows = `delete from contacts t using unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (customer_id, contact_id)
	where t.customer_id = n.customer_id and t.contact_id = n.contact_id and t.state in (1, 5) and not t.pinned and t.activity_id is null`

// remove takes away what nobody demands any more: nothing has come of it, and nobody was told.
func (s *Store) remove(ctx context.Context, rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	customers, ids := make([]string, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		customers[i], ids[i] = r.Customer.String(), r.ID.String()
	}
	_, err := s.db.Exec(ctx, removeRows, pq.Array(customers), pq.Array(ids))
	return err
}
