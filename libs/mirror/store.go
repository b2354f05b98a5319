package mirror

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/events"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Of a change only the named fields are new ($2; null stands for all of them). A row that has no territory yet was made by Ensure and takes everything.
const upsert = `insert into customers as c (customer_id, territory, owner, display_name, kind, relations, time_zone, create_time, delete_time)
	values ($1, $3, $4, $5, $6, $7, $8, $9, null)
	on conflict (customer_id) do update set
		territory    = case when $2::text[] is null or 'territory' = any($2) then excluded.territory else c.territory end,
		owner        = case when $2::text[] is null or 'owner' = any($2) then excluded.owner else c.owner end,
		display_name = case when $2::text[] is null or 'display_name' = any($2) then excluded.display_name else c.display_name end,
		kind         = case when $2::text[] is null or 'kind' = any($2) then excluded.kind else c.kind end,
		relations    = case when $2::text[] is null or 'relations' = any($2) then excluded.relations else c.relations end,
		time_zone    = case when $2::text[] is null or 'time_zone' = any($2) then excluded.time_zone else c.time_zone end,
		create_time  = case when $2::text[] is null then excluded.create_time else c.create_time end,
		delete_time  = case when $2::text[] is null then null else c.delete_time end`

func (c *Customers) put(ctx context.Context, d events.Delivery, fields []string, p *profilev1.Customer) error {
	if err := c.write(ctx, d.Aggregate, fields, p, d.Time); err != nil {
		return err
	}
	what := Created
	if fields != nil {
		what = Changed
	}
	return c.told(ctx, Change{Customer: d.Aggregate, What: what, Fields: fields, Time: d.Time})
}

// putMerged keeps what the events of a merge say of a customer: the named fields of the survivor, or with nil the customer that is back, of which toldOf tells.
func (c *Customers) putMerged(ctx context.Context, id uuid.UUID, fields []string, p *profilev1.Customer, at time.Time) error {
	if err := c.write(ctx, id, fields, p, at); err != nil || fields == nil {
		return err
	}
	return c.told(ctx, Change{Customer: id, What: Changed, Fields: fields, Time: at})
}

// Put takes in what GetCustomer answered of a customer whose first events are no longer in the stream.
func (c *Customers) Put(ctx context.Context, id uuid.UUID, p *profilev1.Customer, at time.Time) error {
	if err := c.write(ctx, id, nil, withinEvents(p), at); err != nil {
		return err
	}
	return c.told(ctx, Change{Customer: id, What: Created, Time: at})
}

func (c *Customers) write(ctx context.Context, id uuid.UUID, fields []string, p *profilev1.Customer, at time.Time) error {
	relations := make(pq.Int32Array, len(p.GetRelations()))
	for i, r := range p.GetRelations() {
		relations[i] = int32(r)
	}
	zone := p.GetTimeZone()
	if _, err := time.LoadLocation(zone); err != nil || zone == "" {
		zone = DefaultZone // profile has checked it; a zone that only it knows must not stop the customer
	}
	created := at
	if p.GetCreateTime() != nil {
		created = p.GetCreateTime().AsTime()
	}
	_, err := c.db.Exec(ctx, upsert, id, pq.StringArray(fields), p.GetTerritory(), p.GetOwner(), p.GetDisplayName(), int16(p.GetKind()), relations, zone, created)
	return err
}

// withinEvents leaves what an event would have told: nothing that names a person.
func withinEvents(p *profilev1.Customer) *profilev1.Customer {
	if p.GetKind() != profilev1.Customer_PERSON {
		return p
	}
	return &profilev1.Customer{Kind: p.GetKind(), Relations: p.GetRelations(), Territory: p.GetTerritory(), Owner: p.GetOwner(), CreateTime: p.GetCreateTime()}
}

const ensure = `insert into customers (customer_id, territory, owner, display_name, kind, relations, time_zone, create_time)
	values ($1, '', '', '', 0, '{}', $2, $3) on conflict do nothing`

// Ensure makes a row for a customer of whom something else is heard before its first event, which only those see who see everything. made says that there was none: then
// profile is to be asked for the customer, and Put to be told its answer.
func (c *Customers) Ensure(ctx context.Context, id uuid.UUID, at time.Time) (made bool, err error) {
	result, err := c.db.Exec(ctx, ensure, id, DefaultZone, at)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Drop takes a row of Ensure away of whose customer profile knows nothing: what was heard of it was late.
func (c *Customers) Drop(ctx context.Context, id uuid.UUID) error {
	_, err := c.db.Exec(ctx, `delete from customers where customer_id = $1 and territory = ''`, id)
	return err
}

func (c *Customers) setDeleted(ctx context.Context, d events.Delivery, what string, at *time.Time) error {
	if _, err := c.db.Exec(ctx, `update customers set delete_time = $2 where customer_id = $1`, d.Aggregate, at); err != nil {
		return err
	}
	return c.told(ctx, Change{Customer: d.Aggregate, What: what, Time: d.Time})
}

// purge removes the row of a customer that profile has removed for good; what other tables hold goes with it, or by who is told.
func (c *Customers) purge(ctx context.Context, d events.Delivery) error {
	if err := c.told(ctx, Change{Customer: d.Aggregate, What: Purged, Time: d.Time}); err != nil {
		return err
	}
	if err := ForgetMerges(ctx, c.db, d.Aggregate); err != nil {
		return err
	}
	_, err := c.db.Exec(ctx, `delete from customers where customer_id = $1`, d.Aggregate)
	return err
}
