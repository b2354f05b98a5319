package churn

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// backtests is the collection of their names.
const backtests = "churnBacktests"

// BacktestChurnRules implements ChurnService.
func (s *Server) BacktestChurnRules(ctx context.Context, r *segmentationv1.BacktestChurnRulesRequest) (*segmentationv1.ChurnBacktest, error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	t := Trial{Horizon: cmp.Or(r.GetHorizonDays(), defaultHorizon), ActiveDays: r.GetActiveDays(), Rules: numbers.Churn, Version: numbers.Version}
	if t.AsOf, err = civil.FromProto("as_of_date", r.GetAsOfDate()); err != nil {
		return nil, err
	}
	if r.GetChurnRules() != nil {
		if err := checkTiers(r.GetChurnRules().GetTierSilences()); err != nil {
			return nil, err
		}
		t.Rules = settings.ChurnOf(r.GetChurnRules())
	}
	known, err := s.store.known(ctx, numbers.Today(s.now()))
	if err != nil {
		return nil, err
	}
	if err := t.check(known); err != nil {
		return nil, err
	}
	id, err := operation.Start(ctx, s.db, backtesting, t, s.now())
	if err != nil {
		return nil, err
	}
	o, err := operation.Get(ctx, s.db, backtesting, id)
	return backtest(ctx, id, o, err)
}

// GetChurnBacktest implements ChurnService.
func (s *Server) GetChurnBacktest(ctx context.Context, r *segmentationv1.GetChurnBacktestRequest) (*segmentationv1.ChurnBacktest, error) {
	ids, err := resource.Parse("name", r.GetName(), backtests)
	if err != nil {
		return nil, err
	}
	o, err := operation.Get(ctx, s.db, backtesting, ids[0])
	return backtest(ctx, ids[0], o, err)
}

// CancelChurnBacktest implements ChurnService.
func (s *Server) CancelChurnBacktest(ctx context.Context, r *segmentationv1.CancelChurnBacktestRequest) (*segmentationv1.ChurnBacktest, error) {
	ids, err := resource.Parse("name", r.GetName(), backtests)
	if err != nil {
		return nil, err
	}
	o, err := operation.Cancel(ctx, s.db, backtesting, ids[0], s.now())
	return backtest(ctx, ids[0], o, err)
}

// backtest makes the answer of an operation that was found, or of the error. Figures of a part of the customers would mislead: they come at the end.
func backtest(ctx context.Context, id uuid.UUID, o *operation.Operation, err error) (*segmentationv1.ChurnBacktest, error) {
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name(backtests, id), typev1.Level_MANAGER)
	}
	if err != nil {
		return nil, err
	}
	var t Trial
	if err := o.Decode(&t); err != nil {
		return nil, err
	}
	out := &segmentationv1.ChurnBacktest{
		Name: resource.Name(backtests, id), Operation: operation.ToProto(o), AsOfDate: civil.Date(t.AsOf), HorizonDays: t.Horizon, ChurnRules: rulesToProto(t.Rules),
		SettingsVersion: t.Version, ExplanationEn: meaning.En, ExplanationZh: meaning.Zh,
	}
	at, err := standOf(o)
	if err != nil || o.State != operation.Succeeded {
		return out, err
	}
	at.Outcome.finish()
	out.CustomerCount, out.ChurnedCount, out.BaseRate = at.Outcome.Customers, at.Outcome.Churned, at.Outcome.BaseRate()
	if at.Outcome.Model != nil {
		out.PurchaseModel = at.Outcome.Model.toProto()
	}
	for reason, result := range at.Outcome.Results {
		out.Results = append(out.Results, &segmentationv1.BacktestResult{
			Reason: segmentationv1.ChurnRisk_Reason(reason), WarnedCount: result.Warned, TruePositiveCount: result.Hits, MissedCount: result.Missed,
			Precision: result.Precision, Recall: result.Recall, F1: result.F1,
		})
	}
	return out, nil
}

func checkTiers(silences []*segmentationv1.TierSilence) error {
	seen := map[segmentationv1.Tier]bool{}
	for i, s := range silences {
		if seen[s.GetTier()] {
			return fault.Invalid(fault.Field(fmt.Sprintf("churn_rules.tier_silences[%d].tier", i), "UNIQUE", fault.Text{
				En: "stands there twice", Zh: "重复",
			}))
		}
		seen[s.GetTier()] = true
	}
	return nil
}
