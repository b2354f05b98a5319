package fact

import (
	"context"

	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// The rate of each row by the rates in force: 1 for the own currency, else that of the last entry up to the row's day, else none.
const (
	rates = `with rates as (
		select currency, from_day, coalesce(lead(from_day) over (partition by currency order by from_day), 'infinity') as until_day, rate
		from unnest(cast($2 as text[]), cast($3 as date[]), cast($4 as numeric[])) as r (currency, from_day, rate)
	)`
	revalueOrders = rates + `, changed as (
		update orders o set rate = n.rate
		from (select o.customer_id, o.order_id, case when o.currency in ($1, '') then 1 else r.rate end as rate
			from orders o left join rates r on r.currency = o.currency and o.order_day >= r.from_day and o.order_day < r.until_day) n
		where (o.customer_id, o.order_id) = (n.customer_id, n.order_id) and o.rate is distinct from n.rate
		returning o.customer_id
	)
	insert into touched (customer_id, cause, reference, occur_time) select distinct customer_id, 'settings', '', cast($5 as timestamptz) from changed`
	revaluePayments = rates + `, changed as (
		update payments p set rate = n.rate
		from (select p.customer_id, p.payment_id, case when p.currency = $1 then 1 else r.rate end as rate
			from payments p left join rates r on r.currency = p.currency and p.due_date >= r.from_day and p.due_date < r.until_day) n
		where (p.customer_id, p.payment_id) = (n.customer_id, n.payment_id) and p.rate is distinct from n.rate
		returning p.customer_id
	)
	insert into touched (customer_id, cause, reference, occur_time) select distinct customer_id, 'settings', '', cast($5 as timestamptz) from changed`
	// Valuing millions of orders takes longer than a statement may otherwise.
	revalueTime = `set local statement_timeout = '10min'`
)

// SettingsChanged values orders and payments anew when currency or rates have changed, in the transaction that changes them. It implements settings.Changed.
func (s *Store) SettingsChanged(ctx context.Context, before, after *settings.Numbers) error {
	if before.Currency == after.Currency && sameRates(before.Rates, after.Rates) {
		return nil
	}
	var currencies, days []string
	var worth []decimal.Decimal
	for _, r := range after.Rates {
		currencies, days, worth = append(currencies, r.Currency), append(days, r.From.Format("2006-01-02")), append(worth, r.Rate)
	}
	if _, err := s.db.Exec(ctx, revalueTime); err != nil {
		return err
	}
	for _, query := range []string{revalueOrders, revaluePayments} {
		if _, err := s.db.Exec(ctx, query, after.Currency, pq.Array(currencies), pq.Array(days), pq.Array(worth), s.now()); err != nil {
			return err
		}
	}
	return nil
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
