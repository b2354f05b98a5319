package churn

import (
	"cmp"
	"context"
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// BacktestChurnRules implements ChurnService.
func (s *Server) BacktestChurnRules(ctx context.Context, r *segmentationv1.BacktestChurnRulesRequest) (*segmentationv1.BacktestChurnRulesResponse, error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	t := Trial{Horizon: cmp.Or(r.GetHorizonDays(), defaultHorizon), ActiveDays: r.GetActiveDays(), Rules: numbers.Churn, Numbers: numbers}
	if t.AsOf, err = civil.FromProto("as_of_date", r.GetAsOfDate()); err != nil {
		return nil, err
	}
	if r.GetChurnRules() != nil {
		if err := checkTiers(r.GetChurnRules().GetTierSilences()); err != nil {
			return nil, err
		}
		t.Rules = settings.ChurnOf(r.GetChurnRules())
	}
	o, err := s.store.Backtest(ctx, t, numbers.Today(s.now()))
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.BacktestChurnRulesResponse{
		AsOfDate: civil.Date(t.AsOf), HorizonDays: t.Horizon, CustomerCount: o.Customers, ChurnedCount: o.Churned, BaseRate: o.BaseRate(),
		ChurnRules: rulesToProto(t.Rules), SettingsVersion: numbers.Version, ExplanationEn: meaning.En, ExplanationZh: meaning.Zh,
	}
	if o.Model != nil {
		out.PurchaseModel = o.Model.toProto()
	}
	for reason, result := range o.Results {
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
