package concern

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// affair is what voice told of a case.
type affair struct {
	Customer uuid.UUID
	Case     string // its resource name
	Counts   bool   // whether it is something that those who meet the customer must know of
	Open     bool
	Major    bool
	Received time.Time // when it is told, else when it was heard of
	Heard    time.Time
}

const change = `update concerns set major = :major, resolve_time = :resolve_time where customer_id = :customer_id and concern_id = :concern_id`

// follow keeps the concern of a case as the case is: made when it first counts, major as long as it is, resolved and opened again with it. What is no complaint from the first
// never becomes a concern, what has become none any more is one that is resolved. Telling it again changes nothing.
func (s *Store) follow(ctx context.Context, a *affair) error {
	ctx = auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
	if err := s.facts.Know(ctx, a.Customer, a.Heard); err != nil {
		return err
	}
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{a.Customer})
	if err != nil {
		return err
	}
	var before Concern
	err = s.db.Get(ctx, &before, selectBySource, a.Customer, caseSystem, a.Case)
	var record *history.Record
	switch {
	case errors.Is(err, postgres.ErrNoRows):
		record, err = s.heard(ctx, a)
	case err == nil:
		record, err = s.moved(ctx, &before, a)
	}
	if err != nil || record == nil {
		return err
	}
	return aggregate.Record(ctx, s.db, held, []history.Record{*record})
}

func (s *Store) heard(ctx context.Context, a *affair) (*history.Record, error) {
	if !a.Counts || !a.Open {
		return nil, nil //nolint:nilnil // nothing happened, which is no error
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	c := &Concern{
		Customer: a.Customer, ID: id, SourceSystem: caseSystem, SourceID: a.Case, Major: a.Major, OpenTime: a.Received, Author: nobody, CreateTime: a.Heard,
	}
	if _, err := s.db.NamedExec(ctx, insert, c); err != nil {
		return nil, err
	}
	if err := s.replan(ctx, c, a.Heard); err != nil {
		return nil, err
	}
	return c.opened(ctx)
}

func (s *Store) moved(ctx context.Context, before *Concern, a *affair) (*history.Record, error) {
	c := *before
	c.Major = a.Major
	switch open := a.Counts && a.Open; {
	case open:
		c.ResolveTime = nil
	case c.ResolveTime == nil:
		c.ResolveTime = &a.Heard
	}
	fields := c.changed(before)
	if len(fields) == 0 {
		return nil, nil //nolint:nilnil // nothing happened, which is no error
	}
	if _, err := s.db.NamedExec(ctx, change, c); err != nil {
		return nil, err
	}
	if c.ResolveTime != nil {
		if before.ResolveTime == nil {
			return c.resolved(ctx, a.Heard)
		}
		return c.differs(ctx, a.Heard, fields)
	}
	if !before.Major || before.ResolveTime != nil { // it was no open major one
		if err := s.replan(ctx, &c, a.Heard); err != nil {
			return nil, err
		}
	}
	return c.differs(ctx, a.Heard, fields)
}

// replan has the customer's contacts planned again when the concern is a major one.
func (s *Store) replan(ctx context.Context, c *Concern, at time.Time) error {
	if !c.Major {
		return nil
	}
	return s.facts.Replan(ctx, fact.Replan{Customer: c.Customer, Cause: fact.CauseConcern, Reference: c.Name(), Time: at})
}
