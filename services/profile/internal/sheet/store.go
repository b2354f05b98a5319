package sheet

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Store computes sheets in the database.
type Store struct{ db *postgres.DB }

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

// Range limits the orders that a sheet is made of; nil is no limit.
type Range struct{ Start, End *time.Time }

// ofInterest are the orders of one customer ($2) or, when it is null, of all living ones, within the caller's territories ($1) and a range of time ($3, $4).
const ofInterest = `from orders o join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and (o.customer_id = $2 or $2 is null and c.delete_time is null)
	and (cast($3 as timestamptz) is null or o.order_time >= $3) and (cast($4 as timestamptz) is null or o.order_time < $4)`

func (r Range) args(ctx context.Context, id uuid.UUID) []any {
	return []any{auth.From(ctx).Scope(), uuid.NullUUID{UUID: id, Valid: id != resource.Any}, r.Start, r.End}
}

// Days with an order, by product line and, under the empty one, over all; the gaps between them within a customer; their median and spread.
const rhythms = `with chosen as (
		select o.customer_id, o.order_id, o.amount, cast(o.order_time at time zone c.time_zone as date) as day ` + ofInterest + `
	), days as (
		select distinct customer_id, '' as product_line, day from chosen where amount >= 0
		union all
		select distinct customer_id, l.product_line, day from chosen join order_lines l using (customer_id, order_id) where l.quantity > 0
	), gaps as (
		select product_line, day, day - lag(day) over (partition by customer_id, product_line order by day) as gap from days
	), medians as (
		select product_line, count(*) as order_days, min(day) as first_day, max(day) as last_day, count(gap) as intervals,
			percentile_cont(0.5) within group (order by gap) as median
		from gaps group by product_line
	), deviations as (
		select product_line, percentile_cont(0.5) within group (order by abs(gap - median)) as deviation
		from gaps join medians using (product_line) where gap is not null group by product_line
	)
	select product_line, order_days, first_day, last_day, intervals, median, deviation
	from medians left join deviations using (product_line) order by product_line`

// Rhythms tells how often orders come.
func (s *Store) Rhythms(ctx context.Context, id uuid.UUID, r Range) ([]Rhythm, error) {
	var out []Rhythm
	err := s.db.Select(ctx, &out, rhythms, r.args(ctx, id)...)
	return out, err
}

const steps = `select s.step, count(*) as count, avg(s.days) as mean,
		percentile_cont(0.5) within group (order by s.days) as median,
		percentile_cont(0.9) within group (order by s.days) as p90, max(s.days) as max
	from (select o.order_time, o.transmitted_time, o.processed_time, o.assembled_time, o.shipped_time, o.delivered_time ` + ofInterest + `) o
	cross join lateral (values
		(1, 'transmitted_time', cast(extract(epoch from o.transmitted_time - o.order_time) / 86400 as double precision)),
		(2, 'processed_time', cast(extract(epoch from o.processed_time - o.order_time) / 86400 as double precision)),
		(3, 'assembled_time', cast(extract(epoch from o.assembled_time - o.order_time) / 86400 as double precision)),
		(4, 'shipped_time', cast(extract(epoch from o.shipped_time - o.order_time) / 86400 as double precision)),
		(5, 'delivered_time', cast(extract(epoch from o.delivered_time - o.order_time) / 86400 as double precision))
	) as s (place, step, days)
	where s.days is not null
	group by s.place, s.step order by s.place`

// Steps tells how long the steps of the order cycle took.
func (s *Store) Steps(ctx context.Context, id uuid.UUID, r Range) ([]Step, error) {
	var out []Step
	err := s.db.Select(ctx, &out, steps, r.args(ctx, id)...)
	return out, err
}

// Counts are the orders of a sheet, and those of them that left after the day that was asked for.
type Counts struct {
	Orders int64 `db:"orders"`
	Late   int64 `db:"late"`
}

