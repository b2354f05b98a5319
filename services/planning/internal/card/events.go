package card

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// record notes no values in the history: those who read it are not the members of the card.
func (c *Card) record(ctx context.Context, action history.Action, data proto.Message) ([]history.Record, error) {
	event, err := events.New(ctx, c.UpdateTime, c.Customer, data)
	if err != nil {
		return nil, err
	}
	return []history.Record{history.NewRecord(event, action, typev1.Level_MANAGER, nil)}, nil
}

// due announces a review; that is no change of the card.
func due(ctx context.Context, now time.Time, c *Card) (history.Record, error) {
	event, err := events.New(ctx, now, c.Customer, &planningv1.CardReviewDue{Card: c.name(), ReviewDate: civil.Optional(c.NextReview)})
	return history.Record{Event: event}, err
}
