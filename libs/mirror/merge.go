package mirror

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// What happened to a customer, beside what mirror.go names: it was merged into another one, or stands on its own again.
const (
	Merged   = "merged"
	Unmerged = "unmerged"
)

const (
	customerMerged   = "guanxi.profile.customer.merged.v1"
	customerAbsorbed = "guanxi.profile.customer.absorbed.v1"
	customerReleased = "guanxi.profile.customer.released.v1"
	customerUnmerged = "guanxi.profile.customer.unmerged.v1"
)

// Merge is that a customer was merged into another one, or that this is taken back.
type Merge struct {
	ID               uuid.UUID // of the pair: under it stands what was moved
	Merged, Survivor uuid.UUID
	Undone           bool
	// Along are the names, below the customer, of what came since under the old name and goes along when the merge is undone ("orders/{order}").
	Along []string
	Time  time.Time
}

// Aliases are the old names of merged customers; *alias.Book is them.
type Aliases interface {
	Add(ctx context.Context, merged, survivor uuid.UUID) error
	Remove(ctx context.Context, merged uuid.UUID) error
}

// Merger has a service follow the merges of customers: what it keeps of the merged one becomes the survivor's, and comes back when the merge is taken back.
//
// A merge concerns two customers, whose events come side by side. The one about the merged customer moves everything; what comes of the survivor after it may be about what
// was moved, so the survivor's own event waits until that is done. When a merge is taken back it is the other way round.
type Merger struct {
	DB  *postgres.DB
	Now func() time.Time
	// Consumer is the subscription's name, by which it is known how far each customer's events are applied.
	Consumer string
	Mover    *rekey.Mover
	Aliases  Aliases
	// Know makes sure that there is a row for the customer.
	Know func(ctx context.Context, customer uuid.UUID, at time.Time) error
	// Put keeps master data: the named fields of a survivor, or all of a customer that is back (nil), which then is not deleted any more.
	Put func(ctx context.Context, customer uuid.UUID, fields []string, p *profilev1.Customer, at time.Time) error
	// Rekeyed is the service's CustomerRekeyed.
	Rekeyed func(customer, survivor string, undone bool) proto.Message
	// Before, if not nil, is told before anything is moved, After of what is worked out from what has moved. Both run in the transaction that moves.
	Before, After func(ctx context.Context, m Merge) error
}

// Handle takes the events of merges; others are of no concern here.
func (m *Merger) Handle(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case customerMerged:
		return Decode(ctx, d, m.merged)
	case customerAbsorbed:
		return Decode(ctx, d, func(ctx context.Context, d events.Delivery, p *profilev1.CustomerAbsorbed) error {
			return m.survivor(ctx, d, p.GetMerged(), p.GetMergedSequence(), p.GetChangedFields(), p.GetAfter())
		})
	case customerReleased:
		return Decode(ctx, d, func(ctx context.Context, d events.Delivery, p *profilev1.CustomerReleased) error {
			return m.survivor(ctx, d, "", 0, p.GetChangedFields(), p.GetAfter())
		})
	case customerUnmerged:
		return Decode(ctx, d, m.unmerged)
	}
	return nil
}

// setMerged has it out of sight, as of when profile did so.
const setMerged = `update customers set delete_time = $2 where customer_id = $1`

func (m *Merger) merged(ctx context.Context, d events.Delivery, p *profilev1.CustomerMerged) error {
	survivor, err := idOf(p.GetSurvivor())
	if err != nil {
		return err
	}
	merge := Merge{ID: MergeID(d.Aggregate, survivor), Merged: d.Aggregate, Survivor: survivor, Time: d.Time}
	return m.both(ctx, d, merge, func(ctx context.Context) error {
		if err := m.Mover.Move(ctx, merge.ID, merge.Merged, merge.Survivor); err != nil {
			return err
		}
		if _, err := m.DB.Exec(ctx, setMerged, merge.Merged, d.Time); err != nil {
			return err
		}
		return m.Aliases.Add(ctx, merge.Merged, merge.Survivor)
	})
}

