package payment

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps payments.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `p.customer_id, p.payment_id, p.revision, p.source_system, p.payment_number, p.order_number, p.currency, p.amount, p.due_date, p.paid_date,
	p.create_time, p.update_time`

type row struct {
	Payment
	listing.Cursor
	Sum      decimal.Decimal `db:"amount"`
	Currency string          `db:"currency"`
}

func (r *row) payment() *Payment {
	p := r.Payment
	p.Amount = money.Money{Amount: r.Sum, Currency: r.Currency}
	return &p
}

func payments(rows []row) []*Payment {
	out := make([]*Payment, len(rows))
	for i := range rows {
		out[i] = rows[i].payment()
	}
	return out
}

// State says what came of a payment that was sent.
type State int

// The states.
const (
	Recorded State = iota + 1
	Corrected
	Unchanged
	Refused
)

// Outcome is what came of one payment. Err, set when it was refused, is meant for the caller.
type Outcome struct {
	Payment *Payment
	State   State
	Err     error
}

// Record stores payments of held customers, in the caller's transaction, with a history entry and an event for each that made a difference.
func (s *Store) Record(ctx context.Context, held map[uuid.UUID]*aggregate.Held, sent []*Payment) ([]Outcome, error) {
	if len(sent) == 0 {
		return nil, nil
	}
	known, err := s.load(ctx, sent)
	if err != nil {
		return nil, err
	}
	r := recording{now: s.now(), known: known, written: map[Key]*Payment{}}
	outcomes := make([]Outcome, len(sent))
	for i, p := range sent {
		within := ctx
		if p.Via.Valid {
			within = alias.WithVia(ctx, p.CustomerID, p.Via)
		}
		if outcomes[i], err = r.take(within, p); err != nil {
			return nil, err
		}
	}
	if err := s.write(ctx, r.written); err != nil {
		return nil, err
	}
	return outcomes, aggregate.Record(ctx, s.db, held, r.records)
}

// recording is the state of the payments while they are taken one after another; the same one can be among them more than once.
type recording struct {
	now     time.Time
	known   map[Key]*Payment
	written map[Key]*Payment // those to be written, in their last state
	records []history.Record
}

func (r *recording) take(ctx context.Context, p *Payment) (Outcome, error) {
	if wrong := p.Check(); len(wrong) > 0 {
		return Outcome{State: Refused, Err: fault.Invalid(wrong...)}, nil
	}
	stored := r.known[p.Key()]
	p.UpdateTime = r.now
	if stored == nil {
		return r.first(ctx, p)
	}
	p.ID, p.Revision, p.CreateTime = stored.ID, stored.Revision+1, stored.CreateTime
	record, differs, err := corrected(ctx, r.now, stored, p)
	if err != nil || !differs {
		return Outcome{Payment: stored, State: Unchanged}, err
	}
	r.keep(p, record)
	return Outcome{Payment: p, State: Corrected}, nil
}

func (r *recording) first(ctx context.Context, p *Payment) (Outcome, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Outcome{}, err
	}
	p.ID, p.Revision, p.CreateTime = id, 1, r.now
	record, err := recorded(ctx, r.now, p)
	if err != nil {
		return Outcome{}, err
	}
	r.keep(p, record)
	return Outcome{Payment: p, State: Recorded}, nil
}

func (r *recording) keep(p *Payment, record history.Record) {
	r.known[p.Key()], r.written[p.Key()] = p, p
	r.records = append(r.records, record)
}

const selectKnown = `select ` + columns + ` from payments p
	join unnest(cast($1 as uuid[]), cast($2 as text[]), cast($3 as text[])) as k (customer_id, source_system, payment_number)
	using (customer_id, source_system, payment_number)`

func (s *Store) load(ctx context.Context, sent []*Payment) (map[Key]*Payment, error) {
	customers, systems, numbers := make([]uuid.UUID, len(sent)), make([]string, len(sent)), make([]string, len(sent))
	for i, p := range sent {
		p.Check() // brings the key into its stored form
		customers[i], systems[i], numbers[i] = p.CustomerID, p.SourceSystem, p.Number
	}
	var rows []row
	if err := s.db.Select(ctx, &rows, selectKnown, pq.Array(customers), pq.Array(systems), pq.Array(numbers)); err != nil {
		return nil, err
	}
	known := make(map[Key]*Payment, len(rows))
	for _, p := range payments(rows) {
		known[p.Key()] = p
	}
	return known, nil
}

const deletePayments = `delete from payments where (customer_id, payment_id) in (select k.customer, k.id from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as k (customer, id))`

var names = []string{
	"customer_id", "payment_id", "revision", "source_system", "payment_number", "order_number", "currency", "amount", "due_date", "paid_date",
	"create_time", "update_time",
}

// write stores the last states. A corrected payment is taken out and put back whole, like an order.
func (s *Store) write(ctx context.Context, written map[Key]*Payment) error {
	if len(written) == 0 {
		return nil
	}
	var all []*Payment
	var customers, ids []uuid.UUID
	for _, p := range written {
		all = append(all, p)
		if p.Revision > 1 {
			customers, ids = append(customers, p.CustomerID), append(ids, p.ID)
		}
	}
	slices.SortFunc(all, func(a, b *Payment) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if len(ids) > 0 {
		if _, err := s.db.Exec(ctx, deletePayments, pq.Array(customers), pq.Array(ids)); err != nil {
			return err
		}
	}
	return s.db.CopyIn(ctx, "payments", names, func(yield func([]any) bool) {
		for _, p := range all {
			row := []any{
				p.CustomerID, p.ID, p.Revision, p.SourceSystem, p.Number, p.OrderNumber, p.Amount.Currency, p.Amount.Amount, p.DueDate, p.PaidDate,
				p.CreateTime, p.UpdateTime,
			}
			if !yield(row) {
				return
			}
		}
	})
}

const selectPayment = `select ` + columns + ` from payments p join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and p.customer_id = $2 and p.payment_id = $3`

// Get reads one payment.
func (s *Store) Get(ctx context.Context, customerID, id uuid.UUID) (*Payment, error) {
	var r row
	err := s.db.Get(ctx, &r, selectPayment, auth.From(ctx).Scope(), customerID, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(customerID, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return r.payment(), nil
}

// List reads a page of the payments of one customer, or of all.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customerID uuid.UUID) ([]*Payment, string, error) {
	where, args := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customerID == resource.Any {
		where += " and c.delete_time is null"
	} else {
		where, args = where+" and p.customer_id = $2", append(args, customerID)
	}
	query, args := plan.Query(columns, "payments p join customers c using (customer_id)", where, args...)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	return payments(rows), next, err
}
