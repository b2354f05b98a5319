package reminder

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// chunk is how many contacts are announced in one transaction: it bounds memory, and how long their customers are held.
const chunk = 500

// What is found is what of the owner's today makes it due. No zone is further than a day from UTC, which lets the indexes find the few that may be; states 1, 2 and 5 are
// planned, reserved and without a day, activity 13 is a message.
const (
	from = `select c.customer_id, c.contact_id, c.owner, c.activity, c.day, c.window_end, %MARK% as mark
	from contacts c join customers k on k.customer_id = c.customer_id left join owners o on o.owner = c.owner
	cross join lateral (select cast(cast($1 as timestamptz) at time zone coalesce(nullif(o.time_zone, ''), $2) as date) as today) as t
	where k.delete_time is null and c.state in (1, 2, 5) and `

	// The order of the indexes, so that a chunk costs a chunk.
	until = `
	order by %ORDER% limit $3`

	utc = `cast(cast($1 as timestamptz) at time zone 'UTC' as date)`

	// Who puts a contact behind its window has until then.
	isOver = `c.announced = 1 and c.activity <> 13 and c.window_end <= ` + utc + ` and greatest(c.day, c.window_end) < t.today`

	isDue = `c.announced = 0 and c.activity <> 13
		and least(c.day, c.window_end) <= ` + utc + ` + 1 + cast($4 as integer) and least(c.day, c.window_end) <= t.today + cast($4 as integer)`

	isAsked = `c.announced = 0 and c.activity = 13 and least(c.day, c.window_end) <= ` + utc + ` + 1 and c.day <= t.today and c.window_end >= t.today
		and not (cast($4 as boolean) and exists (select from concerns n where n.customer_id = c.customer_id and n.major and n.resolve_time is null))
		and (cardinality(c.people) = 0 or exists (
			select from people p where p.customer_id = c.customer_id and p.person_id = any(c.people)
			and case when cast($6 as boolean) then planning_media(p.granted_media, p.granted_for, p.denied_for, case c.origin when 2 then 4 else 0 end) && cast($5 as integer[])
				else cardinality(cast($5 as integer[])) = 0 or not cast($5 as integer[]) <@ planning_media(p.denied_media, p.denied_for, p.granted_for, case c.origin when 2 then 4 else 0 end) end
		))`

	// Over in every zone: it will not be asked for any more, and need not be looked at again.
	isPast = `c.announced = 0 and c.activity = 13 and least(c.day, c.window_end) < ` + utc + ` and c.window_end < t.today`

	// Only what is still as it was found: somebody may have moved it meanwhile.
	mark = `update contacts c set announced = n.mark
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as smallint[]), cast($4 as date[]), cast($5 as date[]))
		as n (customer_id, contact_id, mark, day, window_end)
	where c.customer_id = n.customer_id and c.contact_id = n.contact_id and c.announced < n.mark and c.state in (1, 2, 5)
		and c.day is not distinct from n.day and c.window_end = n.window_end
	returning c.customer_id, c.contact_id, c.owner, c.activity, c.day, c.window_end, c.announced as mark`
)

// Store finds and marks contacts.
type Store struct{ db *postgres.DB }

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

// search is a way to find what is to be announced.
type search struct {
	query string
	args  []any
	// silent marks and says nothing.
	silent bool
}

// searches are all there are, by the settings in force.
func searches(now time.Time, numbers *settings.Numbers) []search {
	const day = "least(c.day, c.window_end)"
	zone := numbers.Zone.String()
	all := []search{
		{query: finding("2", isOver, "c.window_end"), args: []any{now, zone, chunk}},
		{query: finding("case when greatest(c.day, c.window_end) < t.today then 2 else 1 end", isDue, day), args: []any{now, zone, chunk, numbers.Reaction.DueDays}},
		{query: finding("2", isPast, day), args: []any{now, zone, chunk}, silent: true},
	}
	if kind, permitted := numbers.Kinds[Message]; permitted {
		all = append(all, search{
			query: finding("1", isAsked, day),
			args:  []any{now, zone, chunk, numbers.ConcernBlocked[Message], pq.Array(postgres.OrEmpty(kind.Media)), kind.ConsentRequired},
		})
	}
	return all
}

// step announces a chunk of what a search finds, and says whether there may be more. Events and marks are one transaction: whatever it is cut off by, each is said once.
func (s *Store) step(ctx context.Context, of search, now time.Time) (more bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		var found []Reminder
		if err := s.db.Select(ctx, &found, of.query, of.args...); err != nil || len(found) == 0 {
			return err
		}
		held, err := aggregate.Hold(ctx, s.db, customers(found))
		if err != nil {
			return err
		}
		marked, err := s.mark(ctx, found, held)
		if err != nil {
			return err
		}
		// What changed between finding and holding is left for the next time, so that it cannot be found for ever.
		more = len(found) == chunk && len(marked) > 0
		if of.silent {
			return nil
		}
		records := make([]history.Record, len(marked))
		for i := range marked {
			if records[i], err = marked[i].announcement(ctx, now); err != nil {
				return err
			}
		}
		return aggregate.Record(ctx, s.db, held, records)
	})
	return more, err
}

// mark notes what is announced of living customers that are held, and returns it.
func (s *Store) mark(ctx context.Context, found []Reminder, held map[uuid.UUID]*aggregate.Held) ([]Reminder, error) {
	var ids, contacts []uuid.UUID
	var marks []int64
	var days, ends []*string
	for i := range found {
		r := &found[i]
		if h := held[r.Customer]; h == nil || h.Deleted {
			continue
		}
		ids, contacts, marks = append(ids, r.Customer), append(contacts, r.ID), append(marks, int64(r.Mark))
		days, ends = append(days, date(r.Day)), append(ends, date(&r.WindowEnd))
	}
	var marked []Reminder
	err := s.db.Select(ctx, &marked, mark, pq.Array(ids), pq.Array(contacts), pq.Array(marks), pq.Array(days), pq.Array(ends))
	return marked, err
}

func date(day *time.Time) *string {
	if day == nil {
		return nil
	}
	text := day.Format(time.DateOnly)
	return &text
}

func customers(found []Reminder) []uuid.UUID {
	ids := make([]uuid.UUID, len(found))
	for i := range found {
		ids[i] = found[i].Customer
	}
	return ids
}
