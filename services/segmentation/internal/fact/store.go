package fact

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Store keeps the facts.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	settings *settings.Store
	zones    *zones
	merger   *mirror.Merger // nil: merges are passed over
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, settings: settings.NewStore(db, now), zones: &zones{db: db}}
}

const insertTouched = `insert into touched (customer_id, cause, reference, occur_time) values ($1, $2, $3, $4)`

func (s *Store) touch(ctx context.Context, t touch) error {
	_, err := s.db.Exec(ctx, insertTouched, t.Customer, t.Cause, t.Reference, t.Time)
	return err
}

// Of a change only the named fields are new ($2; null stands for all of them). The zone is not taken over for orders that are there already: the day of an order is the
// one that it had when it came.
const upsertCustomer = `insert into customers as c (customer_id, territory, owner, display_name, kind, relations, industry, employee_count, source, tags, attributes,
		time_zone, create_time, delete_time)
	values ($1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, null)
	on conflict (customer_id) do update set
		territory      = case when $2::text[] is null or 'territory' = any($2) then excluded.territory else c.territory end,
		owner          = case when $2::text[] is null or 'owner' = any($2) then excluded.owner else c.owner end,
		display_name   = case when $2::text[] is null or 'display_name' = any($2) then excluded.display_name else c.display_name end,
		kind           = case when $2::text[] is null or 'kind' = any($2) then excluded.kind else c.kind end,
		relations      = case when $2::text[] is null or 'relations' = any($2) then excluded.relations else c.relations end,
		industry       = case when $2::text[] is null or 'industry' = any($2) then excluded.industry else c.industry end,
		employee_count = case when $2::text[] is null or 'employee_count' = any($2) then excluded.employee_count else c.employee_count end,
		source         = case when $2::text[] is null or 'source' = any($2) then excluded.source else c.source end,
		tags           = case when $2::text[] is null or 'tags' = any($2) then excluded.tags else c.tags end,
		attributes     = case when $2::text[] is null or 'attributes' = any($2) then excluded.attributes else c.attributes end,
		time_zone      = case when $2::text[] is null or 'time_zone' = any($2) then excluded.time_zone else c.time_zone end,
		create_time    = case when $2::text[] is null then excluded.create_time else c.create_time end,
		delete_time    = case when $2::text[] is null then null else c.delete_time end`

func (s *Store) putCustomer(ctx context.Context, id uuid.UUID, changed []string, p *profilev1.Customer, t touch) error {
	attributes := "{}"
	if len(p.GetAttributes()) > 0 {
		// A map has no JSON of its own: it is that of a customer that has nothing else.
		encoded, err := protojson.Marshal(&profilev1.Customer{Attributes: p.GetAttributes()})
		if err != nil {
			return events.Permanent(err)
		}
		attributes = string(encoded)
	}
	relations := make(pq.Int32Array, len(p.GetRelations()))
	for i, r := range p.GetRelations() {
		relations[i] = int32(r)
	}
	zone := p.GetTimeZone()
	if known, err := s.zones.known(ctx, zone); err != nil {
		return err
	} else if !known {
		zone = defaultZone // profile has checked it; a zone that only it knows must not stop the orders
	}
	created := s.now()
	if p.GetCreateTime() != nil {
		created = p.GetCreateTime().AsTime()
	}
	_, err := s.db.Exec(ctx, upsertCustomer, id, pq.StringArray(changed), p.GetTerritory(), p.GetOwner(), p.GetDisplayName(), int16(p.GetKind()), relations,
		p.GetIndustry(), p.GetEmployeeCount(), p.GetSource(), pq.StringArray(postgres.OrEmpty(p.GetTags())), attributes, zone, created)
	if err != nil {
		return err
	}
	return s.touch(ctx, t)
}

