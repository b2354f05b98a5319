package sheet

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
)

// chunk is how many customers are looked at in one go: it bounds memory, whatever their number.
const chunk = 2000

const nextCustomers = `select customer_id from customers where customer_id > $1 and delete_time is null order by customer_id limit $2`

// The rhythm of each product line of some customers; those whose next order falls into the days after $2 and was not announced for that day are noted and returned.
const expect = `with days as (
		select distinct o.customer_id, l.product_line, cast(o.order_time at time zone c.time_zone as date) as day
		from orders o join customers c using (customer_id) join order_lines l using (customer_id, order_id)
		where o.customer_id = any($1) and l.quantity > 0
	), gaps as (
		select customer_id, product_line, day, day - lag(day) over (partition by customer_id, product_line order by day) as gap from days
	), expected as (
		select customer_id, product_line, max(day) + cast(round(percentile_cont(0.5) within group (order by gap)) as integer) as day
		from gaps group by customer_id, product_line having count(gap) >= $4
	)
	insert into expected_orders as e (customer_id, product_line, expected_date, announce_time)
	select customer_id, product_line, day, $5 from expected where day between cast($2 as date) and cast($2 as date) + cast($3 as integer)
	on conflict (customer_id, product_line) do update set expected_date = excluded.expected_date, announce_time = excluded.announce_time
		where e.expected_date <> excluded.expected_date
	returning customer_id, product_line, expected_date`

type expectation struct {
	CustomerID  uuid.UUID `db:"customer_id"`
	ProductLine string    `db:"product_line"`
	Date        time.Time `db:"expected_date"`
}

// Announcer tells the company which orders are to be expected soon [幫客戶備貨].
type Announcer struct {
	*Store
	Settings *settings.Store
	Now      func() time.Time
}

// Announce raises an event for every product line of every customer whose next order is expected within the lead days after the due day, once for each expected day.
//
// Each chunk is a transaction of its own: one over all would keep everybody else from the customers until the last is done. A job that was cut off does its chunks
// again, and those that are done announce nothing.
func (a Announcer) Announce(ctx context.Context, due time.Time) error {
	ctx = a.db.Apart(events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "recompute"))
	numbers, err := a.Settings.Current(ctx)
	if err != nil {
		return err
	}
	last := uuid.Nil
	for {
		var ids []uuid.UUID
		if err := a.db.Select(ctx, &ids, nextCustomers, last, chunk); err != nil || len(ids) == 0 {
			return err
		}
		err := a.db.InTx(ctx, func(ctx context.Context) error { return a.announce(ctx, ids, due, numbers) })
		if err != nil {
			return err
		}
		last = ids[len(ids)-1]
	}
}

func (a Announcer) announce(ctx context.Context, ids []uuid.UUID, due time.Time, numbers *profilev1.Settings) error {
	var found []expectation
	err := a.db.Select(ctx, &found, expect, pq.Array(ids), due.Format(time.DateOnly), numbers.GetExpectedOrderLeadDays(), numbers.GetRhythmMinIntervals(), a.Now())
	if err != nil || len(found) == 0 {
		return err
	}
	held, err := aggregate.Hold(ctx, a.db, customers(found))
	if err != nil {
		return err
	}
	records := make([]history.Record, 0, len(found))
	for _, e := range found {
		event, err := events.New(ctx, a.Now(), e.CustomerID, &profilev1.NextOrderNear{
			Customer: aggregate.Name(e.CustomerID), ProductLine: e.ProductLine, ExpectedDate: civil.Date(e.Date),
		})
		if err != nil {
			return err
		}
		records = append(records, history.Record{Event: event})
	}
	return aggregate.Record(ctx, a.db, held, records)
}

func customers(found []expectation) []uuid.UUID {
	ids := make([]uuid.UUID, len(found))
	for i, e := range found {
		ids[i] = e.CustomerID
	}
	return ids
}
