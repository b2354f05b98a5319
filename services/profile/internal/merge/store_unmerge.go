package merge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/profile/internal/blend"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
)

// Parted is what came of a merge that was taken back.
type Parted struct {
	Survivor, Customer *customer.Customer
	// Kept are external ids that one of them had and others have meanwhile.
	Kept []contact.ExternalID
}

const selectSurvivor = `select survivor_id from merges where merged_id = $1 and unmerge_time is null`

// Unmerge takes the merge of a customer back.
func (s *Store) Unmerge(ctx context.Context, id uuid.UUID, tag string) (*Parted, error) {
	var out *Parted
	err := s.db.InTx(events.WithCause(ctx, Cause), func(ctx context.Context) error {
		var survivor uuid.UUID
		err := s.db.Get(ctx, &survivor, selectSurvivor, id)
		if errors.Is(err, postgres.ErrNoRows) {
			if err := aggregate.Visible(ctx, s.db, id); err != nil {
				return err
			}
			return notMerged(id)
		}
		if err != nil {
			return err
		}
		customers, err := s.lock(ctx, []uuid.UUID{survivor, id})
		if err != nil {
			return err
		}
		out = &Parted{Survivor: customers[survivor], Customer: customers[id]}
		if err := Unmergeable(out.Survivor); err != nil {
			return err
		}
		if err := etag.Check(tag, out.Survivor.Revision, aggregate.Name(survivor)); err != nil {
			return err
		}
		return s.unmerge(ctx, out)
	})
	return out, err
}

func (s *Store) unmerge(ctx context.Context, p *Parted) error {
	survivor, merged := p.Survivor, p.Customer
	layers, err := blend.Layers(ctx, s.db, survivor.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(layers, func(l blend.Layer) bool { return l.MergedID == merged.ID })
	if at < 0 { // taken back by another call meanwhile
		return fault.Aborted(aggregate.Name(merged.ID))
	}
	id := layers[at].ID
	wasSurvivor, wasMerged := customer.ToProto(survivor), customer.ToProto(merged)
	isSurvivor, isMerged, err := blend.Remove(ctx, s.db, layers, at, wasSurvivor)
	if err != nil {
		return err
	}
	survivor.Over(isSurvivor)
	merged.Over(isMerged)
	for _, c := range []*customer.Customer{survivor, merged} { // a parent of then may have been merged since
		if c.Parent.Valid && c.Parent.UUID != merged.ID {
			c.Parent.UUID = s.aliases.Survivor(c.Parent.UUID)
			c.Parent.Valid = c.Parent.UUID != c.ID
		}
	}
	now := s.now()
	survivor.Revision, survivor.UpdateTime = survivor.Revision+1, now
	merged.Revision, merged.UpdateTime, merged.DeleteTime, merged.MergedInto = merged.Revision+1, now, nil, uuid.NullUUID{}
	return inOrder([]func() error{
		func() (err error) { p.Kept, err = s.customers.SplitIDs(ctx, survivor, merged); return err },
		func() error { return s.loosen(ctx, id, survivor.ID) },
		func() error { return s.customers.Rewrite(ctx, survivor) },
		func() error { return s.customers.Rewrite(ctx, merged) },
		func() error { return s.mover.Undo(ctx, id, merged.ID, survivor.ID) },
		func() error { return s.aliases.Remove(ctx, merged.ID) },
		func() error { return s.close(ctx, id) },
		func() error {
			return s.announce(ctx, now, change{wasSurvivor, customer.ToProto(survivor)}, change{wasMerged, customer.ToProto(merged)}, survivor.ID, merged.ID)
		},
	})
}

const closeMerge = `update merges set unmerge_time = $2, unmerge_actor = $3 where merge_id = $1`

func (s *Store) close(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, closeMerge, id, s.now(), auth.From(ctx).Subject)
	return err
}

// announce writes the records of an unmerge. The numbers are read again, as people may have been changed on the way.
func (s *Store) announce(ctx context.Context, at time.Time, survivor, merged change, survivorID, mergedID uuid.UUID) error {
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{survivorID, mergedID})
	if err != nil {
		return err
	}
	resources, err := s.mover.Followed(ctx, mergedID, mostResources)
	if err != nil {
		return err
	}
	records, err := pair{at: at, survivor: held[survivorID], merged: held[mergedID]}.parted(ctx, survivor, merged, resources)
	if err != nil {
		return err
	}
	return aggregate.Record(ctx, s.db, held, records)
}
