package measure

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Store keeps the measures.
type Store struct {
	db *postgres.DB
}

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

// columns are all that is measured, in the order in which measured gives them.
const columns = `customer_id, measure_month, first_day, last_day, order_days, interval_median, interval_deviation, last_order, sales, gross_profit, net_profit, stated_sales,
	previous_sales, previous_gross, year_sales, last_year_sales, last_year_gross, last_year_net, orders, quarters, product_lines, unrated, payment_amount, payment_late_days, expected_sales`

// measured reads the orders of the customers $1 up to the day $2, over windows that begin with $3 (last 12 months), $4 (the 12 before), $5 (fiscal year), $6 (the one
// before) and $7 (payments), for the month $8, the four quarters that begin with $9, and what is expected of the fiscal year $10. Only orders that are no returns make the rhythm; several on a day count as one.
//
// Sums of months are over whole months: an order of the 31st in a window that ends with the month counts to its end, and with it the windows of a day are those of its
// month up to that day.
//
// The orders are sorted once, by customer and, of those that are no returns, by time: all figures but the product lines come from one pass over them.
const measured = `with given as (
		select unnest(cast($1 as uuid[])) as customer_id
	), o as (
		select customer_id, order_id, order_day, amount > 0 as bought, amount * rate as sales, gross_profit * rate as gross, net_profit * rate as net, rate,
			order_day - lag(order_day) over sorted as gap, lead(order_id) over sorted is null as latest
		from orders where customer_id = any($1) and order_day <= $2
		window sorted as (partition by customer_id, amount > 0 order by order_day, order_time, order_id)
	), sums as (
		select customer_id,
			min(order_day) filter (where bought) as first_day,
			max(order_day) filter (where bought) as last_day,
			count(*) filter (where bought and gap is distinct from 0) as order_days,
			array_agg(gap) filter (where bought and gap > 0) as gaps,
			(array_agg(order_id) filter (where bought and latest))[1] as last_order,
			coalesce(sum(sales) filter (where order_day >= $3), 0) as sales,
			sum(gross) filter (where order_day >= $3) as gross,
			sum(net) filter (where order_day >= $3) as net,
			coalesce(sum(sales) filter (where order_day >= $3 and gross is not null), 0) as stated,
			coalesce(sum(sales) filter (where order_day >= $4 and order_day < $3), 0) as previous_sales,
			sum(gross) filter (where order_day >= $4 and order_day < $3) as previous_gross,
			coalesce(sum(sales) filter (where order_day >= $5), 0) as year_sales,
			coalesce(sum(sales) filter (where order_day >= $6 and order_day < $5), 0) as last_year_sales,
			sum(gross) filter (where order_day >= $6 and order_day < $5) as last_year_gross,
			sum(net) filter (where order_day >= $6 and order_day < $5) as last_year_net,
			count(*) filter (where order_day >= $3 and bought) as orders,
			bit_or(1 << width_bucket(order_day, cast($9 as date[]))) filter (where order_day >= $3 and bought) as quarters,
			count(*) filter (where order_day >= $3 and rate is null) as unrated
		from o group by customer_id
	), lines as (
		select customer_id, count(distinct line collate "C") as product_lines
		from orders cross join lateral unnest(product_lines) as line
		where customer_id = any($1) and order_day <= $2 and order_day >= $3 and amount > 0 group by customer_id
	), paid as (
		select customer_id, sum(amount * rate) as amount,
			sum(amount * rate * greatest(coalesce(paid_date, cast($2 as date)) - due_date, 0)) / nullif(sum(amount * rate), 0) as late
		from payments
		where customer_id = any($1) and due_date >= $7 and due_date <= $2 and amount * rate > 0 group by customer_id
	), expected as (
		select customer_id, case when bool_or(product_line = '') then sum(amount * rate) filter (where product_line = '')
			when bool_and(rate is not null) then sum(amount * rate) end as amount
		from expected_sales where customer_id = any($1) and fiscal_year = $10 group by customer_id
	)
	select g.customer_id, cast($8 as date), u.first_day, u.last_day, coalesce(u.order_days, 0), r.median, d.deviation, u.last_order,
		coalesce(u.sales, 0), u.gross, u.net, coalesce(u.stated, 0), coalesce(u.previous_sales, 0), u.previous_gross, coalesce(u.year_sales, 0),
		coalesce(u.last_year_sales, 0), u.last_year_gross, u.last_year_net, coalesce(u.orders, 0), bit_count(coalesce(u.quarters, 0)::bit(8)),
		coalesce(n.product_lines, 0), coalesce(u.unrated, 0), p.amount, p.late, e.amount
	from given g left join sums u using (customer_id) left join lines n using (customer_id) left join paid p using (customer_id)
		left join expected e using (customer_id)
		left join lateral (select percentile_cont(0.5) within group (order by gap) as median from unnest(u.gaps) as gap) r on true
		left join lateral (select percentile_cont(0.5) within group (order by abs(gap - r.median)) as deviation from unnest(u.gaps) as gap) d on true`

