package standing

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// standing is where one customer stands, with the facts behind it.
type standing struct {
	Place
	Value        decimal.Decimal `db:"value"`
	Contribution decimal.Decimal `db:"contribution"`
	ClassDay     *time.Time      `db:"class_day"`
	TierDay      *time.Time      `db:"tier_day"`
	StageDay     *time.Time      `db:"stage_day"`
	FirstDay     *time.Time      `db:"first_day"`
	LastDay      *time.Time      `db:"last_day"`
	OrderDays    int32           `db:"order_days"`
	Cause        string          `db:"cause"`
	Reference    string          `db:"reference"`
}

// Of a customer that has just come there is no standing yet: all is 0 then. The cause is that of the last move in the lifecycle.
const selectStanding = `select coalesce(s.class, 0) as class, coalesce(s.abc, 0) as abc, coalesce(s.tier, 0) as tier, coalesce(s.inner_level, 0) as inner_level,
		coalesce(s.stage, 0) as stage, coalesce(s.role, 0) as role, coalesce(s.engagement, 0) as engagement,
		coalesce(s.value, 0) as value, coalesce(s.contribution, 0) as contribution, s.class_day, s.tier_day, s.stage_day,
		m.first_day, m.last_day, coalesce(m.order_days, 0) as order_days, coalesce(v.cause, '') as cause, coalesce(v.reference, '') as reference
	from customers c left join standings s using (customer_id) left join measures m using (customer_id)
		left join lateral (select cause, reference from standing_moves v where v.customer_id = c.customer_id and v.dimension >= 5
			order by v.record_time desc, v.move_id desc limit 1) v on true
	where c.customer_id = $1 and guanxi_covers(c.territory, $2)`

// get reads where a customer stands.
func (s *Store) get(ctx context.Context, id uuid.UUID) (standing, error) {
	var at standing
	err := s.db.Get(ctx, &at, selectStanding, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return at, resource.Missing(ctx, aggregate.Name(id), typev1.Level_BASIC)
	}
	return at, err
}

// The rank is counted over the index of values.
const rankOf = `select count(*) + 1 from standings o join customers c using (customer_id), standings s
	where s.customer_id = $1 and o.tier > 0 and c.delete_time is null and (o.value > s.value or o.value = s.value and o.customer_id < s.customer_id)`

// rank is the rank of a customer with orders among all with orders, as their values are now.
func (s *Store) rank(ctx context.Context, id uuid.UUID) (rank int64, err error) {
	return rank, s.db.Get(ctx, &rank, rankOf, id)
}

type listed struct {
	standing
	listing.Cursor
	Customer    uuid.UUID `db:"customer_id"`
	DisplayName string    `db:"display_name"`
	Territory   string    `db:"territory"`
	Owner       string    `db:"owner"`
	Grade       string    `db:"grade"`
	Provisional bool      `db:"provisional"`
	AtRisk      bool      `db:"at_risk"`
}

const listColumns = `c.customer_id, c.display_name, c.territory, c.owner, s.class, s.abc, s.tier, s.inner_level, s.stage, s.role, s.engagement,
	` + gradeName + ` as grade, s.provisional, s.at_risk, s.value, m.last_day`

func (s *Store) list(ctx context.Context, plan *listing.Plan) ([]listed, string, error) {
	query, args := plan.Query(listColumns, "customers c join standings s using (customer_id) left join measures m using (customer_id)",
		"guanxi_covers(c.territory, $1) and c.delete_time is null", auth.From(ctx).Scope())
	var rows []listed
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}

type moved struct {
	listing.Cursor
	Customer  uuid.UUID       `db:"customer_id"`
	ID        uuid.UUID       `db:"move_id"`
	Dimension Dimension       `db:"dimension"`
	From      string          `db:"from_value"`
	To        string          `db:"to_value"`
	Day       time.Time       `db:"move_day"`
	Time      time.Time       `db:"record_time"`
	Cause     string          `db:"cause"`
	Reference string          `db:"reference"`
	Value     decimal.Decimal `db:"value"`
}

func (s *Store) listMoves(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]moved, string, error) {
	where, args := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customer != resource.Any {
		if err := aggregate.Visible(ctx, s.db, customer); err != nil {
			return nil, "", err
		}
		where, args = where+" and v.customer_id = $2", append(args, customer)
	} else {
		where += " and c.delete_time is null"
	}
	query, args := plan.Query("v.customer_id, v.move_id, v.dimension, v.from_value, v.to_value, v.move_day, v.record_time, v.cause, v.reference, v.value",
		"standing_moves v join customers c using (customer_id)", where, args...)
	var rows []moved
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}

// curve is the concentration curve of the caller's customers.
type curve struct {
	Basis  settings.Basis
	Count  int64           `db:"count"`
	Total  decimal.Decimal `db:"total"`
	Gini   float64         `db:"gini"`
	Points []curvePoint
}

type curvePoint struct {
	Percent float64         `db:"percent"`
	Count   int64           `db:"count"`
	Value   decimal.Decimal `db:"value"`
}

func (p curvePoint) share(total decimal.Decimal) float64 {
	if !total.IsPositive() {
		return 0
	}
	return p.Value.Div(total).InexactFloat64()
}

const (
	valued = `valued as (
		select s.value, row_number() over (order by s.value desc, s.customer_id) as place, sum(s.value) over (order by s.value desc, s.customer_id) as running,
			count(*) over () as count
		from standings s join customers c using (customer_id)
		where s.tier > 0 and c.delete_time is null and guanxi_covers(c.territory, $1)
	)`
	points = `with ` + valued + ` select p.percent, v.place as count, v.running as value
		from unnest(cast($2 as double precision[])) with ordinality as p (percent, at)
		join valued v on v.place = ceil(round(cast(p.percent as numeric) * v.count / 100, 6)) order by p.at`
	// Gini of sorted values x1 <= ... <= xn: 2 sum(i x_i) / (n sum(x)) - (n+1)/n; here ranked from the top, so that i = n + 1 - place.
	totals = `with ` + valued + `, positive as (select greatest(value, 0) as x, count + 1 - place as i, count from valued)
		select count(*) as count, (select coalesce(sum(value), 0) from valued) as total,
			coalesce(cast(2 * sum(i * x) / nullif(max(count) * sum(x), 0) - (max(count) + 1.0) / max(count) as double precision), 0) as gini
		from positive`
)

// concentrate draws the curve at the given percentages.
func (s *Store) concentrate(ctx context.Context, percents []float64) (c curve, err error) {
	ranking, _, err := s.Latest(ctx)
	if err != nil {
		return c, err
	}
	scope := auth.From(ctx).Scope()
	if err := s.db.Get(ctx, &c, totals, scope); err != nil {
		return c, err
	}
	c.Basis = ranking.Basis
	return c, s.db.Select(ctx, &c.Points, points, scope, pq.Array(percents))
}