const counts = `select count(*) as orders, count(*) filter (
		where cast(o.shipped_time at time zone c.time_zone as date) > cast(o.requested_time at time zone c.time_zone as date)) as late ` + ofInterest

// Count counts orders.
func (s *Store) Count(ctx context.Context, id uuid.UUID, r Range) (Counts, error) {
	var out Counts
	err := s.db.Get(ctx, &out, counts, r.args(ctx, id)...)
	return out, err
}

const lastOrder = `select max(o.order_time at time zone c.time_zone) ` + ofInterest

// LastOrder is the local time of the last order, and false when there is none.
func (s *Store) LastOrder(ctx context.Context, id uuid.UUID) (time.Time, bool, error) {
	var last sql.NullTime
	err := s.db.Get(ctx, &last, lastOrder, Range{}.args(ctx, id)...)
	return last.Time, last.Valid, err
}

// Point is the sales of a product line in a month, or of all the span.
type Point struct {
	Month       string              `db:"month"`
	Currency    string              `db:"currency"`
	ProductLine string              `db:"product_line"`
	Amount      decimal.Decimal     `db:"amount"`
	GrossProfit decimal.NullDecimal `db:"gross_profit"`
	NetProfit   decimal.NullDecimal `db:"net_profit"`
	Orders      int64               `db:"orders"`
	Customers   int64               `db:"customers"`
	YearGrowth  *float64            `db:"year_growth"`
}

// sold are the lines of the span ($5 to $6, months) and, for the growth, of the year before it. The rough range of time around it is for the index; the
// month, in the customer's zone, decides.
const sold = `with sold as (
		select to_char(o.order_time at time zone c.time_zone, 'YYYY-MM') as month, o.currency, l.product_line, l.amount, l.gross_profit, l.net_profit,
			o.order_id, o.customer_id
		from orders o join customers c using (customer_id) join order_lines l using (customer_id, order_id)
		where guanxi_covers(c.territory, $1) and (o.customer_id = $2 or $2 is null and c.delete_time is null)
			and o.order_time >= $3 and o.order_time < $4
			and (cast($7 as text[]) is null or l.product_line = any($7))
	)`

const curve = sold + `, months as (
		select month, currency, product_line, sum(amount) as amount, sum(gross_profit) as gross_profit, sum(net_profit) as net_profit,
			count(distinct order_id) as orders
		from sold group by month, currency, product_line
	)
	select m.month, m.currency, m.product_line, m.amount, m.gross_profit, m.net_profit, m.orders,
		case when b.amount > 0 then cast(m.amount / b.amount - 1 as double precision) end as year_growth
	from months m left join months b on b.currency = m.currency and b.product_line = m.product_line
		and b.month = to_char(to_date(m.month, 'YYYY-MM') - interval '1 year', 'YYYY-MM')
	where m.month between $5 and $6
	order by m.month, m.currency, m.product_line`

const totals = sold + `
	select currency, sum(amount) as amount, sum(gross_profit) as gross_profit, sum(net_profit) as net_profit,
		count(distinct order_id) as orders, count(distinct customer_id) as customers
	from sold where month between $5 and $6 group by currency order by currency`

// Curve returns the sales of a span by month, currency and product line, and their totals by currency.
func (s *Store) Curve(ctx context.Context, id uuid.UUID, span Span, lines []string) (points, sums []Point, err error) {
	const day = 24 * time.Hour
	rough := Range{Start: new(time.Time), End: new(time.Time)}
	*rough.Start, *rough.End = span.Start.AddDate(-1, 0, 0).Add(-day), span.End.AddDate(0, 1, 0).Add(day)
	args := append(rough.args(ctx, id), span.Start.Format(monthLayout), span.End.Format(monthLayout), pq.StringArray(lines))
	if err := s.db.Select(ctx, &points, curve, args...); err != nil {
		return nil, nil, err
	}
	err = s.db.Select(ctx, &sums, totals, args...)
	return points, sums, err
}
