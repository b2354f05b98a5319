package policy

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// published announces a policy; before is the one that would be in force on its effective date without it.
func published(ctx context.Context, at time.Time, p, before *Policy) (events.Event, error) {
	return events.New(ctx, at, p.ID, &segmentationv1.PolicyPublished{
		Policy: p.Name(), FiscalYear: p.FiscalYear, Version: p.Version, EffectiveDate: civil.Optional(p.Effective),
		ChangedRules: Changed(&before.Content, &p.Content),
	})
}
