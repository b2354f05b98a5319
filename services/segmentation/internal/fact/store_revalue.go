package fact

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Revaluation is the kind of the operations that bring facts in line with new settings.
const Revaluation = "segmentation-revaluation"

// revalued is how many customers one step brings in line: about a second's work.
const revalued = 1000

// Reviser sees to what has to be done anew when the settings change: orders and payments are valued at the new rates, and all customers judged by the new numbers.
// Both are operations, so that the call that changes settings takes no longer for a million customers than for one.
type Reviser struct {
	*Store
	// Judge has all customers judged anew, after the transaction of ctx and once.
	Judge func(context.Context) error
}

// revising is what such an operation is asked.
type revising struct {
	Version int32 `json:"version"` // of the settings that make it necessary; those in force at each step are what counts
	// Everybody has all customers measured anew, not only those whose orders or payments have another value now: windows have moved.
	Everybody bool `json:"everybody"`
}

// SettingsChanged asks for what new settings make necessary, in the transaction that makes them. It implements settings.Changed.
func (r Reviser) SettingsChanged(ctx context.Context, before, after *settings.Numbers) error {
	asked := revising{Version: after.Version, Everybody: before.FiscalYearStart != after.FiscalYearStart}
	if before.Currency == after.Currency && sameRates(before.Rates, after.Rates) && !asked.Everybody {
		return r.Judge(ctx)
	}
	everywhere := auth.With(ctx, auth.Principal{Subject: auth.From(ctx).Subject, Territories: []string{auth.Anywhere}})
	_, err := operation.Start(everywhere, r.db, Revaluation, asked, r.now())
	return err
}

// Kind is the work of bringing the facts in line with the settings in force, customer by customer; at its end all of them are judged. Whom it has come to is looked at
// again only if something about him is another now.
func (r Reviser) Kind() operation.Kind {
	return operation.Kind{Name: Revaluation, Begin: r.begin, Step: r.step}
}

func (r Reviser) begin(ctx context.Context, _ operation.Operation) (total int64, err error) {
	return total, r.db.Get(ctx, &total, `select count(*) from customers`)
}

// Revaluing says whether facts are being brought in line with new settings. While some are valued by the new rates and others by the old ones nobody can be compared.
func (s *Store) Revaluing(ctx context.Context) (yes bool, err error) {
	return yes, s.db.Get(ctx, &yes, `select exists (select from operations where kind = $1 and state in (1, 2))`, Revaluation)
}

// Deleted customers may come back, and have their orders then.
const nextOfAll = `select customer_id from customers where customer_id > $1 order by customer_id limit $2`

func (r Reviser) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	var asked revising
	if err := o.Decode(&asked); err != nil {
		return did, err
	}
	after := uuid.Nil
	if o.Cursor != "" {
		if after, err = uuid.Parse(o.Cursor); err != nil {
			return did, fmt.Errorf("fact: cursor %q: %w", o.Cursor, err)
		}
	}
	var ids []uuid.UUID
	if err := r.db.Select(ctx, &ids, nextOfAll, after, revalued); err != nil {
		return did, err
	}
	if len(ids) == 0 {
		return operation.Progress{Cursor: o.Cursor, Finished: true}, r.Judge(ctx)
	}
	numbers, err := r.settings.Current(ctx)
	if err != nil {
		return did, err
	}
	return operation.Progress{Cursor: ids[len(ids)-1].String(), Done: int64(len(ids))}, r.revalue(ctx, ids, numbers, asked.Everybody)
}

// The rate of each row by the rates in force: 1 for the own currency, else that of the last entry up to the row's day, else none. $1 is the own currency, $2 to $4 are
// the rates, $5 the customers.
const (
	rates = `with rates as (
		select currency, from_day, coalesce(lead(from_day) over (partition by currency order by from_day), 'infinity') as until_day, rate
		from unnest(cast($2 as text[]), cast($3 as date[]), cast($4 as numeric[])) as r (currency, from_day, rate)
	)`
	revalueOrders = rates + `, changed as (
		update orders o set rate = n.rate
		from (select o.customer_id, o.order_id, case when o.currency in ($1, '') then 1 else r.rate end as rate
			from orders o left join rates r on r.currency = o.currency and o.order_day >= r.from_day and o.order_day < r.until_day
			where o.customer_id = any($5)) n
		where (o.customer_id, o.order_id) = (n.customer_id, n.order_id) and o.rate is distinct from n.rate
		returning o.customer_id
	)
	select distinct customer_id from changed`
	revaluePayments = rates + `, changed as (
		update payments p set rate = n.rate
		from (select p.customer_id, p.payment_id, case when p.currency = $1 then 1 else r.rate end as rate
			from payments p left join rates r on r.currency = p.currency and p.due_date >= r.from_day and p.due_date < r.until_day
			where p.customer_id = any($5)) n
		where (p.customer_id, p.payment_id) = (n.customer_id, n.payment_id) and p.rate is distinct from n.rate
		returning p.customer_id
	)
	select distinct customer_id from changed`
	revalueExpected = rates + `, changed as (
		update expected_sales e set rate = n.rate
		from (select e.customer_id, e.sales_id, case when e.currency = $1 then 1 else r.rate end as rate
			from expected_sales e left join rates r on r.currency = e.currency and e.rate_day >= r.from_day and e.rate_day < r.until_day
			where e.customer_id = any($5)) n
		where (e.customer_id, e.sales_id) = (n.customer_id, n.sales_id) and e.rate is distinct from n.rate
		returning e.customer_id
	)
	select distinct customer_id from changed`
	touchRevalued = `insert into touched (customer_id, cause, reference, occur_time)
		select distinct customer_id, 'settings', '', cast($2 as timestamptz) from unnest(cast($1 as uuid[])) as t (customer_id)`
)

func (r Reviser) revalue(ctx context.Context, customers []uuid.UUID, n *settings.Numbers, everybody bool) error {
	var currencies, days []string
	var worth []decimal.Decimal
	for _, r := range n.Rates {
		currencies, days, worth = append(currencies, r.Currency), append(days, r.From.Format("2006-01-02")), append(worth, r.Rate)
	}
	var changed []uuid.UUID
	for _, query := range []string{revalueOrders, revaluePayments, revalueExpected} {
		var some []uuid.UUID
		if err := r.db.Select(ctx, &some, query, n.Currency, pq.Array(currencies), pq.Array(days), pq.Array(worth), pq.Array(customers)); err != nil {
			return err
		}
		changed = append(changed, some...)
	}
	if everybody {
		changed = customers
	}
	_, err := r.db.Exec(ctx, touchRevalued, pq.Array(changed), r.now())
	return err
}

func sameRates(a, b []settings.Rate) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Currency != b[i].Currency || !a[i].From.Equal(b[i].From) || !a[i].Rate.Equal(b[i].Rate) {
			return false
		}
	}
	return true
}
