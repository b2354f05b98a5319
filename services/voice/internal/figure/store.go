package figure

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store counts.
type Store struct{ db *postgres.DB }

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

// Of the states of cases 6 to 8 are over; of those of clocks 1 and 2 are open, 3 is met, 4 missed, 5 cancelled; of timeline entries kind 1 is a step.
//
// A case that was open at an instant of the past is told by its last step before it that began or ended its work: what the case is now does not say.
const count = `with scoped as (
	select %[1]s as key, c.*
	from cases c join customers k on k.customer_id = c.customer_id
	where k.delete_time is null and guanxi_covers(k.territory, $4) and ($3 = '' or c.assignee = $3) and (cast($5 as text) is null or %[1]s > $5)
), cohort as materialized (
	select key, customer_id, case_id, major, first_response_time, resolve_time, close_time, reopen_count,
		case when first_response_time is not null then greatest(floor(extract(epoch from first_response_time - received_time))::bigint, 0) end as answer,
		case when resolve_time is not null then greatest(floor(extract(epoch from resolve_time - received_time))::bigint, 0) end as solution
	from scoped where received_time >= $1 and received_time < $2
), counted as (
	select key, count(*) as received, count(*) filter (where major) as major, count(first_response_time) as responded, count(resolve_time) as resolved,
		count(close_time) as closed, count(*) filter (where reopen_count > 0) as reopened,
		count(*) filter (where resolve_time is not null or close_time is not null or reopen_count > 0) as finished,
		%[3]s
	from cohort group by key
), timed as materialized (
	select h.key, c.measure, c.rule_id, c.state, case when c.state in (3, 4) and c.measure = 1 then c.used_seconds end as answer_worked,
		case when c.state in (3, 4) and c.measure = 2 then c.used_seconds end as solution_worked,
		case when c.state = 3 then 1 when c.state = 4 then 2 when c.breach_time is not null or c.due_time <= $6 then 3 else 4 end as result
	from cohort h join clocks c on c.customer_id = h.customer_id and c.case_id = h.case_id
	where c.state <> 5
), worked as (
	select key, %[4]s
	from timed group by key
), rules as (
	select key, json_agg(json_build_object('rule', rule_id, 'measure', measure, 'met', met, 'missed', missed, 'overdue', overdue, 'pending', pending)
		order by rule_id, measure) as rules
	from (
		select key, rule_id, measure, count(*) filter (where result = 1) as met, count(*) filter (where result = 2) as missed,
			count(*) filter (where result = 3) as overdue, count(*) filter (where result = 4) as pending
		from timed group by key, rule_id, measure
	) r group by key
), standing as (
	select key, major, received_time, width_bucket(extract(epoch from $7 - received_time)::bigint, cast($8 as bigint[])) as bucket
	from scoped s
	where received_time < $7 and case
		when $7 >= $6 then state < 6
		when state >= 6 and reopen_count = 0 then coalesce(least(resolve_time, close_time) >= $7, false)
		when reopen_count = 0 then true
		else coalesce((
			select t.data ->> 'verb' = 'reopen' from timeline t
			where t.customer_id = s.customer_id and t.case_id = s.case_id and t.kind = 1 and t.occur_time < $7 and t.data ->> 'verb' in ('resolve', 'close', 'reopen')
			order by t.number desc limit 1
		), true)
	end
), aged as (
	select key, sum(n) as backlog, sum(major) as backlog_major, min(oldest) as oldest, json_object_agg(bucket, n) as ageing
	from (
		select key, bucket, count(*) as n, count(*) filter (where major) as major, min(received_time) as oldest from standing group by key, bucket
	) b group by key
)
select key, %[2]s, g.rules, a.ageing, a.oldest
from counted c full join worked w using (key) full join rules g using (key) full join aged a using (key)
order by key
limit $9`

