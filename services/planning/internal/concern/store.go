package concern

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// Store keeps concerns.
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
	columns = `customer_id, concern_id, source_system, source_id, major, summary, open_time, resolve_time, author, create_time`

	insert = `insert into concerns (customer_id, concern_id, source_system, source_id, major, summary, open_time, author, create_time)
	values (:customer_id, :concern_id, :source_system, :source_id, :major, :summary, :open_time, :author, :create_time)`

	selectBySource = `select ` + columns + ` from concerns where customer_id = $1 and source_system = $2 and source_id = $3`
	selectByID     = `select ` + columns + ` from concerns where customer_id = $1 and concern_id = $2`
	resolve        = `update concerns set resolve_time = $3 where customer_id = $1 and concern_id = $2`
)

// held runs fn in a transaction that holds a living customer within the caller's territories.
func (s *Store) held(ctx context.Context, customer uuid.UUID, fn func(ctx context.Context) (*history.Record, error)) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
		if err != nil {
			return err
		}
		if h := held[customer]; h == nil || h.Deleted {
			return aggregate.Explain(ctx, s.db, customer)
		}
		record, err := fn(ctx)
		if err != nil || record == nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{*record})
	})
}

// Create keeps a concern, or finds the one that its source has sent before. A major one has the customer's contacts planned again.
func (s *Store) Create(ctx context.Context, c *Concern) (kept *Concern, err error) {
	if c.ID, err = uuid.NewV7(); err != nil {
		return nil, err
	}
	kept = c
	err = s.held(ctx, c.Customer, func(ctx context.Context) (*history.Record, error) {
		var before Concern
		err := s.db.Get(ctx, &before, selectBySource, c.Customer, c.SourceSystem, c.SourceID)
		if err == nil {
			kept = &before
			return nil, nil //nolint:nilnil // nothing happened, which is no error
		}
		if !errors.Is(err, postgres.ErrNoRows) {
			return nil, err
		}
		if _, err := s.db.NamedExec(ctx, insert, c); err != nil {
			return nil, err
		}
		if c.Major {
			if err := s.facts.Replan(ctx, fact.Replan{Customer: c.Customer, Cause: fact.CauseConcern, Reference: c.Name(), Time: c.CreateTime}); err != nil {
				return nil, err
			}
		}
		return c.opened(ctx)
	})
	return kept, err
}

// Resolve closes a concern. at is nil for now.
func (s *Store) Resolve(ctx context.Context, customer, id uuid.UUID, at *time.Time) (*Concern, error) {
	var c Concern
	err := s.held(ctx, customer, func(ctx context.Context) (*history.Record, error) {
		err := s.db.Get(ctx, &c, selectByID, customer, id)
		if errors.Is(err, postgres.ErrNoRows) {
			return nil, resource.Missing(ctx, Name(customer, id), typev1.Level_BASIC)
		}
		if err != nil || c.ResolveTime != nil {
			return nil, err
		}
		now := s.now()
		when := now
		if at != nil {
			when = *at
		}
		if wrong := c.CheckResolved(when, now); len(wrong) > 0 {
			return nil, fault.Invalid(wrong...)
		}
		c.ResolveTime = &when
		if _, err := s.db.Exec(ctx, resolve, customer, id, when); err != nil {
			return nil, err
		}
		return c.resolved(ctx, now)
	})
	return &c, err
}

// List reads a page of a customer's concerns.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Concern, string, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, "concerns", "customer_id = $1", customer)
	var rows []struct {
		Concern
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Concern, len(rows))
	for i := range rows {
		out[i] = &rows[i].Concern
	}
	return out, next, err
}
