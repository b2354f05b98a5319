package compliance

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (r *Rule) created(ctx context.Context) (events.Event, error) {
	return events.New(ctx, r.CreateTime, r.ID, &planningv1.ComplianceRuleCreated{
		ComplianceRule: r.Name(), Jurisdiction: r.Jurisdiction, Benefit: planningv1.Benefit(r.Benefit), Measure: planningv1.ComplianceRule_Measure(r.Measure),
		EffectiveDate: civil.Date(r.Effective), Replaced: r.replaced(),
	})
}

func (r *Rule) retired(ctx context.Context, at time.Time) (events.Event, error) {
	return events.New(ctx, at, r.ID, &planningv1.ComplianceRuleRetired{ComplianceRule: r.Name(), ExpireDate: civil.Optional(r.Expire)})
}

func (a *Approval) requested(ctx context.Context) (history.Record, error) {
	return a.record(ctx, a.CreateTime, history.Created, &planningv1.ComplianceApprovalRequested{
		ComplianceApproval: a.Name(), Customer: aggregate.Name(a.Customer), Requester: a.Requester,
	})
}

func (a *Approval) decided(ctx context.Context, at time.Time) (history.Record, error) {
	return a.record(ctx, at, history.Changed, &planningv1.ComplianceApprovalDecided{
		ComplianceApproval: a.Name(), Customer: aggregate.Name(a.Customer), Requester: a.Requester, Approved: a.State == StateApproved,
	})
}

// record is seen in the history from the level on that sees approvals.
func (a *Approval) record(ctx context.Context, at time.Time, action history.Action, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, at, a.Customer, data)
	return history.NewRecord(event, action, typev1.Level_MANAGER, nil), err
}
