package signal

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store keeps signals.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `customer_id, signal_id, kind, value, signal_time, source_system, source_id, note, author, create_time`

// The customer is looked at again in the same transaction. A signal that is there already changes nothing.
const insert = `with c as (
		select customer_id from customers where customer_id = :customer_id and delete_time is null and guanxi_covers(territory, :scope) for key share
	), s as (
		insert into signals (` + columns + `)
		select customer_id, :signal_id, :kind, :value, :signal_time, :source_system, :source_id, :note, :author, :create_time from c
		on conflict (customer_id, source_system, source_id) do nothing
		returning ` + columns + `
	), t as (
		insert into touched (customer_id, cause, reference, occur_time)
		select customer_id, 'signal', 'customers/' || customer_id || '/signals/' || signal_id, create_time from s
	)
	select ` + columns + ` from s`

const selectBySource = `select ` + columns + ` from signals where customer_id = $1 and source_system = $2 and source_id = $3
	and customer_id in (select c.customer_id from customers c where c.customer_id = $1 and guanxi_covers(c.territory, $4) and c.delete_time is null)`

// Create keeps a signal, or finds the one that its source has sent before.
func (s *Store) Create(ctx context.Context, sent *Signal) (*Signal, error) {
	sent.CreateTime, sent.Author = s.now(), auth.From(ctx).Subject
	if sent.SourceSystem == "" {
		sent.SourceSystem = DefaultSystem
	}
	if wrong := sent.Check(sent.CreateTime); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "signal")
	}
	var err error
	if sent.ID, err = uuid.NewV7(); err != nil {
		return nil, err
	}
	scope := auth.From(ctx).Scope()
	var kept Signal
	err = s.db.NamedGet(ctx, &kept, insert, struct {
		*Signal
		Scope any `db:"scope"`
	}{sent, scope})
	if !errors.Is(err, postgres.ErrNoRows) {
		return &kept, err
	}
	err = s.db.Get(ctx, &kept, selectBySource, sent.CustomerID, sent.SourceSystem, sent.SourceID, scope)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, aggregate.Explain(ctx, s.db, sent.CustomerID)
	}
	return &kept, err
}

type listed struct {
	Signal
	listing.Cursor
}

// list reads a page of a customer's signals.
func (s *Store) list(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]listed, string, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, "signals", "customer_id = $1", customer)
	var rows []listed
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}
