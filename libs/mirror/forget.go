package mirror

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// The events after which a service keeps nothing of a person.
const (
	PersonDeleted = "guanxi.profile.person.deleted.v1"
	PersonErased  = "guanxi.profile.person.erased.v1"
)

// Forgetter has a service forget the people whom profile has removed or erased, and confirm it: all of it in the transaction that hears of it.
type Forgetter struct {
	DB  *postgres.DB
	Now func() time.Time
	// Know makes sure that there is a row for the customer, which numbers the confirmation.
	Know func(ctx context.Context, customer uuid.UUID, at time.Time) error
	// Confirmed is the service's PersonForgotten.
	Confirmed func(person string) proto.Message
}

// Handle takes an event of either subject. forget removes what the service's own tables say of the person. It is called again when the event is, also for somebody whom the
// service has never heard of, and then finds nothing.
func (f *Forgetter) Handle(ctx context.Context, d events.Delivery, forget func(ctx context.Context, customer, person uuid.UUID) error) error {
	ids, err := resource.Parse("person", d.Resource, "customers", "people")
	if err != nil {
		return events.Permanent(err)
	}
	customer, person := ids[0], ids[1]
	// Whoever asks profile for the person holds this lock until its answer is kept: none from before can come after. It is taken before any row, as by the fetcher.
	if _, err := f.DB.Exec(ctx, lockWish, customer.String()+person.String()); err != nil {
		return err
	}
	if err := f.Know(ctx, customer, d.Time); err != nil {
		return err
	}
	ctx = auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
	if err := forget(ctx, customer, person); err != nil {
		return err
	}
	if err := f.forgetTraces(ctx, customer, person); err != nil {
		return err
	}
	return f.confirm(ctx, customer, d)
}

const (
	// What the history tells of the person, that it happened apart, and in what else he is named; also that of customers that were merged into his.
	forgetHistory = `with recursive kin (id) as (
			select cast($1 as uuid) union select a.customer_id from aliases a join kin k on a.survivor_id = k.id
		), own (id, name) as (
			select id, 'customers/' || id || '/people/' || $2 from kin
		)
		update changes set fields = case when resource = own.name or starts_with(resource, own.name || '/') then '[]' else
			(select coalesce(jsonb_agg(f order by place), '[]') from jsonb_array_elements(fields) with ordinality as e (f, place) where strpos(f::text, $2) = 0) end
		from own
		where aggregate_id = own.id and fields <> '[]' and (resource = own.name or starts_with(resource, own.name || '/') or strpos(fields::text, $2) > 0)`
	// Whoever repeats such a call is told that there is no such person.
	forgetAnswers = `delete from requests where position(convert_to($1, 'UTF8') in answer) > 0`
)

// forgetTraces removes the person from what every service keeps beside its own tables.
func (f *Forgetter) forgetTraces(ctx context.Context, customer, person uuid.UUID) error {
	if _, err := f.DB.Exec(ctx, forgetHistory, customer, person.String()); err != nil {
		return err
	}
	if _, err := f.DB.Exec(ctx, forgetAnswers, person.String()); err != nil {
		return err
	}
	return f.forgetAside(ctx, person.String())
}

// isConfirmed keeps a projection that is built anew from confirming again what it confirmed when it was built first.
const isConfirmed = `select exists (select from outbox where aggregate_id = $1 and subject = $2 and resource = $3)`

// confirm publishes that the person is forgotten, also of a customer that is deleted.
func (f *Forgetter) confirm(ctx context.Context, customer uuid.UUID, d events.Delivery) error {
	event, err := events.New(ctx, f.Now(), customer, f.Confirmed(d.Resource))
	if err != nil {
		return err
	}
	held, err := aggregate.Hold(ctx, f.DB, []uuid.UUID{customer}) // after forget, which may have numbered events of its own
	if err != nil {
		return err
	}
	var before bool
	if err := f.DB.Get(ctx, &before, isConfirmed, customer, event.Subject, event.Resource); err != nil || before {
		return err
	}
	return aggregate.Record(ctx, f.DB, held, []history.Record{history.NewRecord(event, 0, typev1.Level_BASIC, nil)})
}
