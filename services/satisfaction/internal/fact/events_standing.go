package fact

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// lifecycleChanged is what satisfaction keeps beside the standings that all services do.
const lifecycleChanged = "guanxi.segmentation.lifecycle.changed.v1"

// projectStanding brings an event of segmentation into the projection.
func (s *Store) projectStanding(ctx context.Context, d events.Delivery) error {
	if d.Subject != lifecycleChanged {
		return s.standings.Handle(ctx, d)
	}
	return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.LifecycleChanged) error {
		if err := s.standings.Know(ctx, d.Aggregate, d.Time); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, setLifecycle, d.Aggregate, int16(m.GetStageAfter()), int16(m.GetRoleAfter()), int16(m.GetEngagementAfter()))
		return err
	})
}
