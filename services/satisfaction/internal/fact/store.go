package fact

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Store keeps the facts.
type Store struct {
	db        *postgres.DB
	now       func() time.Time
	customers *mirror.Customers
	standings *mirror.Standings
	wants     *mirror.Wants
	forget    []Forget
}

// NewStore makes a store. forget are those who keep something of people.
func NewStore(db *postgres.DB, now func() time.Time, forget ...Forget) *Store {
	s := &Store{db: db, now: now, customers: mirror.NewCustomers(db, nil), wants: mirror.NewWants(db, "wanted", "order_id"), forget: forget}
	s.standings = &mirror.Standings{Customers: s.customers, Wants: s.wants}
	return s
}

const (
	zoneOf = `select time_zone from customers where customer_id = $1`

	upsertOrder = `insert into orders (customer_id, order_id, source_system, order_time, order_day, requested_time, requested_day, promised_time, promised_day, transmitted_time,
		processed_time, assembled_time, shipped_time, shipped_day, delivered_time, delivered_day, documents_correct, currency, amount, product_lines)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
	on conflict (customer_id, order_id) do update set source_system = excluded.source_system, order_time = excluded.order_time, order_day = excluded.order_day,
		requested_time = excluded.requested_time, requested_day = excluded.requested_day, promised_time = excluded.promised_time, promised_day = excluded.promised_day,
		transmitted_time = excluded.transmitted_time, processed_time = excluded.processed_time, assembled_time = excluded.assembled_time,
		shipped_time = excluded.shipped_time, shipped_day = excluded.shipped_day, delivered_time = excluded.delivered_time, delivered_day = excluded.delivered_day,
		documents_correct = excluded.documents_correct, currency = excluded.currency, amount = excluded.amount, product_lines = excluded.product_lines`

	// A correction may have fewer lines than there were.
	upsertLines = `with gone as (
		delete from order_lines where customer_id = $1 and order_id = $2 and line >= cardinality($3::text[])
	)
	insert into order_lines (customer_id, order_id, line, product_line, product_code, quantity, filled, damaged)
	select $1, $2, n - 1, product_line, product_code, quantity, filled, damaged
	from unnest($3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[]) with ordinality as l (product_line, product_code, quantity, filled, damaged, n)
	on conflict (customer_id, order_id, line) do update set product_line = excluded.product_line, product_code = excluded.product_code, quantity = excluded.quantity,
		filled = excluded.filled, damaged = excluded.damaged`

	deleteOrder = `delete from orders where customer_id = $1 and order_id = $2`
)

// putOrder keeps an order, and its lines unless they were not told: then those that are there stay until profile has been asked.
func (s *Store) putOrder(ctx context.Context, o *order) error {
	zone, err := s.zone(ctx, o.Customer)
	if err != nil {
		return err
	}
	day := func(at *time.Time) *time.Time {
		if at == nil {
			return nil
		}
		d := settings.DayIn(*at, zone)
		return &d
	}
	_, err = s.db.Exec(ctx, upsertOrder, o.Customer, o.ID, o.SourceSystem, o.Time, day(&o.Time), o.Requested, day(o.Requested), o.Promised, day(o.Promised), o.Transmitted,
		o.Processed, o.Assembled, o.Shipped, day(o.Shipped), o.Delivered, day(o.Delivered), o.Documents, o.Currency, o.Amount,
		pq.StringArray(postgres.OrEmpty(o.productLines())))
	if err != nil || o.Unlined {
		return err
	}
	return s.putLines(ctx, o)
}

func (s *Store) putLines(ctx context.Context, o *order) error {
	n := len(o.Lines)
	lines, codes := make(pq.StringArray, n), make(pq.StringArray, n)
	quantities, filled, damaged := make(pq.StringArray, n), make([]*string, n), make([]*string, n)
	for i, l := range o.Lines {
		lines[i], codes[i], quantities[i] = l.ProductLine, l.ProductCode, l.Quantity.String()
		if l.Filled.Valid {
			filled[i] = new(l.Filled.Decimal.String())
		}
		if l.Damaged.Valid {
			damaged[i] = new(l.Damaged.Decimal.String())
		}
	}
	_, err := s.db.Exec(ctx, upsertLines, o.Customer, o.ID, lines, codes, quantities, pq.Array(filled), pq.Array(damaged))
	return err
}

// zone is where the customer's days are taken; one that this machine's data no longer has is as good as none.
func (s *Store) zone(ctx context.Context, customer uuid.UUID) (*time.Location, error) {
	name := mirror.DefaultZone
	if err := s.db.Get(ctx, &name, zoneOf, customer); err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone, nil
	}
	return time.LoadLocation(mirror.DefaultZone)
}