// survivor takes in what the survivor's own event says of it, once what comes before is done.
func (m *Merger) survivor(ctx context.Context, d events.Delivery, other string, version int64, fields []string, after *profilev1.Customer) error {
	if other != "" {
		id, err := idOf(other)
		if err != nil {
			return err
		}
		if err := m.wait(ctx, d, id, version); err != nil {
			return err
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return m.Put(ctx, d.Aggregate, fields, after, d.Time)
}

func (m *Merger) unmerged(ctx context.Context, d events.Delivery, p *profilev1.CustomerUnmerged) error {
	survivor, err := idOf(p.GetSurvivor())
	if err != nil {
		return err
	}
	if err := m.wait(ctx, d, survivor, p.GetReleasedSequence()); err != nil {
		return err
	}
	merge := Merge{ID: MergeID(d.Aggregate, survivor), Merged: d.Aggregate, Survivor: survivor, Undone: true, Along: p.GetResources(), Time: d.Time}
	return m.both(ctx, d, merge, func(ctx context.Context) error {
		if err := m.Mover.Undo(ctx, merge.ID, merge.Merged, merge.Survivor, merge.Along...); err != nil {
			return err
		}
		if err := m.Put(ctx, merge.Merged, nil, p.GetAfter(), d.Time); err != nil {
			return err
		}
		return m.Aliases.Remove(ctx, merge.Merged)
	})
}

// both does something to both customers, which nobody else writes meanwhile, and confirms it.
func (m *Merger) both(ctx context.Context, d events.Delivery, merge Merge, act func(context.Context) error) error {
	ctx = auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
	ids := []uuid.UUID{merge.Merged, merge.Survivor}
	if err := keepFrom(ctx, m.DB, ids...); err != nil {
		return err
	}
	for _, id := range ids {
		if err := m.Know(ctx, id, d.Time); err != nil {
			return err
		}
	}
	if _, err := aggregate.Hold(ctx, m.DB, ids); err != nil {
		return err
	}
	if m.Before != nil {
		if err := m.Before(ctx, merge); err != nil {
			return err
		}
	}
	if err := act(ctx); err != nil {
		return err
	}
	if m.After != nil {
		if err := m.After(ctx, merge); err != nil {
			return err
		}
	}
	return m.confirm(ctx, d, merge)
}

// isApplied is by its cause, which names the event: a projection that is built anew confirms nothing a second time.
const isApplied = `select exists (select from outbox where aggregate_id = $1 and subject = $2 and cause = $3)`

func (m *Merger) confirm(ctx context.Context, d events.Delivery, merge Merge) error {
	ctx = events.WithCause(ctx, "merge:"+d.ID.String())
	event, err := events.New(ctx, m.Now(), merge.Merged, m.Rekeyed(aggregate.Name(merge.Merged), aggregate.Name(merge.Survivor), merge.Undone))
	if err != nil {
		return err
	}
	var before bool
	if err := m.DB.Get(ctx, &before, isApplied, merge.Merged, event.Subject, event.Cause); err != nil || before {
		return err
	}
	held, err := aggregate.Hold(ctx, m.DB, []uuid.UUID{merge.Merged}) // after what has numbered events of its own
	if err != nil {
		return err
	}
	return aggregate.Record(ctx, m.DB, held, []history.Record{history.NewRecord(event, 0, typev1.Level_BASIC, nil)})
}

const (
	// patience is how often an event comes again to look whether what it waits for is done: most of a day. Then that will not come any more, since it is no longer in the stream.
	patience = 100
	// linger is how long it looks each time, every glance. The two events are neighbours in the stream: most often the other one is just being handled.
	linger, glance = 3 * time.Second, 20 * time.Millisecond
)

const selectApplied = `select coalesce((select version from inbox_versions where consumer = $1 and aggregate_id = $2), 0)`

// wait waits for that number of the other customer to be applied. If that takes long the event is to come again.
func (m *Merger) wait(ctx context.Context, d events.Delivery, other uuid.UUID, version int64) error {
	if d.Attempt > patience {
		return nil
	}
	end := time.NewTimer(linger)
	defer end.Stop()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		var applied int64
		if err := m.DB.Get(ctx, &applied, selectApplied, m.Consumer, other); err != nil || applied >= version {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C: // which does not count as a failure
			return notYet(other, version)
		case <-tick.C:
		}
	}
}

func notYet(other uuid.UUID, version int64) error {
	name, number := aggregate.Name(other), strconv.FormatInt(version, 10)
	return fault.New(codes.Unavailable, "NOT_YET", fault.Text{En: "event " + number + " of " + name + " comes first", Zh: "须先处理 " + name + " 的第 " + number + " 号事件"})
}

func idOf(name string) (uuid.UUID, error) {
	ids, err := resource.Parse("customer", name, "customers")
	if err != nil {
		return uuid.Nil, events.Permanent(err)
	}
	return ids[0], nil
}
