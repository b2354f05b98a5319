package merge

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/blend"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
)

// pair is a merged customer and its survivor, held, with their numbers.
type pair struct {
	at               time.Time
	survivor, merged *aggregate.Held
}

// joined are the records of a merge: of the merged customer first, by whose number the other one says behind what it belongs.
func (p pair) joined(ctx context.Context, s blend.State) ([]history.Record, error) {
	fields := history.Diff(s.Before, s.After)
	names := history.Names(fields)
	merged, err := record(ctx, p.at, p.merged.ID, history.Merged, nil, &profilev1.CustomerMerged{
		Customer: aggregate.Name(p.merged.ID), Survivor: aggregate.Name(p.survivor.ID), Fields: names,
	})
	if err != nil {
		return nil, err
	}
	absorbed, err := record(ctx, p.at, p.survivor.ID, action(fields), fields, &profilev1.CustomerAbsorbed{
		Customer: aggregate.Name(p.survivor.ID), Merged: aggregate.Name(p.merged.ID), MergedSequence: p.merged.Sequence + 1,
		ChangedFields: names, Before: customer.Public(s.Before, names), After: customer.Public(s.After, names),
	})
	return []history.Record{merged, absorbed}, err
}

// parted are the records of a merge taken back: of the survivor first.
func (p pair) parted(ctx context.Context, survivor, merged change, resources []string) ([]history.Record, error) {
	fields := survivor.fields()
	names := history.Names(fields)
	released, err := record(ctx, p.at, p.survivor.ID, action(fields), fields, &profilev1.CustomerReleased{
		Customer: aggregate.Name(p.survivor.ID), Merged: aggregate.Name(p.merged.ID),
		ChangedFields: names, Before: customer.Public(survivor.before, names), After: customer.Public(survivor.after, names),
	})
	if err != nil {
		return nil, err
	}
	unmerged, err := record(ctx, p.at, p.merged.ID, history.Unmerged, merged.fields(), &profilev1.CustomerUnmerged{
		Customer: aggregate.Name(p.merged.ID), Survivor: aggregate.Name(p.survivor.ID), ReleasedSequence: p.survivor.Sequence + 1,
		After: customer.Public(merged.after, nil), Resources: below(resources),
	})
	return []history.Record{released, unmerged}, err
}

// mostResources bounds an event: what other services have to be told of is seldom more.
const mostResources = 10_000

// below are resource names without the customer that they begin with.
func below(names []string) []string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		if parts := strings.SplitN(name, "/", 3); len(parts) == 3 && parts[0] == "customers" {
			out = append(out, parts[2])
		}
	}
	return out
}

// change is a customer before and after.
type change struct{ before, after *profilev1.Customer }

func (c change) fields() []history.Field { return history.Diff(c.before, c.after) }

// action of a survivor that no field of has changed is none: there is an event, and nothing for the history.
func action(fields []history.Field) history.Action {
	if len(fields) == 0 {
		return 0
	}
	return history.Changed
}

func record(ctx context.Context, at time.Time, id uuid.UUID, what history.Action, fields []history.Field, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, at, id, data)
	if err != nil {
		return history.Record{}, err
	}
	event.Via = uuid.NullUUID{} // a merge is of both, by whatever name they were called
	return history.NewRecord(event, what, typev1.Level_BASIC, fields), nil
}
