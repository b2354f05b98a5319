package churn

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/measure"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// trialChunk is how many customers are judged in one go: it bounds memory, whatever their number.
const trialChunk = 5000

// A statement of a back-test may take longer than others.
const trialTime = `set local statement_timeout = '50s'; set local idle_in_transaction_session_timeout = '50s'`

// The last day of which orders are known. An order dated ahead does not make the days before it known.
const lastKnown = `select max(order_day) from orders where order_day <= $1`

// Known is the last day until which it can be said who ordered.
func (s *Store) known(ctx context.Context, today time.Time) (time.Time, error) {
	var last sql.NullTime
	err := s.db.Get(ctx, &last, lastKnown, today)
	return last.Time, err
}

const latestBasis = `select coalesce((select basis from rankings order by ranking_id desc limit 1), $1)`

// byProfit says whether customers are banded by gross profit: where that is found out at each ranking, as at the last one.
func (s *Store) byProfit(ctx context.Context, n *settings.Numbers) (bool, error) {
	if n.Basis != settings.Automatic {
		return n.Basis == settings.GrossProfit, nil
	}
	var basis settings.Basis
	err := s.db.Get(ctx, &basis, latestBasis, settings.Sales)
	return basis == settings.GrossProfit, err
}

const nextCustomers = `select customer_id from customers where customer_id > $1 and delete_time is null and guanxi_covers(territory, $2)
	order by customer_id limit $3`

// tried counts who would have been warned of on the day, and who of them ordered in the $2 days after it. Only customers with an order in the $3 days up to it are
// looked at (0: all). The tier is that of the contribution then: value ($4: gross profit, else sales) by month, in the bands with the lower edges $5, which are $6.
const tried = `with ` + given + `, valued as (
		select m.customer_id, m.first_day, m.last_day, m.order_days, m.interval_median, m.interval_deviation, m.sales, m.previous_sales, m.unrated,
			case when $4 then coalesce(m.gross_profit, 0) else m.sales end as value,
			least(greatest((extract(year from m.measure_month) - extract(year from m.first_day)) * 12
				+ extract(month from m.measure_month) - extract(month from m.first_day) + 1, 1), 12) as months
		from ` + measure.Then + ` m cross join rule
		where m.order_days > 0 and ($3 = 0 or m.last_day > day - cast($3 as integer))
	), subject as (
		select customer_id, first_day, last_day, order_days, interval_median, interval_deviation, sales, previous_sales, unrated,
			(cast($6 as integer[]))[greatest(width_bucket(round(value / months, 9), cast($5 as numeric[])), 1)] as tier
		from valued
	), ` + conditions + `, fate as (
		select customer_id, not exists (
			select from orders o where o.customer_id = s.customer_id and o.amount > 0 and o.order_day > day and o.order_day <= day + cast($2 as integer)) as churned
		from subject s cross join rule
	), warned as (
		select customer_id, reason from holds
		union select customer_id, 0 from holds
		union all select customer_id, -1 from subject
	)
	select reason, count(*) as customers, count(*) filter (where churned) as churned from warned join fate using (customer_id) group by reason`

// started is the outcome of a trial before anybody was looked at: the purchase model of the day, and by what customers are banded.
func (s *Store) started(ctx context.Context, t Trial) (out *Outcome, err error) {
	if _, err := s.db.Exec(ctx, trialTime); err != nil {
		return nil, err
	}
	out = &Outcome{}
	if out.Model, err = s.fit(ctx, pastHistories, t.AsOf, t.Rules.ModelMinCustomers); err != nil {
		return nil, err
	}
	out.ByProfit, err = s.byProfit(ctx, t.Numbers)
	return out, err
}

// further adds the next customers within the caller's territories to the outcome. The id is that of the last one, Nil when there was none left.
func (s *Store) further(ctx context.Context, t Trial, after uuid.UUID, out *Outcome) (last uuid.UUID, count int, err error) {
	var customers []uuid.UUID
	err = s.db.Select(ctx, &customers, nextCustomers, after, auth.From(ctx).Scope(), trialChunk)
	if err != nil || len(customers) == 0 {
		return uuid.Nil, 0, err
	}
	return customers[len(customers)-1], len(customers), s.try(ctx, t, customers, out)
}

// try adds some customers to the outcome. Their measures of the day live as long as the transaction.
func (s *Store) try(ctx context.Context, t Trial, customers []uuid.UUID, out *Outcome) error {
	var edges []decimal.Decimal
	var tiers []int32
	for _, b := range t.Numbers.TierBands {
		edges, tiers = append(edges, b.Lower), append(tiers, int32(b.Tier))
	}
	var counts []count
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, trialTime); err != nil {
			return err
		}
		if err := measure.NewStore(s.db).Recall(ctx, customers, t.AsOf, t.Numbers); err != nil {
			return err
		}
		return s.db.Select(ctx, &counts, tried, rulesOf(t.AsOf, t.Numbers, t.Rules, out.Model), t.Horizon, t.ActiveDays, out.ByProfit,
			pq.Array(edges), pq.Array(tiers))
	})
	for _, c := range counts {
		out.add(c)
	}
	return err
}
