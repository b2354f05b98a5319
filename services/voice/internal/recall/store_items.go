package recall

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
)

const (
	itemColumns = `i.customer_id, i.recall_id, i.order_id, i.number, i.item_id, i.order_number, i.order_time, i.product_line, i.product_code, i.quantity, i.returned, i.state,
	i.trace_time, i.return_time, i.close_reason, i.update_time`
	itemTables = `recall_items i join customers c using (customer_id)`

	selectItem = `select ` + itemColumns + ` from ` + itemTables + ` where i.item_id = $1 and i.recall_id = $2 and guanxi_covers(c.territory, $3)`

	updateItem = `update recall_items set returned = :returned, state = :state, return_time = :return_time, close_reason = :close_reason, update_time = :update_time
	where customer_id = :customer_id and recall_id = :recall_id and order_id = :order_id and number = :number`

	clientColumns = `n.customer_id, n.recall_id, n.affect_time, n.notify_time, n.notifier, n.channel, n.note, i.items, i.items_open`
	clientTables  = `recall_customers n join customers c using (customer_id), lateral (
		select count(*) as items, count(*) filter (where state < 3) as items_open from recall_items i where i.customer_id = n.customer_id and i.recall_id = n.recall_id
	) i`
)

// Items reads a page of the items of a recall within the caller's territories.
func (s *Store) Items(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*Item, string, error) {
	query, args := plan.Query(itemColumns, itemTables, "i.recall_id = $1 and guanxi_covers(c.territory, $2)", id, auth.From(ctx).Scope())
	var rows []struct {
		Item
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Item, len(rows))
	for i := range rows {
		out[i] = &rows[i].Item
	}
	return out, next, err
}

// Clients reads a page of the affected customers within the caller's territories.
func (s *Store) Clients(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*Client, string, error) {
	query, args := plan.Query(clientColumns, clientTables, "n.recall_id = $1 and guanxi_covers(c.territory, $2)", id, auth.From(ctx).Scope())
	var rows []struct {
		Client
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Client, len(rows))
	for i := range rows {
		out[i] = &rows[i].Client
	}
	return out, next, err
}

// changeItem does something to an item of a recall that is on, whose customer is held.
func (s *Store) changeItem(ctx context.Context, id, item uuid.UUID, do func(ctx context.Context, i *Item) (*history.Record, error)) (*Item, error) {
	var found *Item
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		r, err := s.share(ctx, id)
		if err != nil {
			return err
		}
		if found, err = s.item(ctx, id, item); err != nil {
			return err
		}
		if r.State != Started {
			return stateError(r)
		}
		return aggregate.Change(ctx, s.db, found.Customer, func(ctx context.Context) (_ []history.Record, err error) {
			if found, err = s.item(ctx, id, item); err != nil { // as it is now that it is held
				return nil, err
			}
			record, err := do(ctx, found)
			if err != nil {
				return nil, err
			}
			if _, err := s.db.NamedExec(ctx, updateItem, found); err != nil {
				return nil, err
			}
			return []history.Record{*record}, nil
		})
	})
	return found, err
}

// share reads a recall that nobody ends until the transaction does; others may work on it as well.
func (s *Store) share(ctx context.Context, id uuid.UUID) (*Recall, error) {
	return s.read(ctx, selectByID+` for share`, id)
}

// Return books what came back of an item.
func (s *Store) Return(ctx context.Context, id, item uuid.UUID, quantity decimal.Decimal, note string) (*Item, error) {
	return s.changeItem(ctx, id, item, func(ctx context.Context, i *Item) (*history.Record, error) {
		if err := i.Return(quantity, s.now()); err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, insertReturn, i.Customer, i.Recall, uuid.Must(uuid.NewV7()), i.ID, quantity, note, auth.From(ctx).Subject, i.UpdateTime); err != nil {
			return nil, err
		}
		record, err := i.returned(ctx, quantity)
		return &record, err
	})
}

// Close says that nothing more will come back of an item.
func (s *Store) Close(ctx context.Context, id, item uuid.UUID, reason string) (*Item, error) {
	return s.changeItem(ctx, id, item, func(ctx context.Context, i *Item) (*history.Record, error) {
		if err := i.Close(reason, s.now()); err != nil {
			return nil, err
		}
		record, err := i.closed(ctx)
		return &record, err
	})
}

