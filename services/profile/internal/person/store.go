package person

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps people.
type Store struct {
	db  *postgres.DB
	now func() time.Time
	box *seal.Box
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, keys *seal.Keys) *Store {
	return &Store{db: db, now: now, box: seal.NewBox(db, keys)}
}

const columns = `p.customer_id, p.person_id, p.revision, p.position, p.department, p.reports_to, p.senior, p.language, p.consents, p.sealed,
	k.wrapped, k.wrapped_by, p.create_time, p.update_time`

// sources are the tables that people are read from. Who has no key is not there: what an older backup holds of a person who was erased is nobody.
const sources = `people p join vault.person_keys k on k.person_id = p.person_id join customers c on c.customer_id = p.customer_id`

// visible joins a person to his customer and asks for the caller's territories ($1) and level ($2).
const visible = `guanxi_covers(c.territory, $1) and (not p.senior or $2 >= 2)`

// written is a person with what a write needs beside him.
type written struct {
	Person
	wrapped
	shut
	history.Record
	Answers postgres.JSON[[]Consent] `db:"consents"`
	Scope   driver.Valuer            `db:"scope"`
}

func (s *Store) newWritten(ctx context.Context, p *Person, record history.Record) (written, error) {
	w := written{Person: *p, Record: record, Scope: auth.From(ctx).Scope()}
	w.Answers.V = openConsents(p.Consents)
	var err error
	w.shut, err = p.said().shut(s.box.Keys, p.key)
	return w, err
}

const insertPerson = aggregate.Bump + `, key as (
	insert into vault.person_keys (person_id, wrapped, wrapped_by, name_blind, blinds, days)
	select :person_id, cast(:wrapped as bytea), :wrapped_by, cast(:name_blind as bytea), cast(:blinds as bytea[]), cast(:days as smallint[])
	from bumped
), person as (
	insert into people (customer_id, person_id, revision, position, department, reports_to, senior, language, consents, sealed, create_time, update_time)
	select aggregate_id, :person_id, 1, :position, :department, cast(:reports_to as uuid), cast(:senior as boolean), :language, cast(:consents as jsonb),
		cast(:sealed as bytea), cast(:create_time as timestamptz), cast(:create_time as timestamptz)
	from bumped
), ` + history.Write

// Create stores a new person with his history and event.
func (s *Store) Create(ctx context.Context, p *Person) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("person: new id: %w", err)
	}
	now := s.now()
	p.ID, p.Revision, p.CreateTime, p.UpdateTime = id, 1, now, now
	if wrong := p.Check(); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "person")
	}
	key, kept, err := s.box.New(id)
	if err != nil {
		return err
	}
	p.key = key
	record, err := created(ctx, now, p)
	if err != nil {
		return err
	}
	w, err := s.newWritten(ctx, p, record)
	if err != nil {
		return err
	}
	w.wrapped = wrapped{Key: kept.Key, By: kept.By}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		result, err := s.db.NamedExec(ctx, insertPerson, w)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, aggregate.Explain(ctx, s.db, p.CustomerID))
		}
		if err := s.followConsents(ctx, nil, p); err != nil {
			return err
		}
		return s.checkOthers(ctx, p, uuid.NullUUID{}, nil)
	})
}

const selectPerson = `select ` + columns + ` from ` + sources + `
	where ` + visible + ` and p.customer_id = $3 and p.person_id = $4`

// Get reads one person, with a superior above the caller's level left out.
func (s *Store) Get(ctx context.Context, customerID, id uuid.UUID) (*Person, error) {
	p, err := s.read(ctx, selectPerson, customerID, id)
	if err != nil {
		return nil, err
	}
	return p, s.hideSuperiors(ctx, []*Person{p})
}

func (s *Store) read(ctx context.Context, query string, customerID, id uuid.UUID) (*Person, error) {
	caller := auth.From(ctx)
	var r row
	err := s.db.Get(ctx, &r, query, caller.Scope(), int32(caller.Level), customerID, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(customerID, id), typev1.Level_MANAGER)
	}
	if err != nil {
		return nil, err
	}
	return r.open(s.box.Keys)
}

// List reads a page of the people of one customer, or of all.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customerID uuid.UUID) ([]*Person, string, error) {
	caller := auth.From(ctx)
	where, args := visible+" and c.delete_time is null", []any{caller.Scope(), int32(caller.Level)}
	if customerID != resource.Any {
		where, args = visible+" and p.customer_id = $3", append(args, customerID)
	}
	query, args := plan.Query(columns, sources, where, args...)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Person, len(rows))
	for i := range rows {
		if out[i], err = rows[i].open(s.box.Keys); err != nil {
			return nil, "", err
		}
	}
	return out, next, s.hideSuperiors(ctx, out)
}
