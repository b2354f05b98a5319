package casefile

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (c *Case) state() voicev1.CaseState         { return voicev1.CaseState(c.State) }
func (c *Case) severity() voicev1.Severity       { return voicev1.Severity(c.Severity) }
func (c *Case) request() voicev1.RequestKind     { return voicev1.RequestKind(c.Request) }
func (c *Case) received() *timestamppb.Timestamp { return timestamppb.New(c.Received) }

func (c *Case) opened(ctx context.Context, voice string) (history.Record, error) {
	return c.record(ctx, history.Created, nil, &voicev1.CaseOpened{
		Case: c.Name(), Customer: aggregate.Name(c.Customer), State: c.state(), Severity: c.severity(), Major: c.Major, RequestKind: c.request(), ReceivedTime: c.received(),
		Implicit: c.Implicit, ProductLine: c.ProductLine, ProductCode: c.ProductCode, Voice: voice,
	})
}

func (c *Case) changed(ctx context.Context, fields []history.Field, names ...string) (history.Record, error) {
	return c.record(ctx, history.Changed, fields, &voicev1.CaseChanged{
		Case: c.Name(), Customer: aggregate.Name(c.Customer), State: c.state(), Severity: c.severity(), Major: c.Major, RequestKind: c.request(), Fields: names,
	})
}

// stepped announces a step that has changed a case.
func (c *Case) stepped(ctx context.Context, step *Step, t *Taken, automatic bool) (history.Record, error) {
	switch step.Verb {
	case Assign:
		data := &voicev1.CaseAssigned{
			Case: c.Name(), Customer: aggregate.Name(c.Customer), State: c.state(), Severity: c.severity(), Major: c.Major, RequestKind: c.request(),
			Assignee: c.Assignee, AssigneeBefore: t.Before,
		}
		if c.Desk.Valid {
			data.Desk = resource.Name("desks", c.Desk.UUID)
		}
		return c.record(ctx, history.Changed, nil, data)
	case Resolve:
		return c.record(ctx, history.Changed, nil, &voicev1.CaseResolved{
			Case: c.Name(), Customer: aggregate.Name(c.Customer), State: c.state(), Severity: c.severity(), Major: c.Major, RequestKind: c.request(),
			Assignee: c.Assignee, ReceivedTime: c.received(), FirstResponseTime: stamp(c.FirstResponse), ResolveTime: stamp(c.ResolveTime),
		})
	case Close:
		return c.record(ctx, history.Changed, nil, &voicev1.CaseClosed{
			Case: c.Name(), Customer: aggregate.Name(c.Customer), State: c.state(), Severity: c.severity(), Major: c.Major, RequestKind: c.request(),
			Outcome: voicev1.Case_Outcome(c.Outcome), ReceivedTime: c.received(), CloseTime: stamp(c.CloseTime), Cause: c.Cause, Automatic: automatic,
		})
	case Reopen:
		return c.record(ctx, history.Changed, nil, &voicev1.CaseReopened{
			Case: c.Name(), Customer: aggregate.Name(c.Customer), State: c.state(), Severity: c.severity(), Major: c.Major, RequestKind: c.request(),
			ReopenCount: c.ReopenCount, Assignee: c.Assignee,
		})
	case Respond:
		return c.changed(ctx, nil, "first_response_time")
	case Triage, Start, Wait, Resume, Confirm:
	}
	return c.changed(ctx, nil, "state")
}

func (c *Case) record(ctx context.Context, action history.Action, fields []history.Field, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, c.UpdateTime, c.Customer, data)
	return history.NewRecord(event, action, typev1.Level_BASIC, fields), err
}

// stamp is a time that may be absent.
func stamp(at *time.Time) *timestamppb.Timestamp {
	if at == nil {
		return nil
	}
	return timestamppb.New(*at)
}
