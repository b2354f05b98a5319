package plan

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// record notes no values in the history: what is said of a person has to go with the person, and versions keep what was approved.
func (p *Plan) record(ctx context.Context, action history.Action, data proto.Message) ([]history.Record, error) {
	event, err := events.New(ctx, p.UpdateTime, p.Customer, data)
	if err != nil {
		return nil, err
	}
	return []history.Record{history.NewRecord(event, action, typev1.Level_BASIC, nil)}, nil
}

func (p *Plan) created() proto.Message {
	return &planningv1.PlanCreated{Plan: p.name(), Customer: p.customer(), FiscalYear: int32(p.FiscalYear), Version: p.Version}
}

func (p *Plan) changed() proto.Message {
	return &planningv1.PlanChanged{Plan: p.name(), Customer: p.customer(), FiscalYear: int32(p.FiscalYear), Version: p.Version}
}

func (p *Plan) revised(base *Plan) proto.Message {
	return &planningv1.PlanRevised{Plan: p.name(), Customer: p.customer(), FiscalYear: int32(p.FiscalYear), Version: p.Version, Base: base.name()}
}

// approved says that p is in force; before is nil for the first version.
func (p *Plan) approved(before *Plan) proto.Message {
	event := &planningv1.PlanApproved{Plan: p.name(), Customer: p.customer(), FiscalYear: int32(p.FiscalYear), Version: p.Version, Approver: p.Approver}
	if before != nil {
		event.Superseded = before.name()
	}
	return event
}

func (p *Plan) reported(r Report) proto.Message {
	return &planningv1.PlanReported{
		Plan: p.name(), Customer: p.customer(), FiscalYear: int32(p.FiscalYear), Version: p.Version, Measure: r.Measure, State: planningv1.Measure_State(r.State),
		ProgressPercent: r.Percent,
	}
}
