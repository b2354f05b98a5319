package aggregate

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Bump is the head of a one-statement write of something that belongs to a customer, with history.Write for its tail: it takes the customer's next number, and
// finds nothing when the customer is deleted, unknown, or outside the caller's territories. Explain tells which. Its parameters are :customer_id and :scope, the
// caller's auth.Principal.Scope.
const Bump = `with bumped as (
	update customers set sequence = sequence + 1
	where customer_id = :customer_id and delete_time is null and guanxi_covers(territory, :scope)
	returning customer_id as aggregate_id, sequence as version
)`

// Held is a customer that this transaction has locked, to write facts of it.
type Held struct {
	ID       uuid.UUID `db:"customer_id"`
	Sequence int64     `db:"sequence"`
	Deleted  bool      `db:"deleted"`
}

// The locks are taken in the order of the ids, so that two writers of the same customers wait for each other and never in a circle.
const hold = `select customer_id, sequence, delete_time is not null as deleted from customers
	where customer_id = any($1) and guanxi_covers(territory, $2)
	order by customer_id for no key update`

// Hold locks those of the customers that are within the caller's territories, deleted ones too, until the transaction ends. What it does not return is unknown or
// out of reach. An id may be given more than once.
func Hold(ctx context.Context, db *postgres.DB, ids []uuid.UUID) (map[uuid.UUID]*Held, error) {
	var rows []Held
	if err := db.Select(ctx, &rows, hold, pq.Array(ids), auth.From(ctx).Scope()); err != nil {
		return nil, err
	}
	held := make(map[uuid.UUID]*Held, len(rows))
	for i := range rows {
		held[rows[i].ID] = &rows[i]
	}
	return held, nil
}

const advance = `update customers c set sequence = n.sequence
	from unnest(cast($1 as uuid[]), cast($2 as bigint[])) as n (customer_id, sequence)
	where c.customer_id = n.customer_id`

// Record numbers the records of held customers in the order given and writes them with the customers' new numbers, in the transaction that holds them. It can be
// called more than once with the same held customers.
func Record(ctx context.Context, db *postgres.DB, held map[uuid.UUID]*Held, records []history.Record) error {
	if len(records) == 0 {
		return nil
	}
	touched := map[uuid.UUID]bool{}
	for i := range records {
		h := held[records[i].Aggregate]
		if h == nil {
			return fmt.Errorf("aggregate: a record of %s, which is not held", Name(records[i].Aggregate))
		}
		h.Sequence++
		records[i].Version = h.Sequence
		touched[h.ID] = true
	}
	ids, numbers := make([]uuid.UUID, 0, len(touched)), make([]int64, 0, len(touched))
	for id := range touched {
		ids, numbers = append(ids, id), append(numbers, held[id].Sequence)
	}
	if _, err := db.Exec(ctx, advance, pq.Array(ids), pq.Array(numbers)); err != nil {
		return err
	}
	return history.InsertAll(ctx, db, records)
}