func (s *Store) setDeleted(ctx context.Context, d events.Delivery, at *time.Time) error {
	if _, err := s.db.Exec(ctx, `update customers set delete_time = $2 where customer_id = $1`, d.Aggregate, at); err != nil {
		return err
	}
	return s.touch(ctx, touch{d.Aggregate, "customer", d.Resource, d.Time})
}

const forget = `with o as (delete from orders where customer_id = $1), p as (delete from payments where customer_id = $1),
	u as (delete from supply_positions where customer_id = $1), e as (delete from expected_sales where customer_id = $1),
	w as (delete from wanted where customer_id = $1), m as (delete from measures where customer_id = $1)
	delete from customers where customer_id = $1`

// purge removes what is held of a customer that profile has removed for good; what other tables hold goes with its row.
func (s *Store) purge(ctx context.Context, id uuid.UUID) error {
	if err := mirror.ForgetMerges(ctx, s.db, id); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, forget, id)
	return err
}

// A customer of whom an order comes before anything else (its first events are no longer in the stream) gets a row that only those see who see everything, and is
// asked for. The profits stay until profile has been asked again: most corrections do not touch them.
const upsertOrder = `with c as (
		insert into customers (customer_id, territory, create_time) values ($1, '', $10) on conflict do nothing returning customer_id
	), w as (
		insert into wanted (customer_id, order_id, wish_time)
		select cast($1 as uuid), cast($2 as uuid), cast($10 as timestamptz)
		union all select customer_id, '00000000-0000-0000-0000-000000000000', cast($10 as timestamptz) from c
	), t as (
		insert into touched (customer_id, cause, reference, occur_time) values ($1, $8, $9, $10)
	)
	insert into orders as o (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
	values ($1, $2, $3, $4, $5, $6, $7, $11)
	on conflict (customer_id, order_id) do update set order_time = excluded.order_time, order_day = excluded.order_day, currency = excluded.currency,
		rate = excluded.rate, amount = excluded.amount, product_lines = excluded.product_lines`

func (s *Store) putOrder(ctx context.Context, o order, t touch) error {
	day, err := s.day(ctx, o.CustomerID, o.Time)
	if err != nil {
		return err
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, upsertOrder, o.CustomerID, o.ID, o.Time, day, o.Currency, rate(numbers, o.Currency, day), o.Amount,
		t.Cause, t.Reference, t.Time, pq.StringArray(postgres.OrEmpty(o.ProductLines)))
	return err
}

// day is the business day of an instant where the customer is.
func (s *Store) day(ctx context.Context, customer uuid.UUID, at time.Time) (time.Time, error) {
	var day time.Time
	err := s.db.Get(ctx, &day, `select cast($2 at time zone coalesce((select time_zone from customers where customer_id = $1), $3) as date)`,
		customer, at, defaultZone)
	return day, err
}

const upsertPayment = `with t as (
		insert into touched (customer_id, cause, reference, occur_time) values ($1, $8, $9, $10)
	)
	insert into payments as p (customer_id, payment_id, currency, rate, amount, due_date, paid_date)
	values ($1, $2, $3, $4, $5, $6, $7)
	on conflict (customer_id, payment_id) do update set currency = excluded.currency, rate = excluded.rate, amount = excluded.amount,
		due_date = excluded.due_date, paid_date = excluded.paid_date`

func (s *Store) putPayment(ctx context.Context, customer, id uuid.UUID, p *profilev1.Payment, t touch) error {
	amount, err := money.FromProto(p.GetAmount())
	if err != nil {
		return events.Permanent(err)
	}
	due, ok := civil.Day(p.GetDueDate())
	if !ok {
		return events.Permanent(fmt.Errorf("fact: payment %s has no due date", id))
	}
	var paid *time.Time
	if day, ok := civil.Day(p.GetPaidDate()); ok {
		paid = &day
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, upsertPayment, customer, id, amount.Currency, rate(numbers, amount.Currency, due), amount.Amount, due, paid,
		t.Cause, t.Reference, t.Time)
	return err
}
