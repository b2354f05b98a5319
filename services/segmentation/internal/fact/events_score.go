package fact

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/events"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Scores keeps how satisfied customers were when they were asked as signals.
func (s *Store) Scores() events.Subscription {
	return events.Subscription{
		Name: ScoresConsumer, Subjects: []string{"guanxi.satisfaction.customer_score.published.v1"}, Workers: 2,
		Handle: func(ctx context.Context, d events.Delivery) error { return handle(ctx, d, s.score) },
	}
}

func (s *Store) score(ctx context.Context, d events.Delivery, m *satisfactionv1.CustomerScorePublished) error {
	value, err := decimal.NewFromString(m.GetScore())
	if err != nil {
		return events.Permanent(fmt.Errorf("fact: the score %q: %w", m.GetScore(), err))
	}
	return s.putSignal(ctx, d, segmentationv1.Signal_SATISFACTION, value, m.GetSurvey())
}
