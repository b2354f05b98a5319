package servicelevel

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store counts, and keeps the targets.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// Of the rule ($7, $8, $9) comparison 1 is by the instant, due 1 requested, done 1 shipped. Of status 1 is in time, 2 late, 3 overdue, 4 pending, 5 undated, 6 untimed.
//
// An order is judged once for each group that it is of. Only of one that nothing is unknown of can it be told that it is perfect.
const count = `with chosen as materialized (
	select c.territory, c.class, o.customer_id, o.order_id, o.order_day, o.documents_correct, o.order_time, o.transmitted_time, o.processed_time, o.assembled_time,
		o.shipped_time, o.delivered_time, o.delivered_day,
		case when cast($8 as smallint) = 1 then o.requested_time else o.promised_time end as due_time,
		case when $8 = 1 then o.requested_day else o.promised_day end as due_day,
		case when cast($9 as smallint) = 1 then o.shipped_time else o.delivered_time end as done_time,
		case when $9 = 1 then o.shipped_day else o.delivered_day end as done_day,
		cast(cast($10 as timestamptz) at time zone c.time_zone as date) as today
	from orders o join customers c on c.customer_id = o.customer_id
	where guanxi_covers(c.territory, $1) and o.order_day between cast($3 as date) and cast($4 as date) and (cast($5 as smallint) = -1 or c.class = $5)
		and case when cast($2 as uuid) is not null then o.customer_id = $2 else c.delete_time is null end
), sums as (
	select l.customer_id, l.order_id, %[2]s as part,
		count(*) filter (where l.quantity > 0) as lines, count(l.filled) filter (where l.quantity > 0) as known,
		count(*) filter (where l.quantity > 0 and l.filled >= l.quantity) as whole,
		count(l.damaged) filter (where l.quantity > 0) as looked_at, count(*) filter (where l.quantity > 0 and l.damaged <= 0) as unharmed,
		sum(l.quantity) filter (where l.quantity > 0 and l.filled is not null) as ordered,
		sum(greatest(least(l.filled, l.quantity), 0)) filter (where l.quantity > 0 and l.filled is not null) as filled,
		sum(l.quantity) filter (where l.quantity > 0 and l.filled is null) as unknown
	from chosen o join order_lines l on l.customer_id = o.customer_id and l.order_id = o.order_id
	where cast($6 as text) = '' or l.product_line = $6
	group by l.customer_id, l.order_id, part
), judged as materialized (
	select %[1]s as key, o.*, s.lines, s.known, s.whole, s.ordered, s.filled, s.unknown, s.customer_id is null or s.lines > 0 as wanted,
		case
			when o.due_time is null then 5
			when o.done_time is not null then case when case when cast($7 as smallint) = 1 then o.done_time <= o.due_time else o.done_day <= o.due_day end then 1 else 2 end
			when o.delivered_time is not null then case when case when $7 = 1 then o.delivered_time <= o.due_time else o.delivered_day <= o.due_day end then 1 else 6 end
			when case when $7 = 1 then $10 > o.due_time else o.today > o.due_day end then 3
			else 4
		end as status,
		case when s.lines > 0 and s.known = s.lines then s.whole = s.lines end as complete,
		case when s.lines > 0 and s.looked_at = s.lines then s.unharmed = s.lines end as undamaged
	from chosen o left join sums s on s.customer_id = o.customer_id and s.order_id = o.order_id
	where $6 = '' or s.customer_id is not null
), graded as (
	select *, case when status = 1 then true when status in (2, 3) then false end and complete and undamaged and documents_correct as perfect,
		status <= 3 and complete is not null and undamaged is not null and documents_correct is not null as all_known
	from judged where wanted
), counted as (
	select key, count(*) as orders,
		count(*) filter (where status = 1) as "on_time.in_time", count(*) filter (where status = 2) as "on_time.late", count(*) filter (where status = 3) as "on_time.overdue",
		count(*) filter (where status = 4) as "on_time.pending", count(*) filter (where status = 5) as "on_time.undated",
		count(*) filter (where status = 6) as "on_time.untimed",
		coalesce(sum(whole), 0) as "line_fill.count", coalesce(sum(known), 0) as "line_fill.known", coalesce(sum(lines - known), 0) as "line_fill.unknown",
		%[3]s,
		count(*) filter (where all_known and perfect) as "perfect.count", count(*) filter (where all_known) as "perfect.known",
		count(*) filter (where not all_known) as "perfect.unknown", count(*) filter (where not all_known and not perfect) as unknown_imperfect,
		count(ordered) as "quantity.orders", coalesce(sum(ordered), 0) as "quantity.ordered", coalesce(sum(filled), 0) as "quantity.filled",
		coalesce(sum(unknown), 0) as "quantity.unknown", coalesce(sum(ordered * ordered), 0) as "quantity.ordered_squares",
		coalesce(sum(filled * filled), 0) as "quantity.filled_squares", coalesce(sum(ordered * filled), 0) as "quantity.products"
	from graded group by key
), spans as (
	select j.key, p.part, cast(extract(epoch from p.ended - p.began) * 1000000 as bigint) as span
	from judged j cross join lateral (values
		(1, j.order_time, j.transmitted_time), (2, j.transmitted_time, j.processed_time), (3, j.processed_time, j.assembled_time), (4, j.assembled_time, j.shipped_time),
		(5, j.shipped_time, j.delivered_time), (6, j.order_time, j.shipped_time), (7, j.order_time, j.delivered_time)
	) as p (part, began, ended)
	where j.wanted and p.began is not null and p.ended is not null
), timed as (
	select key, part, count(*) filter (where span >= 0) as count, count(*) filter (where span < 0) as negative,
		sum(span) filter (where span >= 0) as sum, max(span) filter (where span >= 0) as max, var_samp(span) filter (where span >= 0) as variance,
		cast(percentile_cont(0.5) within group (order by span) filter (where span >= 0) as numeric) as median,
		percentile_disc(0.9) within group (order by span) filter (where span >= 0) as p90
	from spans group by key, part
), cut as (
	select key, part, json_object_agg(bucket, n) as buckets
	from (
		select key, part, width_bucket(span, cast($11 as bigint[])) as bucket, count(*) as n from spans where span >= 0 group by key, part, bucket
	) b group by key, part
), cycles as (
	select t.key, json_agg(json_build_object('part', t.part, 'count', t.count, 'negative', t.negative, 'sum', t.sum, 'median', t.median, 'p90', t.p90,
		'max', t.max, 'variance', t.variance, 'in_buckets', c.buckets)) as cycles
	from timed t left join cut c on c.key = t.key and c.part = t.part
	group by t.key
), returned as (
	select key, count(*) as returns from judged where not wanted group by key
)
select key, %[4]s, y.cycles
from counted c full join returned r using (key) left join cycles y using (key)
where cast($12 as text) is null or key > $12
order by key limit $13`