// mostTold is how many customers are recorded as told at once.
const mostTold = 1000

const (
	selectUntold = `select n.customer_id from recall_customers n join customers c using (customer_id)
	where n.recall_id = $1 and n.notify_time is null and guanxi_covers(c.territory, $2) order by n.customer_id limit $3`
	selectAffected = `select n.customer_id from recall_customers n join customers c using (customer_id)
	where n.recall_id = $1 and n.customer_id = any($2) and guanxi_covers(c.territory, $3)`
	countUntold = `select count(*) from recall_customers n join customers c using (customer_id) where n.recall_id = $1 and n.notify_time is null and guanxi_covers(c.territory, $2)`

	tell = `update recall_customers set notify_time = $3, notifier = $4, channel = $5, note = $6 where recall_id = $1 and customer_id = any($2) and notify_time is null
	returning customer_id`
	tellItems = `update recall_items set state = 2, update_time = $3 where recall_id = $1 and customer_id = any($2) and state = 1`
)

// Notice is how customers were told.
type Notice struct {
	Customers     []uuid.UUID // none: all who were not told yet
	Channel, Note string
	Time          *time.Time // nil: now
}

// Notify records that customers were told.
func (s *Store) Notify(ctx context.Context, id uuid.UUID, n Notice) (told, left int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		r, err := s.share(ctx, id)
		if err != nil {
			return err
		}
		if r.State != Started {
			return stateError(r)
		}
		at := s.now()
		when, err := n.when(r, at)
		if err != nil {
			return err
		}
		customers, err := s.toTell(ctx, r, n.Customers)
		if err != nil {
			return err
		}
		held, err := aggregate.Hold(ctx, s.db, customers)
		if err != nil {
			return err
		}
		var fresh []uuid.UUID
		if err := s.db.Select(ctx, &fresh, tell, id, pq.Array(customers), when, auth.From(ctx).Subject, n.Channel, n.Note); err != nil {
			return err
		}
		told = len(fresh)
		if _, err := s.db.Exec(ctx, tellItems, id, pq.Array(customers), at); err != nil {
			return err
		}
		records, err := allNotified(ctx, at, r, fresh, when)
		if err != nil {
			return err
		}
		if err := aggregate.Record(ctx, s.db, held, records); err != nil {
			return err
		}
		return s.db.Get(ctx, &left, countUntold, id, auth.From(ctx).Scope())
	})
	return told, left, err
}

// slack is how far the clock of another system may be ahead of ours.
const slack = 5 * time.Minute

func (n *Notice) when(r *Recall, now time.Time) (time.Time, error) {
	switch {
	case n.Time == nil:
		return now, nil
	case n.Time.After(now.Add(slack)):
		return now, fault.Invalid(fault.Field("notify_time", "FUTURE", fault.Text{En: "must not lie in the future", Zh: "不得晚于现在"}))
	case n.Time.Before(*r.StartTime):
		return now, fault.Invalid(fault.Field("notify_time", "EARLY", fault.Text{En: "must not lie before the recall's start", Zh: "不得早于召回的启动时间"}))
	}
	return *n.Time, nil
}

// toTell are the customers named, who have to be affected and within the caller's territories, or those who are left.
func (s *Store) toTell(ctx context.Context, r *Recall, named []uuid.UUID) (out []uuid.UUID, err error) {
	scope := auth.From(ctx).Scope()
	if len(named) == 0 {
		return out, s.db.Select(ctx, &out, selectUntold, r.ID, scope, mostTold)
	}
	for _, id := range named { // before anything is said about the recall
		if err := aggregate.Visible(ctx, s.db, id); err != nil {
			return nil, err
		}
	}
	if err := s.db.Select(ctx, &out, selectAffected, r.ID, pq.Array(named), scope); err != nil {
		return nil, err
	}
	if len(out) < len(named) {
		return nil, fault.Invalid(fault.Field("customers", "NOT_AFFECTED", fault.Text{En: "one of the customers is not affected", Zh: "其中有客户未受影响"}))
	}
	return out, nil
}
