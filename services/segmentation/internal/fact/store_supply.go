package fact

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// A customer of whom this comes before anything else is asked for, as by its first order.
const touchCustomer = `with c as (
		insert into customers (customer_id, territory, create_time) values ($1, '', $4) on conflict do nothing returning customer_id
	), w as (
		insert into wanted (customer_id, order_id) select customer_id, '00000000-0000-0000-0000-000000000000' from c
	)
	insert into touched (customer_id, cause, reference, occur_time) values ($1, $2, $3, $4)`

func (s *Store) meet(ctx context.Context, t touch) error {
	_, err := s.db.Exec(ctx, touchCustomer, t.Customer, t.Cause, t.Reference, t.Time)
	return err
}

// What is returned is the first day on which the shares may be other ones now.
const upsertPosition = `with old as (select as_of from supply_positions where customer_id = $1 and position_id = $2)
	insert into supply_positions (customer_id, position_id, product_line, as_of, share) values ($1, $2, $3, $4, $5)
	on conflict (customer_id, position_id) do update set product_line = excluded.product_line, as_of = excluded.as_of, share = excluded.share
	returning least(as_of, (select as_of from old))`

func (s *Store) putPosition(ctx context.Context, p position, t touch) error {
	if err := s.meet(ctx, t); err != nil {
		return err
	}
	var from time.Time
	if err := s.db.Get(ctx, &from, upsertPosition, p.Customer, p.ID, p.ProductLine, p.AsOf, p.Share); err != nil {
		return err
	}
	return s.ReckonShares(ctx, p.Customer, from)
}

const deletePosition = `delete from supply_positions where customer_id = $1 and position_id = $2 returning as_of`

func (s *Store) dropPosition(ctx context.Context, customer, id uuid.UUID, t touch) error {
	var from time.Time
	err := s.db.Get(ctx, &from, deletePosition, customer, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.meet(ctx, t); err != nil {
		return err
	}
	return s.ReckonShares(ctx, customer, from)
}

// Our share of a customer's supply on a day is the plain mean over the product lines of which anything is known by then, each with its newest position: how much of each the
// customer buys from all suppliers nobody knows. It is a signal of the day, so that grades and churn warnings take it as what other systems measure, and is written
// over when more becomes known of that day.
const reckonShares = `with days as (
		select distinct as_of as day from supply_positions where customer_id = $1 and as_of >= $2
	), shares as (
		select d.day, round(avg(p.share) / 100, 4) as value
		from days d cross join lateral (
			select distinct on (product_line) share from supply_positions where customer_id = $1 and as_of <= d.day order by product_line, as_of desc
		) p group by d.day
	), gone as (
		delete from signals where customer_id = $1 and kind = 4 and source_system = 'guanxi' and source_id like 'supply/%'
			and source_id >= 'supply/' || to_char(cast($2 as date), 'YYYY-MM-DD') and source_id not in (select 'supply/' || to_char(day, 'YYYY-MM-DD') from days)
	)
	insert into signals as s (customer_id, signal_id, kind, value, signal_time, source_system, source_id, note, author, create_time)
	select $1, gen_random_uuid(), 4, value, least(cast(day as timestamp) at time zone $3, $4), 'guanxi', 'supply/' || to_char(day, 'YYYY-MM-DD'), '', 'guanxi', $4
	from shares
	on conflict (customer_id, source_system, source_id) do update set value = excluded.value where s.value <> excluded.value`

// ReckonShares makes the signals of our share of a customer's supply anew from a day on. It is called whenever its positions are other ones than before.
func (s *Store) ReckonShares(ctx context.Context, customer uuid.UUID, from time.Time) error {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, reckonShares, customer, from, numbers.Zone.String(), s.now())
	return err
}

const upsertExpectation = `insert into expected_sales (customer_id, sales_id, fiscal_year, product_line, currency, rate, rate_day, amount)
	values ($1, $2, $3, $4, $5, $6, $7, $8)
	on conflict (customer_id, sales_id) do update set fiscal_year = excluded.fiscal_year, product_line = excluded.product_line, currency = excluded.currency,
		rate = excluded.rate, rate_day = excluded.rate_day, amount = excluded.amount`

func (s *Store) putExpectation(ctx context.Context, e expectation, t touch) error {
	if err := s.meet(ctx, t); err != nil {
		return err
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return err
	}
	said := t.Time.In(numbers.Zone)
	day := time.Date(said.Year(), said.Month(), said.Day(), 0, 0, 0, 0, time.UTC)
	_, err = s.db.Exec(ctx, upsertExpectation, e.Customer, e.ID, e.FiscalYear, e.ProductLine, e.Amount.Currency, rate(numbers, e.Amount.Currency, day), day, e.Amount.Amount)
	return err
}

const deleteExpectation = `delete from expected_sales where customer_id = $1 and sales_id = $2`

func (s *Store) dropExpectation(ctx context.Context, customer, id uuid.UUID, t touch) error {
	if _, err := s.db.Exec(ctx, deleteExpectation, customer, id); err != nil {
		return err
	}
	return s.meet(ctx, t)
}
