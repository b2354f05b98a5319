package preference

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// Store keeps preferences.
type Store struct {
	db    *postgres.DB
	now   func() time.Time
	facts *fact.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, facts: fact.NewStore(db, now)}
}

const (
	// A person that is known has a preference, if only an empty one.
	get = `select p.customer_id, p.person_id, p.senior, coalesce(f.main_contact, false) as main_contact, coalesce(f.liked_weekdays, '{}') as liked_weekdays,
			f.from_minute, f.until_minute, coalesce(f.refused_activities, '{}') as refused_activities, cast(f.refused_days as text[]) as refused_days, coalesce(f.author, '') as author,
			coalesce(f.revision, 0) as revision, f.update_time
		from people p join customers c using (customer_id) left join contact_preferences f using (customer_id, person_id)
		where p.customer_id = $1 and p.person_id = $2 and guanxi_covers(c.territory, $3) and (not p.senior or $4)`

	put = `insert into contact_preferences as f (customer_id, person_id, main_contact, liked_weekdays, from_minute, until_minute, refused_activities, refused_days, author,
			revision, update_time)
		values (:customer_id, :person_id, :main_contact, :liked_weekdays, :from_minute, :until_minute, :refused_activities, cast(:refused_days as date[]), :author, :revision, :update_time)
		on conflict (customer_id, person_id) do update set main_contact = excluded.main_contact, liked_weekdays = excluded.liked_weekdays,
			from_minute = excluded.from_minute, until_minute = excluded.until_minute, refused_activities = excluded.refused_activities,
			refused_days = excluded.refused_days, author = excluded.author, revision = excluded.revision, update_time = excluded.update_time`

	forget = `delete from contact_preferences where customer_id = $1 and person_id = $2`
)

// Get reads the preference of a person that the caller may know of.
func (s *Store) Get(ctx context.Context, customer, person uuid.UUID) (*Preference, error) {
	var p Preference
	caller := auth.From(ctx)
	err := s.db.Get(ctx, &p, get, customer, person, caller.Scope(), caller.Level >= typev1.Level_MANAGER)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, (&Preference{Customer: customer, Person: person}).Name(), typev1.Level_MANAGER)
	}
	return &p, err
}

// Update lets change alter a preference, stores what came of it and has the customer planned again. An alteration that makes no difference is not stored.
func (s *Store) Update(ctx context.Context, customer, person uuid.UUID, change func(*Preference) error) (p *Preference, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
		if err != nil {
			return err
		}
		if p, err = s.Get(ctx, customer, person); err != nil {
			return err
		}
		if held[customer].Deleted {
			return aggregate.GoneError(customer)
		}
		before := p.toProto()
		if err := change(p); err != nil {
			return err
		}
		fields := history.Diff(before, p.toProto())
		if len(fields) == 0 {
			return nil
		}
		now := s.now()
		p.Author, p.UpdateTime = auth.From(ctx).Subject, &now
		p.Revision++
		if _, err := s.db.NamedExec(ctx, put, p); err != nil {
			return err
		}
		if err := s.facts.Replan(ctx, fact.Replan{Customer: customer, Cause: fact.CausePerson, Reference: p.Name(), Time: now}); err != nil {
			return err
		}
		record, err := p.changed(ctx, now, fields)
		if err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{record})
	})
	return p, err
}

func (p *Preference) changed(ctx context.Context, at time.Time, fields []history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, p.Customer, &planningv1.ContactPreferenceChanged{ContactPreference: p.Name(), ChangedFields: history.Names(fields)})
	if err != nil {
		return history.Record{}, err
	}
	level := typev1.Level_BASIC
	if p.Senior {
		level = typev1.Level_MANAGER
	}
	return history.NewRecord(event, history.Changed, level, fields), nil
}

// Forget removes what a person has said; it is a fact.Forget.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, forget, customer, person)
	return err
}
