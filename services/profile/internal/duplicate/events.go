package duplicate

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func foundEvent(ctx context.Context, at time.Time, d *duplicate) (events.Event, error) {
	return events.New(ctx, at, d.Second, &profilev1.DuplicateFound{
		Customer: aggregate.Name(d.First), Other: aggregate.Name(d.Second), Score: d.public.Score, Reasons: reasonsToProto(d.public.Reasons),
	})
}

func dismissedEvent(ctx context.Context, at time.Time, p pair) (events.Event, error) {
	return events.New(ctx, at, p.Second, &profilev1.DuplicateDismissed{Customer: aggregate.Name(p.First), Other: aggregate.Name(p.Second)})
}
