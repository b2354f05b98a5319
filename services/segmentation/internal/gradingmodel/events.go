package gradingmodel

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func published(ctx context.Context, at time.Time, m *Model) (history.Record, error) {
	event, err := events.New(ctx, at, m.ID, &segmentationv1.GradingModelPublished{
		GradingModel: Name(m.ID), LabelEn: m.LabelEn, LabelZh: m.LabelZh, EffectiveDate: civil.Date(*m.EffectiveDay),
	})
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil), nil
}