// Whoever is measured otherwise than before has not been judged by these figures yet.
var keep = `insert into measures as m (` + columns + `) ` + measured + `
	on conflict (customer_id) do update set (` + columns + `) = row (` + of("excluded") + `), due_day = null
	where (` + of("m") + `) is distinct from (` + of("excluded") + `)`

// of are the columns of a row that is called so.
func of(row string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		names[i] = row + "." + strings.TrimSpace(name)
	}
	return strings.Join(names, ", ")
}

// Refresh measures customers anew, in the caller's transaction. Rows that come out as they were are left alone.
func (s *Store) Refresh(ctx context.Context, customers []uuid.UUID, day time.Time, n *settings.Numbers) error {
	_, err := s.db.Exec(ctx, keep, arguments(customers, day, n)...)
	return err
}

const forget = `delete from measures where customer_id = any($1)`

// Forget drops the measures of customers that are deleted; one that comes back is measured anew.
func (s *Store) Forget(ctx context.Context, customers []uuid.UUID) error {
	if len(customers) == 0 {
		return nil
	}
	_, err := s.db.Exec(ctx, forget, pq.Array(customers))
	return err
}

const lastOrders = `select customer_id, last_order from measures where customer_id = any($1) and last_order is not null`

// LastOrders are the last orders of customers that have any, as last measured.
func (s *Store) LastOrders(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]uuid.UUID, error) {
	var rows []struct {
		Customer uuid.UUID `db:"customer_id"`
		Order    uuid.UUID `db:"last_order"`
	}
	err := s.db.Select(ctx, &rows, lastOrders, pq.Array(customers))
	last := make(map[uuid.UUID]uuid.UUID, len(rows))
	for _, r := range rows {
		last[r.Customer] = r.Order
	}
	return last, err
}

func arguments(customers []uuid.UUID, day time.Time, n *settings.Numbers) []any {
	w := windowsOf(day, n)
	quarters := make([]string, len(w.Quarters))
	for i, begin := range w.Quarters {
		quarters[i] = begin.Format(time.DateOnly)
	}
	return []any{pq.Array(customers), w.Until, w.Year, w.YearBefore, w.Fiscal, w.FiscalBefore, w.Payments, w.Month, pq.Array(quarters), w.FiscalYear}
}

const (
	// Time alone changes the measures of those whose windows end with another month than the one now running, and of those with open payments, which become older.
	aged = `select m.customer_id from measures m where m.customer_id > $1 and (m.measure_month <> $2
			or exists (select from payments p where p.customer_id = m.customer_id and p.paid_date is null and p.due_date < $3 and p.due_date >= $4))
		order by m.customer_id limit $5`
	create = `create temporary table ` + Then + ` (like measures including all) on commit drop`
	fill   = `insert into ` + Then + ` (` + columns + `) ` + measured
)

// Aged are the first so many customers after one, by id, whose measures time alone has changed. Measured anew they are among them no longer.
func (s *Store) Aged(ctx context.Context, after uuid.UUID, day time.Time, n *settings.Numbers, limit int) (ids []uuid.UUID, err error) {
	w := windowsOf(day, n)
	return ids, s.db.Select(ctx, &ids, aged, after, w.Month, day, w.Payments, limit)
}

// Recall measures customers as of a day that is past, by what is known now, into the table Then, which is there until the caller's transaction ends.
func (s *Store) Recall(ctx context.Context, customers []uuid.UUID, day time.Time, n *settings.Numbers) error {
	if _, err := s.db.Exec(ctx, create); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	_, err := s.db.Exec(ctx, fill, arguments(customers, day, n)...)
	return err
}
