package figure

import (
	"context"
	"fmt"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Store counts contacts.
type Store struct{ db *postgres.DB }

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

// Of the states of contacts: 1 planned, 2 reserved, 3 done, 4 cancelled, 5 not placed. Origin 1 is the policy, 2 a special date of a person, activity 13 a message.
//
// Every contact gets its owner's today, and by it what it is. It is counted for each customer of a group first, as a customer of the policy counts once.
const count = `with zones as (
	select owner, z.name, cast(cast($7 as timestamptz) at time zone z.name as date) as today
	from owners cross join lateral (select coalesce(nullif(time_zone, ''), $8) as name) as z
), usual as materialized (
	select cast(cast($7 as timestamptz) at time zone $8 as date) as today
), counted as (
	select c.customer_id, %s as key, c.state, c.origin, c.minutes, c.responded, c.outcome, c.announced, c.activity = 13 as message,
		c.state in (1, 2, 5) as open, c.window_end, least(c.day, c.window_end) as counts_from, coalesce(z.today, u.today) as today,
		case when c.state = 3 then cast(c.done_time at time zone coalesce(z.name, $8) as date) end as done_day
	from contacts c join customers k on k.customer_id = c.customer_id left join zones z on z.owner = c.owner cross join usual u
	where c.window_end between $1 and $2 and ($3 = '' or c.owner = $3) and k.delete_time is null and guanxi_covers(k.territory, $4)
		and (c.origin <> 2 or $5) and (cast($6 as text) is null or %[1]s > $6)
), each as (
	select key, customer_id,
		count(*) filter (where state <> 4 and not message) as planned,
		count(*) filter (where state = 3 and not message) as done,
		count(*) filter (where not message and done_day <= window_end) as on_time,
		count(*) filter (where open and not message and window_end >= today and counts_from <= today + cast($9 as integer)) as due,
		count(*) filter (where open and not message and window_end < today) as overdue,
		count(*) filter (where state = 5 and not message) as not_placed,
		count(*) filter (where state = 4) as cancelled,
		count(*) filter (where state <> 4 and not message and origin = 1) as policy_planned,
		count(*) filter (where state = 3 and not message and origin = 1) as policy_done,
		count(*) filter (where state = 3 and not message and responded is not null) as answer_known,
		count(*) filter (where state = 3 and not message and responded) as responded,
		count(*) filter (where state = 3 and not message and responded and outcome <> '') as hits,
		coalesce(sum(minutes) filter (where state <> 4 and not message), 0) as planned_minutes,
		coalesce(sum(minutes) filter (where state = 3 and not message), 0) as used_minutes,
		count(*) filter (where state <> 4 and message) as messages,
		count(*) filter (where state <> 4 and message and (state = 3 or announced = 1)) as messages_asked
	from counted group by key, customer_id
)
select key, sum(planned) as planned, sum(done) as done, sum(on_time) as on_time, sum(due) as due, sum(overdue) as overdue, sum(not_placed) as not_placed,
	sum(cancelled) as cancelled, sum(policy_planned) as policy_planned, sum(policy_done) as policy_done, sum(answer_known) as answer_known,
	sum(responded) as responded, sum(hits) as hits, sum(planned_minutes) as planned_minutes, sum(used_minutes) as used_minutes, sum(messages) as messages,
	sum(messages_asked) as messages_asked, count(*) filter (where policy_planned > 0) as policy_customers,
	count(*) filter (where policy_planned > 0 and policy_done = policy_planned) as covered_customers
from each group by key
order by key
limit $10`

// keys are what contacts are grouped by, as text in the order of bytes.
var keys = map[Group]string{
	All:         `''`,
	ByOwner:     `c.owner collate "C"`,
	ByActivity:  `to_char(c.activity, 'FM00000') collate "C"`,
	ByClass:     `to_char(k.class, 'FM00000') collate "C"`,
	ByTerritory: `k.territory collate "C"`,
}

var queries = func() map[Group]string {
	all := map[Group]string{}
	for group, key := range keys {
		all[group] = fmt.Sprintf(count, key)
	}
	return all
}()

// Ask is what is asked for.
type Ask struct {
	Owner    string // empty: all
	From, To time.Time
	Group    Group
	After    *string // the key that the page goes on behind; nil: from the beginning
	Limit    int
}

// Count counts for the caller.
func (s *Store) Count(ctx context.Context, a Ask, now time.Time, numbers *settings.Numbers) ([]Figure, error) {
	caller := auth.From(ctx)
	var found []Figure
	err := s.db.Select(ctx, &found, queries[a.Group], a.From, a.To, a.Owner, caller.Scope(), caller.Level >= typev1.Level_MANAGER, a.After,
		now, numbers.Zone.String(), numbers.Reaction.DueDays, a.Limit)
	return found, err
}
