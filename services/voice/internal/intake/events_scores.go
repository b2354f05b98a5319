package intake

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// ScoresConsumer is the name of the subscription that listens to satisfaction. What it makes are voices, which are not built again.
const ScoresConsumer = "voice-scores"

// survey is the source of a voice that was derived from an answer, scoreSystem the system that it refers to.
const (
	survey      int16 = 8
	scoreSystem       = "satisfaction"
)

// Scores takes in low scores of surveys as implicit complaints [隐性投诉]: what a customer was dissatisfied with and did not say. know makes sure that the customer is known.
func (s *Store) Scores(know func(ctx context.Context, customer uuid.UUID, at time.Time) error) events.Subscription {
	return events.Subscription{
		Name: ScoresConsumer, Subjects: []string{"guanxi.satisfaction.response.low_scored.v1"}, Workers: 2,
		Handle: func(ctx context.Context, d events.Delivery) error {
			return mirror.Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *satisfactionv1.ResponseLowScored) error {
				return s.scored(ctx, d, m, know)
			})
		},
	}
}

func (s *Store) scored(ctx context.Context, d events.Delivery, m *satisfactionv1.ResponseLowScored, know func(context.Context, uuid.UUID, time.Time) error) error {
	ids, err := resource.Parse("customer", m.GetCustomer(), "customers")
	if err != nil {
		return events.Permanent(err)
	}
	customer, err := mirror.Survivor(ctx, s.db, ids[0])
	if err != nil {
		return err
	}
	if err := know(ctx, customer, d.Time); err != nil {
		return err
	}
	ctx = auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
	_, err = s.Receive(ctx, &Voice{
		Customer: uuid.NullUUID{UUID: customer, Valid: true}, Source: survey, Kind: complaint, Implicit: true, Received: d.Time,
		Text:         "问卷评分偏低 · low scores: " + strings.Join(m.GetItemCodes(), ", ") + " (" + m.GetSurvey() + ")",
		SourceSystem: scoreSystem, SourceID: m.GetResponse(),
	})
	if err != nil && fault.From(err).Reason() == "DELETED" { // there is nobody left whose complaint it could be
		return nil
	}
	return err
}
