package segmentation_test

import (
	"maps"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// requests are one of every RPC.
func (s *scene) requests() map[string]proto.Message {
	all := s.ofTheCustomer()
	maps.Copy(all, s.ofTheCompany())
	return all
}

func (s *scene) ofTheCustomer() map[string]proto.Message {
	c := s.customer
	return map[string]proto.Message{
		"ChurnService/GetCustomerChurnRisk":  &segmentationv1.GetCustomerChurnRiskRequest{Name: c + "/churnRisk"},
		"ChurnService/ListChurnRisks":        &segmentationv1.ListChurnRisksRequest{Parent: c},
		"EntitlementService/GetEntitlements": &segmentationv1.GetEntitlementsRequest{Name: c + "/entitlements"},
		"GradeService/GetGrade":              &segmentationv1.GetGradeRequest{Name: c + "/grade"},
		"GradeService/ListAssessments":       &segmentationv1.ListAssessmentsRequest{Parent: c},
		"GradeService/OverrideGrade":         s.override(),
		"GradeService/ClearGradeOverride":    &segmentationv1.ClearGradeOverrideRequest{Name: c + "/grade"},
		"JudgementService/CreateJudgement": &segmentationv1.CreateJudgementRequest{
			Parent: c, Judgement: &segmentationv1.Judgement{Factor: "influence", Level: 4, Evidence: "x"},
		},
		"JudgementService/ListJudgements":    &segmentationv1.ListJudgementsRequest{Parent: c},
		"JudgementService/WithdrawJudgement": &segmentationv1.WithdrawJudgementRequest{Name: s.judgement},
		"LoyaltyService/GetPoints":           &segmentationv1.GetPointsRequest{Name: c + "/points"},
		"LoyaltyService/ListPointEntries":    &segmentationv1.ListPointEntriesRequest{Parent: c},
		"LoyaltyService/EarnPoints": &segmentationv1.EarnPointsRequest{
			Customer: c, Points: 1, Reason: "x", Kind: segmentationv1.PointEntry_OTHER, Reference: "x",
		},
		"LoyaltyService/RedeemPoints":  &segmentationv1.RedeemPointsRequest{Customer: c, Reward: s.reward, Quantity: 1},
		"LoyaltyService/ReversePoints": &segmentationv1.ReversePointsRequest{Customer: c, Entry: s.entry, Reason: "x"},
		"RebateService/CreateRebateAgreement": &segmentationv1.CreateRebateAgreementRequest{Parent: c, RebateAgreement: &segmentationv1.RebateAgreement{
			Kind: segmentationv1.RebateAgreement_PREPAYMENT, FiscalYear: 2025, PrepaidDays: 30, Tiers: []*segmentationv1.RebateTier{{Threshold: "50", RatePercent: "1"}},
		}},
		"RebateService/ListRebateAgreements":   &segmentationv1.ListRebateAgreementsRequest{Parent: c},
		"RebateService/CancelRebateAgreement":  &segmentationv1.CancelRebateAgreementRequest{Name: s.agreement, Reason: "x"},
		"RebateService/SettleRebates":          &segmentationv1.SettleRebatesRequest{FiscalYear: 2025, Customers: []string{c}},
		"RebateService/GetRebateSettlement":    &segmentationv1.GetRebateSettlementRequest{Name: s.settlement},
		"RebateService/CancelRebateSettlement": &segmentationv1.CancelRebateSettlementRequest{Name: s.settlement},
		"RebateService/ListRebates":            &segmentationv1.ListRebatesRequest{Parent: c},
		"SegmentService/ListCustomerSegments":  &segmentationv1.ListCustomerSegmentsRequest{Parent: c},
		"SignalService/CreateSignal": &segmentationv1.CreateSignalRequest{Parent: c, Signal: &segmentationv1.Signal{
			Kind: segmentationv1.Signal_COMPLAINT, Value: 1, SignalTime: timestamppb.New(s.Clock.Now()), SourceId: "x",
		}},
		"SignalService/ListSignals":         &segmentationv1.ListSignalsRequest{Parent: c},
		"StandingService/GetClass":          &segmentationv1.GetClassRequest{Name: c + "/class"},
		"StandingService/GetTier":           &segmentationv1.GetTierRequest{Name: c + "/tier"},
		"StandingService/GetLifecycle":      &segmentationv1.GetLifecycleRequest{Name: c + "/lifecycle"},
		"StandingService/ListStandings":     &segmentationv1.ListStandingsRequest{},
		"StandingService/ListStandingMoves": &segmentationv1.ListStandingMovesRequest{Parent: c},
		"StandingService/GetConcentration":  &segmentationv1.GetConcentrationRequest{Percents: []float64{1, 100}},
	}
}

func (s *scene) ofTheCompany() map[string]proto.Message {
	return map[string]proto.Message{
		"AssessmentService/RunAssessment":       &segmentationv1.RunAssessmentRequest{},
		"AssessmentService/GetAssessmentRun":    &segmentationv1.GetAssessmentRunRequest{Name: s.run},
		"AssessmentService/CancelAssessmentRun": &segmentationv1.CancelAssessmentRunRequest{Name: s.run},
		"ChurnService/BacktestChurnRules":       &segmentationv1.BacktestChurnRulesRequest{AsOfDate: &date.Date{Year: 2025, Month: 5, Day: 17}},
		"ChurnService/GetChurnBacktest":         &segmentationv1.GetChurnBacktestRequest{Name: s.backtest},
		"ChurnService/CancelChurnBacktest":      &segmentationv1.CancelChurnBacktestRequest{Name: s.backtest},
		"ChurnService/GetCompanyPurchaseModel":  &segmentationv1.GetCompanyPurchaseModelRequest{Name: "companyPurchaseModel"},
		"GradeService/ExplainGrade":             &segmentationv1.ExplainGradeRequest{Factors: []*segmentationv1.GivenFactor{{Factor: "gross", Value: "1"}}},
		"GradeService/SimulateGradingModel":     &segmentationv1.SimulateGradingModelRequest{Name: s.draft, MoverCount: 100},
		"GradingModelService/CreateGradingModel": &segmentationv1.CreateGradingModelRequest{
			GradingModel: &segmentationv1.GradingModel{LabelEn: "x"}, CopyFrom: s.model,
		},
		"GradingModelService/GetGradingModel":         &segmentationv1.GetGradingModelRequest{Name: s.model},
		"GradingModelService/ListGradingModels":       &segmentationv1.ListGradingModelsRequest{},
		"GradingModelService/UpdateGradingModel":      &segmentationv1.UpdateGradingModelRequest{GradingModel: &segmentationv1.GradingModel{Name: s.draft, LabelEn: "x"}},
		"GradingModelService/DeleteGradingModel":      &segmentationv1.DeleteGradingModelRequest{Name: s.draft},
		"GradingModelService/PublishGradingModel":     &segmentationv1.PublishGradingModelRequest{Name: s.draft},
		"LoyaltyService/GetLoyaltyProgramme":          &segmentationv1.GetLoyaltyProgrammeRequest{Name: "loyaltyProgramme"},
		"LoyaltyService/ListLoyaltyProgrammeVersions": &segmentationv1.ListLoyaltyProgrammeVersionsRequest{Parent: "loyaltyProgramme"},
		"LoyaltyService/UpdateLoyaltyProgramme": &segmentationv1.UpdateLoyaltyProgrammeRequest{
			LoyaltyProgramme: &segmentationv1.LoyaltyProgramme{Name: "loyaltyProgramme", ExpiryMonths: 1},
		},
		"RewardService/CreateReward":         &segmentationv1.CreateRewardRequest{Reward: &segmentationv1.Reward{LabelEn: "x", LabelZh: "x", Points: 1}},
		"RewardService/GetReward":            &segmentationv1.GetRewardRequest{Name: s.reward},
		"RewardService/ListRewards":          &segmentationv1.ListRewardsRequest{},
		"RewardService/UpdateReward":         &segmentationv1.UpdateRewardRequest{Reward: &segmentationv1.Reward{Name: s.reward, Points: 1}},
		"PolicyService/CreatePolicy":         &segmentationv1.CreatePolicyRequest{Policy: &segmentationv1.Policy{LabelEn: "x"}, CopyFrom: s.policy},
		"PolicyService/GetPolicy":            &segmentationv1.GetPolicyRequest{Name: s.policy},
		"PolicyService/ListPolicies":         &segmentationv1.ListPoliciesRequest{},
		"PolicyService/UpdatePolicy":         &segmentationv1.UpdatePolicyRequest{Policy: &segmentationv1.Policy{Name: s.policy, LabelEn: "x"}},
		"PolicyService/PublishPolicy":        &segmentationv1.PublishPolicyRequest{Name: s.policy},
		"PolicyEffectService/SimulatePolicy": &segmentationv1.SimulatePolicyRequest{Name: s.policy},
		"PolicyEffectService/EvaluatePolicy": &segmentationv1.EvaluatePolicyRequest{Name: "policies/current"},
		"PolicyEffectService/CreatePolicyEvaluation": &segmentationv1.CreatePolicyEvaluationRequest{
			Parent: "policies/current", PolicyEvaluation: &segmentationv1.PolicyEvaluation{ConclusionEn: "x"},
		},
		"PolicyEffectService/ListPolicyEvaluations": &segmentationv1.ListPolicyEvaluationsRequest{Parent: "policies/current"},
		"PurchaseModelService/FitPurchaseModel":     &segmentationv1.FitPurchaseModelRequest{Histories: []*segmentationv1.PurchaseHistory{{X: 1, Tx: 1, T: 2}}},
		"PurchaseModelService/PredictPurchases": &segmentationv1.PredictPurchasesRequest{
			Model: &segmentationv1.PurchaseModel{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}, History: &segmentationv1.PurchaseHistory{T: 1}, Horizon: 1,
		},
		"SegmentService/CreateSegment": &segmentationv1.CreateSegmentRequest{Segment: &segmentationv1.Segment{LabelEn: "x", Rule: "net_profit > 1.0"}},
		"SegmentService/GetSegment":    &segmentationv1.GetSegmentRequest{Name: s.secret},
		"SegmentService/ListSegments":  &segmentationv1.ListSegmentsRequest{},
		// With etags that it has not, so that the segment stays as it is.
		"SegmentService/UpdateSegment":                     &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: s.secret, LabelEn: "x", Etag: "stale"}},
		"SegmentService/DeleteSegment":                     &segmentationv1.DeleteSegmentRequest{Name: s.secret, Etag: "stale"},
		"SegmentService/PreviewSegment":                    &segmentationv1.PreviewSegmentRequest{Rule: "sales > 1.0"},
		"SegmentService/ListSegmentMembers":                &segmentationv1.ListSegmentMembersRequest{Parent: s.segment},
		"SegmentationSettingsService/GetSettings":          &segmentationv1.GetSettingsRequest{Name: "segmentationSettings"},
		"SegmentationSettingsService/ListSettingsVersions": &segmentationv1.ListSettingsVersionsRequest{Parent: "segmentationSettings"},
		"SegmentationSettingsService/UpdateSettings": &segmentationv1.UpdateSettingsRequest{
			Settings: &segmentationv1.Settings{Name: "segmentationSettings", TierHysteresis: 0.2},
		},
	}
}
