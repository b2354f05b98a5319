package order

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps orders.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `o.customer_id, o.order_id, o.revision, o.source_system, o.order_number, o.order_time, o.requested_time, o.promised_time,
	o.transmitted_time, o.processed_time, o.assembled_time, o.shipped_time, o.delivered_time, o.documents_correct, o.currency, o.amount,
	o.gross_profit, o.net_profit, o.import_id, o.create_time, o.update_time`

const lineColumns = `product_line, product_code, description, quantity, quantity_filled, quantity_damaged, amount, gross_profit, net_profit`

const selectKnown = `select ` + columns + ` from orders o
	join unnest(cast($1 as uuid[]), cast($2 as text[]), cast($3 as text[])) as k (customer_id, source_system, order_number)
	using (customer_id, source_system, order_number)`

// load reads the stored orders that drafts are of, with their lines.
func (s *Store) load(ctx context.Context, drafts []Draft) (map[Key]*Order, error) {
	customers, systems, numbers := make([]uuid.UUID, len(drafts)), make([]string, len(drafts)), make([]string, len(drafts))
	for i, d := range drafts {
		d.Order.Normalize()
		customers[i], systems[i], numbers[i] = d.Order.CustomerID, d.Order.SourceSystem, d.Order.Number
	}
	var found []*Order
	if err := s.db.Select(ctx, &found, selectKnown, pq.Array(customers), pq.Array(systems), pq.Array(numbers)); err != nil {
		return nil, err
	}
	known := make(map[Key]*Order, len(found))
	for _, o := range found {
		known[o.Key()] = o
	}
	return known, s.readLines(ctx, found)
}

const selectLines = `select order_id, ` + lineColumns + ` from order_lines
	where (customer_id, order_id) in (select k.customer, k.id from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as k (customer, id))
	order by customer_id, order_id, line_number`

// readLines fills in the lines of orders.
func (s *Store) readLines(ctx context.Context, orders []*Order) error {
	if len(orders) == 0 {
		return nil
	}
	customers, ids := keys(orders)
	var rows []struct {
		OrderID uuid.UUID `db:"order_id"`
		Line
	}
	if err := s.db.Select(ctx, &rows, selectLines, pq.Array(customers), pq.Array(ids)); err != nil {
		return err
	}
	byID := make(map[uuid.UUID]*Order, len(orders))
	for _, o := range orders {
		byID[o.ID] = o
	}
	for _, r := range rows {
		o := byID[r.OrderID]
		o.Lines = append(o.Lines, r.Line)
	}
	return nil
}

func keys(orders []*Order) (customers, ids []uuid.UUID) {
	for _, o := range orders {
		customers, ids = append(customers, o.CustomerID), append(ids, o.ID)
	}
	return customers, ids
}

const selectOwners = `select o.source_system, o.order_number, o.customer_id from orders o join customers c using (customer_id)
	where guanxi_covers(c.territory, $1)
		and (o.source_system, o.order_number) in (select k.system, k.number from unnest(cast($2 as text[]), cast($3 as text[])) as k (system, number))`

// Owners finds the customers within the caller's territories that have orders of the given systems and numbers; the customer of a key is not read.
func (s *Store) Owners(ctx context.Context, of []Key) (map[Key][]uuid.UUID, error) {
	owners := map[Key][]uuid.UUID{}
	if len(of) == 0 {
		return owners, nil
	}
	systems, numbers := make([]string, len(of)), make([]string, len(of))
	for i, key := range of {
		key = key.Stored()
		systems[i], numbers[i] = key.SourceSystem, key.Number
	}
	var rows []Order
	if err := s.db.Select(ctx, &rows, selectOwners, auth.From(ctx).Scope(), pq.Array(systems), pq.Array(numbers)); err != nil {
		return nil, err
	}
	for _, o := range rows {
		key := Key{SourceSystem: o.SourceSystem, Number: o.Number}
		owners[key] = append(owners[key], o.CustomerID)
	}
	return owners, nil
}

const deleteOrders = `delete from orders where (customer_id, order_id) in (select k.customer, k.id from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as k (customer, id))`

