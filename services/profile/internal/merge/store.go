package merge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/blend"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
)

// Cause is that of all that a merge and its undoing change.
const Cause = "merge"

// Store merges customers.
type Store struct {
	db        *postgres.DB
	now       func() time.Time
	aliases   *alias.Book
	mover     *rekey.Mover
	customers *customer.Store
	people    *person.Store
	receipts  *receipt.Store
	box       *seal.Box
}

// collections are the resources of a customer that go with the name under which they were made, with the columns of their ids. What is a person's - gifts, consents - goes with
// the person, under whatever name it was entered.
var collections = map[string]string{
	"people": "person_id", "orders": "order_id", "payments": "payment_id", "insights": "insight_id", "supplyPositions": "position_id", "expectedSales": "sales_id",
}

// except are the tables that merges write themselves.
var except = []string{"customer_external_ids"}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, aliases *alias.Book, keys *seal.Keys) *Store {
	return &Store{
		db: db, now: now, aliases: aliases, mover: rekey.New(db, rekey.Options{Except: except, Collections: collections}),
		customers: customer.NewStore(db, now), people: person.NewStore(db, now, keys), receipts: receipt.NewStore(db, now), box: seal.NewBox(db, keys),
	}
}

// Merge merges duplicates into a survivor, one after the other, all or none.
func (s *Store) Merge(ctx context.Context, survivor Duplicate, duplicates []Duplicate) (*customer.Customer, error) {
	if err := CheckDistinct(survivor.ID, duplicates); err != nil {
		return nil, err
	}
	ids := []uuid.UUID{survivor.ID}
	for _, d := range duplicates {
		ids = append(ids, d.ID)
	}
	var out *customer.Customer
	err := s.db.InTx(events.WithCause(ctx, Cause), func(ctx context.Context) error {
		customers, err := s.lock(ctx, ids)
		if err != nil {
			return err
		}
		out = customers[survivor.ID]
		for _, d := range append([]Duplicate{survivor}, duplicates...) {
			if err := etag.Check(d.Tag, customers[d.ID].Revision, aggregate.Name(d.ID)); err != nil {
				return err
			}
		}
		for _, d := range duplicates {
			if err := s.merge(ctx, out, customers[d.ID]); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// lock takes hold of customers. All of them must be within the caller's territories.
func (s *Store) lock(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*customer.Customer, error) {
	customers, err := s.customers.Lock(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if customers[id] == nil {
			return nil, resource.Missing(ctx, aggregate.Name(id), typev1.Level_BASIC)
		}
	}
	return customers, nil
}

func (s *Store) merge(ctx context.Context, survivor, merged *customer.Customer) error {
	if err := Mergeable(survivor, merged); err != nil {
		return err
	}
	if above, err := s.customers.Above(ctx, survivor, merged.ID); err != nil || above {
		return errors.Join(err, inGroup(survivor.ID, merged.ID))
	}
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{survivor.ID, merged.ID})
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("merge: new id: %w", err)
	}
	state := blend.Lay(customer.ToProto(survivor), customer.ToProto(merged))
	now := s.now()
	survivor.Over(state.After)
	survivor.Revision, survivor.UpdateTime = survivor.Revision+1, now
	if err := s.customers.Rewrite(ctx, survivor); err != nil {
		return err
	}
	state.After.Parent = customer.ToProto(survivor).GetParent() // another one's parent may not do
	records, err := pair{at: now, survivor: held[survivor.ID], merged: held[merged.ID]}.joined(ctx, state)
	if err != nil {
		return err
	}
	if err := aggregate.Record(ctx, s.db, held, records); err != nil {
		return err
	}
	merged.Revision, merged.UpdateTime, merged.DeleteTime, merged.MergedInto = merged.Revision+1, now, &now, uuid.NullUUID{UUID: survivor.ID, Valid: true}
	kept := blend.Merge{
		Layer: blend.Layer{State: state, ID: id, MergedID: merged.ID}, Survivor: survivor.ID, Version: held[survivor.ID].Sequence,
		Actor: auth.From(ctx).Subject, Time: now,
	}
	twins, err := s.people.Twins(ctx, survivor.ID, merged.ID)
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return s.customers.Rewrite(ctx, merged) },
		func() error { return kept.Insert(ctx, s.db) },
		func() error { return s.customers.GiveIDs(ctx, merged.ID, survivor.ID) },
		func() error { return s.mover.Move(ctx, id, merged.ID, survivor.ID) },
		func() error { return s.aliases.Add(ctx, merged.ID, survivor.ID) },
		func() error { return s.tighten(ctx, id, survivor.ID, twins) },
	}
	return inOrder(steps)
}

// inOrder does one step after the other until one fails.
func inOrder(steps []func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
