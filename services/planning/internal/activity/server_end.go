package activity

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
)

// CompleteActivity implements ActivityService.
func (s *Server) CompleteActivity(ctx context.Context, r *planningv1.CompleteActivityRequest) (*planningv1.CustomerActivity, error) {
	ids, err := resource.Parse("name", r.GetName(), "activities")
	if err != nil {
		return nil, err
	}
	cost, currency := decimal.Zero, ""
	if r.GetActualCost() != nil {
		actual, err := budget.FromProto("actual_cost", r.GetActualCost(), false)
		if err != nil {
			return nil, err
		}
		cost, currency = actual.Amount, actual.Currency
	}
	followUps, err := followUpsOf("follow_ups", r.GetFollowUps())
	if err != nil {
		return nil, err
	}
	a, err := s.store.Change(ctx, ids[0], r.GetEtag(), uuid.NullUUID{}, func(ctx context.Context, a *Activity) (*history.Record, error) {
		if a.State != Planned {
			return nil, a.stateError()
		}
		if currency != "" && a.Currency != "" && currency != a.Currency {
			return nil, fault.Invalid(fault.Field("actual_cost", "CURRENCY", fault.Text{En: "must be in the currency of the planned cost", Zh: "货币须与计划费用相同"}))
		}
		a.State, a.Report, a.ActualCost = Done, r.GetReport(), decimal.NewNullDecimal(cost)
		if a.Currency == "" {
			a.Currency = currency
		}
		if len(followUps) > 0 {
			a.FollowUps = followUps
		}
		record, err := a.completed(ctx, s.now())
		return &record, err
	})
	return answer(ctx, a, err)
}

// CancelActivity implements ActivityService.
func (s *Server) CancelActivity(ctx context.Context, r *planningv1.CancelActivityRequest) (*planningv1.CustomerActivity, error) {
	ids, err := resource.Parse("name", r.GetName(), "activities")
	if err != nil {
		return nil, err
	}
	a, err := s.store.Change(ctx, ids[0], r.GetEtag(), uuid.NullUUID{}, func(ctx context.Context, a *Activity) (*history.Record, error) {
		if a.State != Planned {
			return nil, a.stateError()
		}
		a.State, a.CancelReason = Cancelled, r.GetReason()
		record, err := a.cancelled(ctx, s.now())
		return &record, err
	})
	return answer(ctx, a, err)
}
