package segmentation_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestEveryRPCAndFieldDeclaresItsLevel(t *testing.T) {
	t.Parallel()
	require.Empty(t, level.Undeclared("guanxi."))
}

func (s *scene) matrix() *servicetest.Matrix {
	all := "customers/-"
	return &servicetest.Matrix{
		Service: s.Service, Package: "guanxi.segmentation.v1", Requests: s.requests(), Inside: "cn/south", Outside: []string{"cn/southern", "eu"},
		All: map[string]proto.Message{
			"ChurnService/ListChurnRisks":       &segmentationv1.ListChurnRisksRequest{},
			"LoyaltyService/ListPointEntries":   &segmentationv1.ListPointEntriesRequest{Parent: all},
			"SegmentService/ListSegmentMembers": &segmentationv1.ListSegmentMembersRequest{Parent: s.segment},
			"StandingService/ListStandings":     &segmentationv1.ListStandingsRequest{OrderBy: "inner_level"},
		},
		Anywhere: []string{
			"AssessmentService/GetAssessmentRun", "ChurnService/BacktestChurnRules", "ChurnService/GetCompanyPurchaseModel", "GradeService/ExplainGrade",
			"GradeService/SimulateGradingModel", "GradingModelService/GetGradingModel", "GradingModelService/ListGradingModels",
			"LoyaltyService/GetLoyaltyProgramme", "LoyaltyService/ListLoyaltyProgrammeVersions", "PolicyEffectService/EvaluatePolicy",
			"PolicyEffectService/ListPolicyEvaluations", "PolicyEffectService/SimulatePolicy", "PolicyService/GetPolicy", "PolicyService/ListPolicies",
			"PurchaseModelService/PredictPurchases", "RewardService/GetReward", "RewardService/ListRewards", "SegmentService/GetSegment", "SegmentService/ListSegmentMembers", "SegmentService/ListSegments", "SegmentService/PreviewSegment",
			"SegmentationSettingsService/GetSettings", "SegmentationSettingsService/ListSettingsVersions", "StandingService/GetConcentration",
			"StandingService/ListStandings",
		},
		// 42424.2 a month is the contribution.
		Secrets: map[typev1.Level][]string{manager: {"42424", "secret-reason"}, executive: {"535353"}},
		Company: map[typev1.Level][]string{manager: {"secret-segment"}, executive: {"board-segment"}},
		Open: []string{
			"open-customer", "open-owner", "open-evidence", "open-note", "open-source", "open-reason", "open-reference", "open-conclusion", "717171", "4000000",
		},
	}
}

// What is above a caller's level, or outside of his territory, comes out nowhere. The scene takes a while to come about, so all look at the same one.
func TestNothingIsGivenAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	x := s.matrix()
	s.requireCleanEvents(t, x)
	s.requireNoOracleByRules(t)
	x.RequireNoOracle(t, "gross_profit", "net_profit", "grossProfit", "monthly_contribution", "contribution", "moved_value")
	delete(x.Requests, "SignalService/ListSignals") // whose value is another one, and for everybody
	x.RequireNoOracle(t, "value")
	require.Greater(t, s.matrix().Walk(t), 40, "the secrets are there for those who may see them, or this test proves nothing")
}

// requireCleanEvents looks at what goes to subscribers: it is at BASIC level, whoever caused it.
func (s *scene) requireCleanEvents(t *testing.T, x *servicetest.Matrix) {
	t.Helper()
	var count int
	require.NoError(t, s.DB.Get(t.Context(), &count, `select count(*) from outbox`))
	require.Greater(t, count, 10)
	for _, e := range s.Events(t, "guanxi.segmentation.>", count) {
		x.RequireWithin(t, e.Subject, string(e.Data)+fmt.Sprint(e.Header), basic)
	}
}

// requireNoOracleByRules asks by rules over what is above the level. They are refused, however they hide that: who belongs to them would tell.
func (s *scene) requireNoOracleByRules(t *testing.T) {
	t.Helper()
	segments := segmentationv1.NewSegmentServiceClient(s.Conn)
	facts := map[typev1.Level][]string{
		manager:   {"gross_profit", "previous_gross_profit", "last_year_gross_profit", "value", "contribution"},
		executive: {"net_profit", "last_year_net_profit"},
	}
	for needed, names := range facts {
		ctx := s.As(t, needed-1)
		for _, name := range names {
			for _, form := range []string{"%s > 1.0", "known(%s)", "true || %s > 1.0", "!(%s > 1.0)", "sales < %s", "(%s > 1.0 ? 1 : 2) == 1", "sales / %s > 1.0"} {
				rule := fmt.Sprintf(form, name)
				_, err := segments.PreviewSegment(ctx, &segmentationv1.PreviewSegmentRequest{Rule: rule})
				require.Equal(t, codes.PermissionDenied, status.Code(err), "%s: %v", rule, err)
				_, err = segments.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: &segmentationv1.Segment{LabelEn: "x", Rule: rule}})
				require.Equal(t, codes.PermissionDenied, status.Code(err), "%s: %v", rule, err)
				_, err = segments.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: s.segment, Rule: rule}})
				require.Equal(t, codes.PermissionDenied, status.Code(err), "%s: %v", rule, err)
			}
		}
	}
}
