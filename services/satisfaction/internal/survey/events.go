package survey

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

func (s *Survey) opened(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *s.OpenTime, s.ID, &satisfactionv1.SurveyOpened{
		Survey: s.Name(), Questionnaire: questionnaire.Name(s.Questionnaire), QuestionnaireVersion: s.QuestionnaireVersion, Territory: s.Territory,
		PopulationSize: s.PopulationSize, SampleSize: s.SampleSize, Anonymous: s.Anonymous,
	})
}

func (s *Survey) closed(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *s.CloseTime, s.ID, &satisfactionv1.SurveyClosed{Survey: s.Name(), Territory: s.Territory})
}

// issued and reminded change nothing of the customer, and so are none of its history.
func (i *Invitation) issued(ctx context.Context, s *Survey, at time.Time) (history.Record, error) {
	event, err := events.New(ctx, at, i.Customer, &satisfactionv1.InvitationIssued{
		Invitation: i.Name(), Survey: s.Name(), Customer: aggregate.Name(i.Customer), EndTime: timestamp(s.EndTime),
	})
	return history.Record{Event: event}, err
}

func (i *Invitation) reminded(ctx context.Context, at time.Time) (history.Record, error) {
	event, err := events.New(ctx, at, i.Customer, &satisfactionv1.InvitationReminded{
		Invitation: i.Name(), Survey: Name(i.Survey), Customer: aggregate.Name(i.Customer), Reminder: int32(i.Reminders),
	})
	return history.Record{Event: event}, err
}
