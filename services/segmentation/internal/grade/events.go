package grade

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

func (o *outcome) event(s statements, scope assess.Scope) *segmentationv1.GradeChanged {
	cause := scope.Causes[o.Customer].Or()
	return &segmentationv1.GradeChanged{
		Customer: aggregate.Name(o.Customer), Before: o.Before.String(), After: o.Grade.String(),
		ProvisionalBefore: o.ProvisionalBefore, ProvisionalAfter: o.Provisional, Score: text(o.Score), Overridden: o.Overridden,
		Model: gradingmodel.Name(s.model), EffectiveDate: civil.Date(scope.Day), Cause: cause.What, Reference: cause.Reference,
	}
}

func (o *overriding) set(ctx context.Context) (history.Record, error) {
	return o.record(ctx, o.CreateTime, history.Created, &segmentationv1.GradeOverrideSet{
		GradeOverride: o.name(), Grade: o.Grade.String(), ExpireDate: civil.Date(o.ExpireDay),
	})
}

func (o *overriding) cleared(ctx context.Context, at time.Time) (history.Record, error) {
	return o.record(ctx, at, history.Deleted, &segmentationv1.GradeOverrideCleared{GradeOverride: o.name(), Grade: o.Grade.String()})
}

// record notes no field values in the history: the override itself is never changed.
func (o *overriding) record(ctx context.Context, at time.Time, action history.Action, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, at, o.Customer, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_BASIC, nil), nil
}
