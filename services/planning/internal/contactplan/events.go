package contactplan

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// announce tells of each customer whose contacts have changed. These are no resource of the customer's own, and stand in no history.
func (s *Store) announce(ctx context.Context, f *frame, c *changes, g *group, causes map[uuid.UUID][]string, locked map[uuid.UUID]*aggregate.Held) error {
	owner := map[uuid.UUID]string{}
	for name, o := range g.owners {
		for _, customer := range o.customers {
			owner[customer] = name
		}
	}
	ids := make([]uuid.UUID, 0, len(c.tallies))
	for id, t := range c.tallies {
		if t.added+t.changed+t.removed > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	records := make([]history.Record, 0, len(ids))
	for _, id := range ids {
		why := causes[id]
		if why == nil {
			why = []string{causeCapacity}
		}
		t := c.tallies[id]
		event, err := events.New(ctx, f.now, id, &planningv1.ContactPlanChanged{
			Customer: aggregate.Name(id), Causes: why, Owner: owner[id], AddedCount: t.added, ChangedCount: t.changed, RemovedCount: t.removed, UnplacedCount: t.unplaced,
		})
		if err != nil {
			return err
		}
		records = append(records, history.NewRecord(event, 0, typev1.Level_BASIC, nil))
	}
	return aggregate.Record(ctx, s.db, locked, records)
}

// event tells of a year that has been laid out.
func (g *generated) event(ctx context.Context, at time.Time, n *noted) (events.Event, error) {
	return events.New(ctx, at, n.ID, &planningv1.ContactPlanGenerated{
		ContactPlan: planName(g.owner), Owner: g.owner, FiscalYear: int32(g.fiscal), ContactPlanRun: resource.Name(runs, g.run),
		DemandedCount: n.Demanded, PlacedCount: n.Placed, MovedCount: n.Moved,
	})
}