// shares are how many orders, of those of which it is known, something is true of.
func shares() string {
	var all []string
	for _, s := range [][2]string{{"order_fill", "complete"}, {"damage_free", "undamaged"}, {"documents", "documents_correct"}} {
		all = append(all, fmt.Sprintf(`count(*) filter (where %[2]s) as "%[1]s.count", count(%[2]s) as "%[1]s.known", count(*) filter (where %[2]s is null) as "%[1]s.unknown"`,
			s[0], s[1]))
	}
	return strings.Join(all, ", ")
}

// counts are the columns of a level, 0 where a group has returns only.
func counts() string {
	names := []string{
		"orders", "returns", "on_time.in_time", "on_time.late", "on_time.overdue", "on_time.pending", "on_time.undated", "on_time.untimed", "unknown_imperfect", "quantity.orders",
		"quantity.ordered", "quantity.filled", "quantity.unknown", "quantity.ordered_squares", "quantity.filled_squares", "quantity.products",
	}
	for _, share := range []string{"line_fill", "order_fill", "damage_free", "documents", "perfect"} {
		names = append(names, share+".count", share+".known", share+".unknown")
	}
	for i, name := range names {
		names[i] = fmt.Sprintf(`coalesce("%[1]s", 0) as "%[1]s"`, name)
	}
	return strings.Join(names, ", ")
}

// keys are what orders are grouped by, as text in the order of bytes.
var keys = map[Group]string{
	All:           `''`,
	ByProductLine: `coalesce(s.part, '') collate "C"`,
	ByTerritory:   `o.territory collate "C"`,
	ByClass:       `to_char(o.class, 'FM00000') collate "C"`,
	ByMonth:       `to_char(o.order_day, 'YYYY-MM') collate "C"`,
}

var queries = func() map[Group]string {
	all := map[Group]string{}
	for group, key := range keys {
		part := `''`
		if group == ByProductLine {
			part = `l.product_line`
		}
		all[group] = fmt.Sprintf(count, key, part, shares(), counts())
	}
	return all
}()

// Ask is what is asked for.
type Ask struct {
	From, To    time.Time // days; To is the last one
	Group       Group
	Customer    *uuid.UUID // nil: all
	ProductLine string     // empty: all
	Class       int16      // AnyClass: all
	Rule        Rule
	At          time.Time // as of when
	Edges       []int32   // between the buckets, in days
	After       *string   // the key that the page goes on behind; nil: from the beginning
	Limit       int
}

// Count counts for the caller.
func (s *Store) Count(ctx context.Context, a *Ask) ([]Level, error) {
	edges := make(pq.Int64Array, len(a.Edges))
	for i, days := range a.Edges {
		edges[i] = int64(days) * day.IntPart()
	}
	var rows []struct {
		Level
		Timed postgres.JSON[[]struct {
			Cycle
			InBuckets map[int]int64 `json:"in_buckets"`
		}] `db:"cycles"`
	}
	err := s.db.Select(ctx, &rows, queries[a.Group], auth.From(ctx).Scope(), a.Customer, a.From, a.To, a.Class, a.ProductLine, a.Rule.Comparison, a.Rule.Due, a.Rule.Done,
		a.At, edges, a.After, a.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Level, len(rows))
	for i, r := range rows {
		some := make([]Cycle, len(r.Timed.V))
		for j, c := range r.Timed.V {
			some[j] = c.Cycle
			some[j].Buckets = make([]int64, len(edges)+1)
			for bucket, n := range c.InBuckets {
				some[j].Buckets[bucket] = n
			}
		}
		out[i] = r.Level
		out[i].Cycles = complete(some, r.Orders, len(edges)+1)
	}
	return out, nil
}
