package improvement

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

func (i *Improvement) due(ctx context.Context, at time.Time) (events.Event, error) {
	return events.New(ctx, at, i.ID, &satisfactionv1.ImprovementDue{
		Improvement: i.Name(), Survey: survey.Name(i.Survey), ItemCode: i.Item, Owner: i.Owner, DueDate: civil.Optional(i.Due),
	})
}

func (i *Improvement) verified(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *i.VerifyTime, i.ID, &satisfactionv1.ImprovementVerified{
		Improvement: i.Name(), Survey: survey.Name(i.Survey), VerifiedSurvey: survey.Name(i.VerifiedSurvey.UUID), ItemCode: i.Item, Owner: i.Owner,
		Verdict: satisfactionv1.Improvement_Verdict(i.Verdict),
	})
}
