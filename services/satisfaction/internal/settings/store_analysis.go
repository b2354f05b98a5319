package settings

import (
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func analysisOf(p *satisfactionv1.AnalysisRules) Analysis {
	a := Analysis{Overall: p.GetOverallItems(), Depth: int(p.GetTerritoryDepth()), CompetitorSuffix: p.GetCompetitorSuffix()}
	for _, b := range p.GetBehaviour() {
		a.Behaviour = append(a.Behaviour, Behaviour{int32(b.GetIndicator()), b.GetItemCode()})
	}
	return a
}

func analysisRules(p *satisfactionv1.Settings) []fault.Violation {
	switch a := p.GetAnalysisRules(); {
	case a == nil:
		return []fault.Violation{fault.Field("analysis_rules", "REQUIRED", required)}
	case a.GetTerritoryDepth() < 1:
		return []fault.Violation{fault.Field("analysis_rules.territory_depth", "RANGE", fault.Text{En: "must be at least 1", Zh: "至少为 1"})}
	case a.GetCompetitorSuffix() == "":
		return []fault.Violation{fault.Field("analysis_rules.competitor_suffix", "REQUIRED", required)}
	}
	return nil
}

func shippedAnalysis() *satisfactionv1.AnalysisRules {
	return &satisfactionv1.AnalysisRules{
		OverallItems: []string{"satisfaction_total"}, TerritoryDepth: 2, CompetitorSuffix: "_competitor",
		Behaviour: []*satisfactionv1.BehaviourRule{
			{Indicator: satisfactionv1.BehaviourIndicator_REPUTATION, ItemCode: "image_trust"},
			{Indicator: satisfactionv1.BehaviourIndicator_RETURN_RATE, ItemCode: "loyalty_again"},
			{Indicator: satisfactionv1.BehaviourIndicator_IMPLICIT_COMPLAINT_RATE, ItemCode: "complaint_frequency"},
			{Indicator: satisfactionv1.BehaviourIndicator_PRICE_TOLERANCE, ItemCode: "loyalty_price"},
		},
	}
}
