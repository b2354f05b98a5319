package settings

import (
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// Name is the resource name of the one settings there are.
const Name = "satisfactionSettings"

// shipped are the numbers of version 1; the comments of their proto say where they come from.
func shipped() *satisfactionv1.Settings {
	return &satisfactionv1.Settings{
		Name: Name, CurrencyCode: "CNY", FiscalYearStartMonth: 1, TimeZone: "Asia/Shanghai", Confidence: 0.95,
		DelphiRules:  &satisfactionv1.DelphiRules{MostMovementPercent: 5, MostVariation: 0.25, MinimumExperts: 3},
		PretestRules: &satisfactionv1.PretestRules{LeastRespondents: 30, MostRespondents: 50, LeastAlpha: 0.7, LeastItemTotal: 0.3},
		SurveyRules:  &satisfactionv1.SurveyRules{CensusMost: 100, MinimumGroup: 5, RestDays: 90, RemindDays: 7, MostReminders: 2},
		ResponseRules: &satisfactionv1.ResponseRules{
			LeastAnsweredPercent: 50, StraightLineGrades: 8, MostContradictionPercent: 60, LeastSecondsPerQuestion: 1.5, LowScorePercent: 25, LowRecommendation: 3,
		},
		AnalysisRules:     shippedAnalysis(),
		ServiceLevelRules: shippedServiceLevel(),
	}
}
