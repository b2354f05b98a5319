package recall

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/worker"
)

// kind is that of the operations that trace orders.
const kind = "voice-recall-trace"

const (
	// chunk is how many customers are traced at once.
	chunk = 500
	// latePoll is how often orders that came late are looked for: it is one look by an index for each recall that is on.
	latePoll = 10 * time.Second
)

// request is what an operation was asked for.
type request struct {
	Recall uuid.UUID `json:"recall"`
}

// What a recall is about: $1 its products, $2 its line, $3 and $4 its period, $5 its territory.
const (
	linesOf = ` from order_lines l join orders o using (customer_id, order_id) join customers c using (customer_id)
	where (cardinality(cast($1 as text[])) = 0 or l.product_code = any($1) and l.product_code <> '') and ($2 = '' or l.product_line = $2 and l.product_line <> '')
		and ($3::timestamptz is null or o.order_time >= $3) and ($4::timestamptz is null or o.order_time < $4)
		and ($5 = '' or guanxi_covers(c.territory, array[$5])) and c.delete_time is null and l.quantity > 0`

	// What is an item already counts only when its quantity was corrected.
	unknownTo = ` and not exists (select from recall_items i where i.customer_id = l.customer_id and i.recall_id = $6 and i.order_id = l.order_id and i.number = l.number
		and i.quantity = greatest(l.quantity, i.returned))`

	countCustomers = `select count(distinct l.customer_id)` + linesOf

	nextCustomers = `select distinct l.customer_id` + linesOf + unknownTo + ` and l.customer_id > $7 order by l.customer_id limit $8`

	addClients = `insert into recall_customers (customer_id, recall_id, affect_time) select unnest(cast($1 as uuid[])), $2, $3 on conflict do nothing returning customer_id`

	// An id as uuid.NewV7 makes them, of the time $7: random, with the milliseconds in front and the version set.
	newID = `cast(encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
		substring(int8send(cast(extract(epoch from cast($7 as timestamptz)) * 1000 as bigint)) from 3) from 1 for 6), 52, 1), 53, 1), 'hex') as uuid)`

	// A line that is added to an order of somebody who was told is his as well to be told of: it begins as affected.
	addItems = `insert into recall_items as i (customer_id, recall_id, order_id, number, item_id, order_number, order_time, product_line, product_code, quantity, state, trace_time, update_time)
	select l.customer_id, $6, l.order_id, l.number, ` + newID + `, o.order_number, o.order_time, l.product_line, l.product_code, l.quantity, 1, $7, $7` + linesOf + unknownTo + `
		and l.customer_id = any($8)
	on conflict (customer_id, recall_id, order_id, number) do update set quantity = greatest(excluded.quantity, i.returned), update_time = excluded.update_time,
		state = case when i.state = 4 then 4 when greatest(excluded.quantity, i.returned) = i.returned then 3 when i.state = 3 then 2 else i.state end
	returning customer_id, order_id`

	setTraced = `update recalls set trace_time = $2 where recall_id = $1 and state = 2`
)

func (r *Recall) scope() []any {
	return []any{pq.StringArray(append([]string{}, r.Codes...)), r.Line, r.OrderStart, r.OrderEnd, r.Territory}
}

// Kind is the operation that traces the orders of a recall.
func (s *Store) Kind() operation.Kind {
	return operation.Kind{Name: kind, Begin: s.begin, Step: s.step}
}

// background traces for a recall, whose territory bounds it: who started it covered that.
func background(ctx context.Context) context.Context {
	return events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "recall")
}

func (s *Store) begin(ctx context.Context, o operation.Operation) (total int64, err error) {
	var asked request
	if err := o.Decode(&asked); err != nil {
		return 0, err
	}
	r, err := s.Get(background(ctx), asked.Recall)
	if err != nil {
		return 0, err
	}
	return total, s.db.Get(ctx, &total, countCustomers, r.scope()...)
}

func (s *Store) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	ctx = background(ctx)
	var asked request
	if err := o.Decode(&asked); err != nil {
		return did, err
	}
	after := uuid.Nil
	if o.Cursor != "" {
		if after, err = uuid.Parse(o.Cursor); err != nil {
			return did, err
		}
	}
	r, err := s.read(ctx, lockRecall, asked.Recall) // nobody ends it meanwhile
	if err != nil {
		return did, err
	}
	last, count, err := s.trace(ctx, r, after)
	did.Cursor, did.Done = last.String(), int64(count)
	if err == nil && count < chunk {
		did.Finished = true
		_, err = s.db.Exec(ctx, setTraced, r.ID, s.now())
	}
	return did, err
}

// trace makes items of the orders of the next customers who have some that are none yet, in the caller's transaction, which holds the recall. It answers the last of the customers
// and how many these are.
func (s *Store) trace(ctx context.Context, r *Recall, after uuid.UUID) (last uuid.UUID, count int, err error) {
	var customers []uuid.UUID
	args := append(r.scope(), r.ID)
	if err := s.db.Select(ctx, &customers, nextCustomers, append(args, after, chunk)...); err != nil || len(customers) == 0 {
		return after, 0, err
	}
	held, err := aggregate.Hold(ctx, s.db, customers)
	if err != nil {
		return after, 0, err
	}
	at := s.now()
	var fresh []uuid.UUID
	if err := s.db.Select(ctx, &fresh, addClients, pq.Array(customers), r.ID, at); err != nil {
		return after, 0, err
	}
	var found []struct {
		Customer uuid.UUID `db:"customer_id"`
		Order    uuid.UUID `db:"order_id"`
	}
	if err := s.db.Select(ctx, &found, addItems, append(args, at, pq.Array(customers))...); err != nil {
		return after, 0, err
	}
	items, orders := map[uuid.UUID]int{}, map[uuid.UUID][]uuid.UUID{}
	for _, f := range found {
		items[f.Customer]++
		if list := orders[f.Customer]; len(list) == 0 || list[len(list)-1] != f.Order {
			orders[f.Customer] = append(list, f.Order)
		}
	}
	records := make([]history.Record, 0, len(fresh))
	for _, id := range fresh {
		record, err := affected(ctx, at, r, id, orders[id], items[id])
		if err != nil {
			return after, 0, err
		}
		records = append(records, record)
	}
	return customers[len(customers)-1], len(customers), aggregate.Record(ctx, s.db, held, records)
}

const (
	selectTraced = `select recall_id from recalls where state = 2 and trace_time is not null order by recall_id`
	lockTraced   = `select ` + columns + ` from recalls where recall_id = $1 and state = 2 and trace_time is not null for no key update skip locked`
)

// Loop looks for orders that came, or were corrected, after the recall had started.
func (s *Store) Loop(log *slog.Logger) *worker.Loop {
	return &worker.Loop{Name: "recalls", Pass: s.Late, Poll: latePoll, Log: log}
}

// Late traces what has come late, a chunk of customers for each recall, and returns how many full chunks there were: then there may be more.
func (s *Store) Late(ctx context.Context) (more int, err error) {
	ctx = background(ctx)
	var recalls []uuid.UUID
	if err := s.db.Select(ctx, &recalls, selectTraced); err != nil {
		return 0, err
	}
	for _, id := range recalls {
		err := s.db.InTx(ctx, func(ctx context.Context) error {
			var rows []stored
			if err := s.db.Select(ctx, &rows, lockTraced, id); err != nil || len(rows) == 0 {
				return err
			}
			_, count, err := s.trace(ctx, rows[0].recall(), uuid.Nil)
			if count == chunk {
				more++
			}
			return err
		})
		if err != nil {
			return more, err
		}
	}
	return more, nil
}
