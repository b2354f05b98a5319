package gate

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
)

func (s *Snapshot) reserved(ctx context.Context, at time.Time) (history.Record, error) {
	out := &planningv1.ContactReserved{
		Contact: contactName(s.Contact), Customer: aggregate.Name(s.Customer), Kind: planningv1.Activity(s.Kind), Owner: s.Candidate.Owner, Day: civil.Date(s.Day),
	}
	if s.Start != nil {
		out.StartTime = timestamppb.New(*s.Start)
	}
	if s.Activity != uuid.Nil {
		out.Activity = resource.Name("activities", s.Activity)
	}
	if s.Candidate.Budget != uuid.Nil {
		out.Budget = budget.Name(s.Candidate.Budget)
	}
	return record(ctx, at, s.Customer, out)
}

func (o *opened) released(ctx context.Context, at time.Time, cancelled bool) (history.Record, error) {
	return record(ctx, at, o.Customer, &planningv1.ContactReleased{Contact: contactName(o.ID), Customer: aggregate.Name(o.Customer), Cancelled: cancelled})
}

func (o *opened) settled(ctx context.Context, at time.Time) (history.Record, error) {
	return record(ctx, at, o.Customer, &planningv1.ContactSettled{Contact: contactName(o.ID), Customer: aggregate.Name(o.Customer)})
}

// record notes no field values in the history: whom a contact is with not everybody may know.
func record(ctx context.Context, at time.Time, customer uuid.UUID, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, at, customer, data)
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil), err
}
