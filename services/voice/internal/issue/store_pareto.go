package issue

import (
	"context"
	"database/sql"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/schedule"
)

// Dimension is what cases are counted by; the numbers are those of the API.
type Dimension int16

// Those that the rules name.
const (
	ByTerritory   Dimension = 4
	ByRequestKind Dimension = 5
	ByGroup       Dimension = 6
)

// Period is from a time on and before another; nil: no limit.
type Period struct{ Start, End *time.Time }

// ParetoRow is one product, cause, ... of a Pareto analysis.
type ParetoRow struct {
	Rank       int            `db:"rank"`
	Key        string         `db:"key"`
	Count      int64          `db:"count"`
	Share      float64        `db:"share"`
	Cumulative float64        `db:"cumulative_share"`
	Abc        int16          `db:"abc"`
	NameZh     sql.NullString `db:"name_zh"`
	NameEn     sql.NullString `db:"name_en"`
}

// keys are what a case is counted by. $4 is the depth of a territory.
var keys = map[Dimension]string{
	1:             `c.product_line`,
	2:             `c.product_code`,
	3:             `c.cause`,
	ByTerritory:   `array_to_string((string_to_array(o.territory, '/'))[1:cast($4 as integer)], '/')`,
	ByRequestKind: `cast(c.request_kind as text)`,
	ByGroup:       `coalesce((select 'issueGroups/' || g.group_id from issue_groups g where g.group_id = c.issue_group_id and g.state = 2), '')`,
}

const (
	counted = ` as key, count(*) as count from cases c join customers o using (customer_id)
		where guanxi_covers(o.territory, $1) and ($2::timestamptz is null or c.received_time >= $2) and ($3::timestamptz is null or c.received_time < $3) and cast($4 as integer) is not null
		group by 1`

	// A row is of class A when those before it make up less than A's share.
	ranked = `select row_number() over w as rank, key, count, cast(count / sum(count) over () as float8) as share, cast(sum(count) over w / sum(count) over () as float8) as cumulative_share,
		case when sum(count) over w - count < $5 * sum(count) over () then 1 when sum(count) over w - count < $6 * sum(count) over () then 2 else 3 end as abc
		from counted window w as (order by count desc, key collate "C" rows unbounded preceding)`

	paretoColumns = `rank, key, count, share, cumulative_share, abc, g.name_zh, g.name_en`
)

// Pareto reads a page of an analysis of the cases within the caller's territories, and how many cases these are.
func (s *Store) Pareto(ctx context.Context, plan *listing.Plan, by Dimension, depth int32, p Period) (rows []*ParetoRow, next string, total int64, err error) {
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, "", 0, err
	}
	args := []any{auth.From(ctx).Scope(), p.Start, p.End, depth, n.Issue.A, n.Issue.B}
	from := `(with counted as (select ` + keys[by] + counted + `) ` + ranked + `) p
	left join issue_groups g on p.key like 'issueGroups/%' and p.key = 'issueGroups/' || g.group_id`
	query, args := plan.Query(paretoColumns, from, "", args...)
	var found []struct {
		ParetoRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &found, query, args...); err != nil {
		return nil, "", 0, err
	}
	found, next, err = listing.Page(plan, found)
	for i := range found {
		rows = append(rows, &found[i].ParetoRow)
	}
	if err != nil {
		return nil, "", 0, err
	}
	const count = `select coalesce(sum(count), 0) from (select 1 as one, 1` + counted + `, 2) all_cases`
	err = s.db.Get(ctx, &total, count, auth.From(ctx).Scope(), p.Start, p.End, depth)
	return rows, next, total, err
}

// Jobs keep the groups true.
func (s *Store) Jobs() []schedule.Job {
	return []schedule.Job{{Name: "voice-issue-groups", Cron: "30 2 * * *", MaxCatchUp: 1, Run: s.Daily}}
}
