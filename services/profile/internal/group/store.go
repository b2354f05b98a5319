package group

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/sheet"
)

// Store reads groups and keeps what their companies share.
type Store struct {
	db     *postgres.DB
	now    func() time.Time
	people *person.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, people *person.Store) *Store {
	return &Store{db: db, now: now, people: people}
}

const (
	// tree is a company ($2) and the living ones below it, as far as the caller ($1) sees them without a gap. Who has come to be above himself by a merge is met once.
	tree = `with recursive tree as (
		select c.customer_id, c.display_name, cast(null as uuid) as parent_id, 0 as depth, array[c.customer_id] as path
		from customers c where c.customer_id = $2 and guanxi_covers(c.territory, $1)
		union all
		select c.customer_id, c.display_name, t.customer_id, t.depth + 1, t.path || c.customer_id
		from tree t join subsidiaries s on s.customer_id = t.customer_id join customers c on c.customer_id = s.child_id
		where guanxi_covers(c.territory, $1) and c.delete_time is null and c.customer_id <> all(t.path)
	)`

	// sold is what each of them bought in the months $5 to $6. The rough range of time ($3, $4) around them is for the index; the month, in the customer's zone, decides.
	sold = tree + `, sold as (
		select c.customer_id, o.currency, sum(l.amount) as amount, sum(l.gross_profit) as gross_profit, sum(l.net_profit) as net_profit,
			count(distinct o.order_id) as orders
		from tree t join customers c using (customer_id) join orders o using (customer_id) join order_lines l using (customer_id, order_id)
		where o.order_time >= $3 and o.order_time < $4 and to_char(o.order_time at time zone c.time_zone, 'YYYY-MM') between $5 and $6
		group by c.customer_id, o.currency
	)`

	totals = sold + `
	select currency, sum(amount) as amount, sum(gross_profit) as gross_profit, sum(net_profit) as net_profit, sum(orders) as orders, count(*) as customers
	from sold group by currency order by currency`

	count = tree + ` select count(*) from tree`

	ancestors = `with recursive up as (
		select s.customer_id, array[s.child_id, s.customer_id] as path
		from subsidiaries s join customers c using (customer_id) where s.child_id = $2 and guanxi_covers(c.territory, $1) and c.delete_time is null
		union all
		select s.customer_id, u.path || s.customer_id
		from up u join subsidiaries s on s.child_id = u.customer_id join customers c on c.customer_id = s.customer_id
		where guanxi_covers(c.territory, $1) and c.delete_time is null and s.customer_id <> all(u.path)
	) select customer_id from up order by cardinality(path)`
)

func arguments(ctx context.Context, root uuid.UUID, span sheet.Span) []any {
	const day = 24 * time.Hour
	return []any{
		auth.From(ctx).Scope(), root, span.Start.Add(-day), span.End.AddDate(0, 1, 0).Add(day), span.Start.Format(monthLayout), span.End.Format(monthLayout),
	}
}

// Sum tells how many companies there are from one down, and what they bought together.
func (s *Store) Sum(ctx context.Context, root uuid.UUID, span sheet.Span) (members int64, sums []Sales, err error) {
	if err := s.db.Get(ctx, &members, count, auth.From(ctx).Scope(), root); err != nil {
		return 0, nil, err
	}
	err = s.db.Select(ctx, &sums, totals, arguments(ctx, root, span)...)
	return members, sums, err
}

// Above are the companies that one belongs to, the nearest first.
func (s *Store) Above(ctx context.Context, id uuid.UUID) (ids []uuid.UUID, err error) {
	return ids, s.db.Select(ctx, &ids, ancestors, auth.From(ctx).Scope(), id)
}

// place is the order of a group: the top first, then level by level.
const place = `((lpad(cast(t.depth as text), 6, '0') || '/' || t.customer_id) collate "C")`

// List reads a page of the companies from one down, with what each bought itself and with all below it.
func (s *Store) List(ctx context.Context, plan *listing.Plan, root uuid.UUID, span sheet.Span) ([]*Member, string, error) {
	query, args := plan.Query("t.customer_id, t.display_name, t.parent_id, t.depth",
		"("+tree+" select customer_id, display_name, parent_id, depth from tree) as t", "", auth.From(ctx).Scope(), root)
	var rows []struct {
		Member
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Member, len(rows))
	for i := range rows {
		out[i] = &rows[i].Member
	}
	return out, next, s.fill(ctx, out, root, span)
}

// Each member ($7) with what was sold to all whose way up leads past it; its own part of that, if there is any, beside.
const rollUp = sold + `
	select m.customer_id, s.currency, sum(s.amount) as amount, sum(s.gross_profit) as gross_profit, sum(s.net_profit) as net_profit, sum(s.orders) as orders,
		count(*) as customers, sum(s.amount) filter (where own) as own_amount, sum(s.gross_profit) filter (where own) as own_gross_profit,
		sum(s.net_profit) filter (where own) as own_net_profit, coalesce(sum(s.orders) filter (where own), 0) as own_orders
	from tree d cross join lateral unnest(d.path) as m (customer_id) join sold s on s.customer_id = d.customer_id
		cross join lateral (select d.customer_id = m.customer_id as own) as o
	where m.customer_id = any($7) group by m.customer_id, s.currency order by m.customer_id, s.currency`

type rolledUp struct {
	Member uuid.UUID `db:"customer_id"`
	Sales
	OwnAmount decimal.NullDecimal `db:"own_amount"`
	OwnGross  decimal.NullDecimal `db:"own_gross_profit"`
	OwnNet    decimal.NullDecimal `db:"own_net_profit"`
	OwnOrders int64               `db:"own_orders"`
}

func (s *Store) fill(ctx context.Context, members []*Member, root uuid.UUID, span sheet.Span) error {
	byID, ids := make(map[uuid.UUID]*Member, len(members)), make([]uuid.UUID, len(members))
	for i, m := range members {
		byID[m.ID], ids[i] = m, m.ID
	}
	var rows []rolledUp
	if err := s.db.Select(ctx, &rows, rollUp, append(arguments(ctx, root, span), pq.Array(ids))...); err != nil {
		return err
	}
	for _, r := range rows {
		m := byID[r.Member]
		m.Totals = append(m.Totals, r.Sales)
		if r.OwnAmount.Valid {
			m.Own = append(m.Own, Sales{r.Currency, r.OwnAmount.Decimal, r.OwnGross, r.OwnNet, r.OwnOrders, 1})
		}
	}
	return nil
}