// write stores the last states of orders. Those that are stored already are taken out first and put back whole: a correction can touch every line.
func (s *Store) write(ctx context.Context, written map[Key]*Order) error {
	if len(written) == 0 {
		return nil
	}
	var all, old []*Order
	for _, o := range written {
		all = append(all, o)
		if o.Revision > 1 {
			old = append(old, o)
		}
	}
	slices.SortFunc(all, func(a, b *Order) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if len(old) > 0 {
		customers, ids := keys(old)
		if _, err := s.db.Exec(ctx, deleteOrders, pq.Array(customers), pq.Array(ids)); err != nil {
			return err
		}
	}
	if err := s.db.CopyIn(ctx, "orders", orderNames, orderRows(all)); err != nil {
		return err
	}
	return s.db.CopyIn(ctx, "order_lines", lineNames, lineRows(all))
}

var orderNames = []string{
	"customer_id", "order_id", "revision", "source_system", "order_number", "order_time", "requested_time", "promised_time", "transmitted_time",
	"processed_time", "assembled_time", "shipped_time", "delivered_time", "documents_correct", "currency", "amount", "gross_profit", "net_profit",
	"import_id", "create_time", "update_time",
}

func orderRows(orders []*Order) func(func([]any) bool) {
	return func(yield func([]any) bool) {
		for _, o := range orders {
			row := []any{
				o.CustomerID, o.ID, o.Revision, o.SourceSystem, o.Number, o.OrderTime, o.RequestedTime, o.PromisedTime, o.TransmittedTime,
				o.ProcessedTime, o.AssembledTime, o.ShippedTime, o.DeliveredTime, o.DocumentsCorrect, o.Currency, o.Amount, o.GrossProfit, o.NetProfit,
				o.ImportID, o.CreateTime, o.UpdateTime,
			}
			if !yield(row) {
				return
			}
		}
	}
}

var lineNames = []string{
	"customer_id", "order_id", "line_number", "product_line", "product_code", "description", "quantity", "quantity_filled", "quantity_damaged",
	"amount", "gross_profit", "net_profit",
}

func lineRows(orders []*Order) func(func([]any) bool) {
	return func(yield func([]any) bool) {
		for _, o := range orders {
			for i, l := range o.Lines {
				row := []any{
					o.CustomerID, o.ID, i + 1, l.ProductLine, l.ProductCode, l.Description, l.Quantity, l.QuantityFilled, l.QuantityDamaged,
					l.Amount, l.GrossProfit, l.NetProfit,
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}

const selectOrder = `select ` + columns + ` from orders o join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and o.customer_id = $2 and o.order_id = $3`

// Get reads one order with its lines.
func (s *Store) Get(ctx context.Context, customerID, id uuid.UUID) (*Order, error) {
	var o Order
	err := s.db.Get(ctx, &o, selectOrder, auth.From(ctx).Scope(), customerID, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(customerID, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return &o, s.readLines(ctx, []*Order{&o})
}

const selectOrders = `select ` + columns + ` from orders o join customers c using (customer_id)
	where guanxi_covers(c.territory, $1)
		and (o.customer_id, o.order_id) in (select k.customer, k.id from unnest(cast($2 as uuid[]), cast($3 as uuid[])) as k (customer, id))`

// GetMany reads those of the orders that there are within the caller's territories, by their ids, with their lines.
func (s *Store) GetMany(ctx context.Context, customers, ids []uuid.UUID) (map[uuid.UUID]*Order, error) {
	var found []*Order
	if err := s.db.Select(ctx, &found, selectOrders, auth.From(ctx).Scope(), pq.Array(customers), pq.Array(ids)); err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]*Order, len(found))
	for _, o := range found {
		byID[o.ID] = o
	}
	return byID, s.readLines(ctx, found)
}

// List reads a page of the orders of one customer, or of all, with their lines.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customerID uuid.UUID) ([]*Order, string, error) {
	where, args := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customerID == resource.Any {
		where += " and c.delete_time is null"
	} else {
		where, args = where+" and o.customer_id = $2", append(args, customerID)
	}
	query, args := plan.Query(columns, "orders o join customers c using (customer_id)", where, args...)
	var rows []struct {
		Order
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Order, len(rows))
	for i := range rows {
		out[i] = &rows[i].Order
	}
	return out, next, s.readLines(ctx, out)
}
