package evaluation

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Relationship is where one stands in a fiscal year; levels are 0 where there is none.
type Relationship struct {
	Customer   uuid.UUID `db:"customer_id"`
	Kind       Kind      `db:"kind"`
	Person     uuid.UUID `db:"person_id"`
	Department string    `db:"department"`
	Owner      string    `db:"owner"`
	Baseline   Level     `db:"baseline"`
	Target     Level     `db:"target"`
	Actual     Level     `db:"actual"`
	Last       Level     `db:"last"`     // of phase actual, whatever the year
	Previous   Level     `db:"previous"` // the one before
	Ladder     int16     `db:"rung"`
	Gap        int32     `db:"gap"`
	Day        time.Time `db:"day"`
}

// Of each relationship the latest of each phase. A gap counts from neutral where nothing has been judged but the target.
const relationships = `(
	select s.customer_id, s.kind, s.person_id, s.department, s.day, s.baseline, s.target, s.actual, s.last, s.previous, c.owner, coalesce(l.rung, 0) as rung,
		case when target = 0 then 0 else target - coalesce(nullif(actual, 0), nullif(baseline, 0), 2) end as gap,
		s.customer_id || ' ' || s.kind || ' ' || s.person_id || ' ' || s.folded as subject
	from (
		select customer_id, kind, person_id, lower(department) as folded, max(department) as department, max(evaluation_day) as day,
			coalesce((array_agg(level order by evaluation_day desc, evaluation_id desc) filter (where phase = 1 and fiscal_year = $1))[1], 0) as baseline,
			coalesce((array_agg(level order by evaluation_day desc, evaluation_id desc) filter (where phase = 2 and fiscal_year = $1))[1], 0) as target,
			coalesce((array_agg(level order by evaluation_day desc, evaluation_id desc) filter (where phase = 3 and fiscal_year = $1))[1], 0) as actual,
			coalesce((array_agg(level order by evaluation_day desc, evaluation_id desc) filter (where phase = 3))[1], 0) as last,
			coalesce((array_agg(level order by evaluation_day desc, evaluation_id desc) filter (where phase = 3))[2], 0) as previous
		from evaluations
		where fiscal_year <= $1 and ($2::uuid is null or customer_id = $2)
		group by customer_id, kind, person_id, lower(department)
	) s
	join customers c using (customer_id)
	left join ladders l using (customer_id, person_id)
	where guanxi_covers(c.territory, $3) and ($2::uuid is not null or c.delete_time is null)
) r`

const relationshipColumns = `r.customer_id, r.kind, r.person_id, r.department, r.owner, r.baseline, r.target, r.actual, r.last, r.previous, r.rung, r.gap, r.day`

// Relationships reads a page of the relationships of a customer or, with resource.Any, of all within the caller's territories.
func (s *Store) Relationships(ctx context.Context, plan *listing.Plan, customer uuid.UUID, year int) ([]Relationship, string, error) {
	var one *uuid.UUID
	if customer != resource.Any {
		if err := aggregate.Visible(ctx, s.db, customer); err != nil {
			return nil, "", err
		}
		one = &customer
	}
	query, args := plan.Query(relationshipColumns, relationships, "", year, one, auth.From(ctx).Scope())
	var rows []struct {
		Relationship
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]Relationship, len(rows))
	for i := range rows {
		out[i] = rows[i].Relationship
	}
	return out, next, err
}
