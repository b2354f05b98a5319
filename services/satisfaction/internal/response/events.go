package response

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// aggregate is whose event one about the response is: the customer's, and where nobody knows it the survey's.
func (r *Response) aggregate() uuid.UUID {
	if r.Customer.Valid {
		return r.Customer.UUID
	}
	return r.Survey
}

func (r *Response) customerName() string {
	if !r.Customer.Valid {
		return ""
	}
	return aggregate.Name(r.Customer.UUID)
}

// accepted is what is told once, when a response counts for the first time. low are the codes of what was rated low. Where nobody is to know who answered, the event does not name the
// response: by its time, and that of the invitation, one could.
func (r *Response) accepted(ctx context.Context, at time.Time, low []string) ([]history.Record, error) {
	said := &satisfactionv1.ResponseAccepted{Survey: survey.Name(r.Survey), Channel: satisfactionv1.Response_Channel(r.Channel)}
	if !r.Customer.Valid {
		return r.records(ctx, at, 0, said)
	}
	said.Customer, said.Response = r.customerName(), r.Name()
	records, err := r.records(ctx, at, history.Created, said)
	if err != nil || len(low) == 0 {
		return records, err
	}
	more, err := r.records(ctx, at, 0, &satisfactionv1.ResponseLowScored{Response: r.Name(), Customer: r.customerName(), Survey: survey.Name(r.Survey), ItemCodes: low})
	return append(records, more...), err
}

func (r *Response) voided(ctx context.Context, at time.Time, fields []history.Field) ([]history.Record, error) {
	return r.records(ctx, at, history.Changed, &satisfactionv1.ResponseVoided{
		Response: r.Name(), Customer: r.customerName(), Reason: satisfactionv1.Response_VoidReason(r.VoidReason),
	}, fields...)
}

func (r *Response) restored(ctx context.Context, at time.Time, fields []history.Field) ([]history.Record, error) {
	return r.records(ctx, at, history.Changed, &satisfactionv1.ResponseRestored{Response: r.Name(), Customer: r.customerName()}, fields...)
}

func (r *Response) records(ctx context.Context, at time.Time, action history.Action, data proto.Message, fields ...history.Field) ([]history.Record, error) {
	event, err := events.New(ctx, at, r.aggregate(), data)
	if err != nil {
		return nil, err
	}
	return []history.Record{history.NewRecord(event, action, typev1.Level_BASIC, fields)}, nil
}
