package figure

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Voices of kind 4 are complaints, cases of request kind 2. With $4 a single customer is asked for, deleted or not, and gets a row in any case.
//
// The page's customers are found first, by looking at one after the other whether there is anything, so that a page takes as long as its customers do and not as all of them.
const complaints = `with page as materialized (
	select k.customer_id from customers k
	where guanxi_covers(k.territory, $3) and case when cast($4 as uuid) is not null then k.customer_id = $4 else
		k.delete_time is null and k.customer_id > $5 and (
			exists (select from orders o where o.customer_id = k.customer_id and o.%[1]s >= $1 and o.%[1]s < $2)
			or exists (
				select from voices v where v.customer_id = k.customer_id and v.kind = 4 and v.received_time >= $1 and v.received_time < $2 and not exists (
					select from voices b where b.customer_id = v.customer_id and b.case_id = v.case_id and b.kind = 4 and b.received_time < $1
				)
			)
			or exists (
				select from cases c where c.customer_id = k.customer_id and c.request_kind = 2 and c.received_time >= $1 and c.received_time < $2 and not exists (
					select from voices v where v.customer_id = c.customer_id and v.case_id = c.case_id and v.kind = 4
				)
			)
		) end
	order by k.customer_id limit $6
), complaint as (
	select v.customer_id, coalesce(v.case_id, v.voice_id) as complaint, coalesce(nullif(max(c.product_line), ''), min(nullif(v.product_line, '') collate "C"), '') as product,
		bool_and(v.implicit) as implicit
	from page p join voices v on v.customer_id = p.customer_id left join cases c on c.customer_id = v.customer_id and c.case_id = v.case_id
	where v.kind = 4
	group by v.customer_id, coalesce(v.case_id, v.voice_id) having min(v.received_time) >= $1 and min(v.received_time) < $2
	union all
	select c.customer_id, c.case_id, c.product_line, c.implicit
	from page p join cases c on c.customer_id = p.customer_id
	where c.request_kind = 2 and c.received_time >= $1 and c.received_time < $2
		and not exists (select from voices v where v.customer_id = c.customer_id and v.case_id = c.case_id and v.kind = 4)
), ordered as (
	select o.customer_id, o.order_id, l.product
	from page p join orders o on o.customer_id = p.customer_id
		left join lateral (
			select distinct product_line as product from order_lines l where l.customer_id = o.customer_id and l.order_id = o.order_id and l.quantity > 0
		) l on true
	where o.%[1]s >= $1 and o.%[1]s < $2
		and (l.product is not null or not exists (select from order_lines b where b.customer_id = o.customer_id and b.order_id = o.order_id))
), totals as (
	select customer_id, sum(explicit) as explicit, sum(implicit) as implicit, sum(orders) as orders
	from (
		select customer_id, count(*) filter (where not implicit) as explicit, count(*) filter (where implicit) as implicit, 0 as orders from complaint group by customer_id
		union all select customer_id, 0, 0, count(distinct order_id) from ordered group by customer_id
	) t group by customer_id
), products as (
	select customer_id, json_agg(json_build_object('product', product, 'explicit', explicit, 'implicit', implicit, 'orders', orders)
		order by product collate "C") as products
	from (
		select customer_id, product, sum(explicit) as explicit, sum(implicit) as implicit, sum(orders) as orders
		from (
			select customer_id, product, count(*) filter (where not implicit) as explicit, count(*) filter (where implicit) as implicit, 0 as orders
			from complaint group by customer_id, product
			union all select customer_id, product, 0, 0, count(*) from ordered where product is not null group by customer_id, product
		) t group by customer_id, product
	) q group by customer_id
)
select p.customer_id, coalesce(t.explicit, 0) as explicit, coalesce(t.implicit, 0) as implicit, coalesce(t.orders, 0) as orders, r.products
from page p left join totals t using (customer_id) left join products r using (customer_id)
order by p.customer_id`

// complaintQueries are for orders placed and for orders delivered in the period.
var complaintQueries = map[Basis]string{Placed: fmt.Sprintf(complaints, "order_time"), Delivered: fmt.Sprintf(complaints, "delivered_time")}

// AskComplaints is what is asked for.
type AskComplaints struct {
	From, To time.Time // To is behind the end
	Basis    Basis
	Customer *uuid.UUID // nil: all
	After    uuid.UUID  // the customer that the page goes on behind
	Limit    int
}

// Complaints counts for the caller.
func (s *Store) Complaints(ctx context.Context, a *AskComplaints) ([]ComplaintRate, error) {
	var rows []struct {
		Customer uuid.UUID                   `db:"customer_id"`
		Explicit int64                       `db:"explicit"`
		Implicit int64                       `db:"implicit"`
		Orders   int64                       `db:"orders"`
		Products postgres.JSON[[]Complaints] `db:"products"`
	}
	err := s.db.Select(ctx, &rows, complaintQueries[a.Basis], a.From, a.To, auth.From(ctx).Scope(), a.Customer, a.After, a.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]ComplaintRate, len(rows))
	for i, r := range rows {
		out[i] = ComplaintRate{Customer: r.Customer, Total: Complaints{Explicit: r.Explicit, Implicit: r.Implicit, Orders: r.Orders}, Products: r.Products.V}
	}
	return out, nil
}
