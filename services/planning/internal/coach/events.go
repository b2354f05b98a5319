package coach

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (c *Coach) named(ctx context.Context) ([]history.Record, error) {
	return c.record(ctx, c.CreateTime, history.Created, planningv1.CoachChanged_NAMED)
}

func (c *Coach) changed(ctx context.Context, at time.Time) ([]history.Record, error) {
	if c.RetireTime != nil {
		return c.record(ctx, at, history.Deleted, planningv1.CoachChanged_RETIRED)
	}
	return c.record(ctx, at, history.Changed, planningv1.CoachChanged_OBSERVED)
}

// record notes no field values in the history: observations are kept for good.
func (c *Coach) record(ctx context.Context, at time.Time, action history.Action, change planningv1.CoachChanged_Change) ([]history.Record, error) {
	event, err := events.New(ctx, at, c.Customer, &planningv1.CoachChanged{Coach: c.name(), Change: change})
	return []history.Record{history.NewRecord(event, action, typev1.Level_MANAGER, nil)}, err
}