// statistics are the count, mean, median and ninetieth percentile of columns.
func statistics(columns ...string) string {
	var all []string
	for _, column := range columns {
		all = append(all, strings.ReplaceAll(`count(X) as "X.count", round(avg(X), 3) as "X.mean",
		cast(percentile_cont(0.5) within group (order by X) as numeric) as "X.median",
		cast(percentile_disc(0.9) within group (order by X) as numeric) as "X.p90"`, "X", column))
	}
	return strings.Join(all, ", ")
}

// attained is how many clocks of a measure came out how.
func attained(name string, measure int) string {
	var all []string
	for i, result := range results {
		all = append(all, fmt.Sprintf(`count(*) filter (where measure = %d and result = %d) as "%s.%s"`, measure, i+1, name, result))
	}
	return strings.Join(all, ", ")
}

// results are what came of clocks, numbered from 1.
var results = []string{"met", "missed", "overdue", "pending"}

// columns are those of a figure: counts are 0 where there is nothing, the others null.
func columns() string {
	numbers := []string{"received", "major", "responded", "resolved", "closed", "finished", "reopened", "backlog", "backlog_major"}
	var all []string
	for _, part := range []string{"answer", "answer_worked", "solution", "solution_worked"} {
		numbers = append(numbers, part+".count")
		for _, statistic := range []string{"mean", "median", "p90"} {
			all = append(all, `"`+part+"."+statistic+`"`)
		}
	}
	for _, part := range []string{"answered", "solved"} {
		for _, result := range results {
			numbers = append(numbers, part+"."+result)
		}
	}
	for _, number := range numbers {
		all = append(all, `coalesce("`+number+`", 0) as "`+number+`"`)
	}
	return strings.Join(all, ", ")
}

// keys are what cases are grouped by, as text in the order of bytes.
var keys = map[Group]string{
	All:           `''`,
	ByAssignee:    `c.assignee collate "C"`,
	ByOwner:       `k.owner collate "C"`,
	ByTerritory:   `k.territory collate "C"`,
	ByClass:       `to_char(k.class, 'FM00000') collate "C"`,
	BySeverity:    `to_char(c.severity, 'FM00000') collate "C"`,
	ByRequest:     `to_char(c.request_kind, 'FM00000') collate "C"`,
	ByProductLine: `c.product_line collate "C"`,
}

var queries = func() map[Group]string {
	all := map[Group]string{}
	taken := statistics("answer", "solution")
	worked := strings.Join([]string{statistics("answer_worked", "solution_worked"), attained("answered", 1), attained("solved", 2)}, ", ")
	for group, key := range keys {
		all[group] = fmt.Sprintf(count, key, columns(), taken, worked)
	}
	return all
}()

// Ask is what is asked for.
type Ask struct {
	From, To time.Time // To is behind the end
	Group    Group
	Assignee string  // empty: all
	After    *string // the key that the page goes on behind; nil: from the beginning
	Limit    int
}

// Count counts for the caller, with the edges between the ages of open cases.
func (s *Store) Count(ctx context.Context, a *Ask, now time.Time, edges []time.Duration) ([]Figure, error) {
	seconds := make(pq.Int64Array, len(edges))
	for i, edge := range edges {
		seconds[i] = int64(edge / time.Second)
	}
	at := a.To
	if now.Before(at) {
		at = now
	}
	var rows []struct {
		Figure
		Rules  postgres.JSON[[]RuleAttainment] `db:"rules"`
		Ageing postgres.JSON[map[int]int64]    `db:"ageing"`
	}
	err := s.db.Select(ctx, &rows, queries[a.Group], a.From, a.To, a.Assignee, auth.From(ctx).Scope(), a.After, now, at, seconds, a.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Figure, len(rows))
	for i, r := range rows {
		out[i] = r.Figure
		out[i].Rules, out[i].Ageing = r.Rules.V, make([]int64, len(edges)+1)
		for bucket, n := range r.Ageing.V {
			out[i].Ageing[bucket] = n
		}
	}
	return out, nil
}
