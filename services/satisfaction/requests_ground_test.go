package satisfaction_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// prepareGround makes a model with an open round, one with a closed one, and one that is released.
func (s *scene) prepareGround(ctx context.Context, t *testing.T) {
	t.Helper()
	model, made := s.round(ctx, t)
	s.names["model"], s.names["round"], s.names["secret"] = model, made.GetDelphiRound().GetName(), made.GetLinks()[0].GetSecret()
	s.rate(t, made, "3", "4", "5")
	_, over := s.round(ctx, t)
	s.rate(t, over, "3", "4", "5")
	closed, err := s.delphi().CloseDelphiRound(ctx, &satisfactionv1.CloseDelphiRoundRequest{Name: over.GetDelphiRound().GetName()})
	require.NoError(t, err)
	s.names["closed"] = closed.GetName()
}

func row(t *testing.T, values ...any) *structpb.ListValue {
	t.Helper()
	list, err := structpb.NewList(values)
	require.NoError(t, err)
	return list
}

func groundRequests(t *testing.T, s *scene) map[string]proto.Message {
	t.Helper()
	table := []*structpb.ListValue{row(t, 1, 2, 3), row(t, 2, 3, 5), row(t, 3, 1, 4)}
	model, round := s.names["model"], s.names["round"]
	return map[string]proto.Message{
		"DelphiService/ApplyDelphiRound":           &satisfactionv1.ApplyDelphiRoundRequest{Name: s.names["closed"], Reason: "x"},
		"DelphiService/CloseDelphiRound":           &satisfactionv1.CloseDelphiRoundRequest{Name: s.names["closed"]},
		"DelphiService/CreateDelphiRound":          &satisfactionv1.CreateDelphiRoundRequest{Parent: model},
		"DelphiService/GetDelphiForm":              &satisfactionv1.GetDelphiFormRequest{Secret: s.names["secret"]},
		"DelphiService/GetDelphiRound":             &satisfactionv1.GetDelphiRoundRequest{Name: round},
		"DelphiService/ListDelphiRounds":           &satisfactionv1.ListDelphiRoundsRequest{Parent: model},
		"DelphiService/RateDelphiRound":            &satisfactionv1.RateDelphiRoundRequest{Name: round, Ratings: ratings("1", "1")},
		"DelphiService/SubmitDelphiForm":           &satisfactionv1.SubmitDelphiFormRequest{Secret: s.names["secret"], Ratings: ratings("1", "1")},
		"FormulaService/ComputeConcordance":        &satisfactionv1.ComputeConcordanceRequest{Ratings: table},
		"FormulaService/ComputeIndex":              &satisfactionv1.ComputeIndexRequest{Items: []*satisfactionv1.IndexScore{{Score: 4, Weight: 1}}},
		"FormulaService/ComputeQuadrants":          &satisfactionv1.ComputeQuadrantsRequest{Items: []*satisfactionv1.QuadrantItem{{Name: "x", Importance: 1, Performance: 1}}},
		"FormulaService/ComputeRecommendation":     &satisfactionv1.ComputeRecommendationRequest{Scores: []int32{10, 9, 0}},
		"FormulaService/ComputeReliability":        &satisfactionv1.ComputeReliabilityRequest{Responses: table},
		"FormulaService/ComputeSampleSize":         &satisfactionv1.ComputeSampleSizeRequest{Population: 1000, Error: 0.05},
		"FormulaService/FindServiceTolerance":      &satisfactionv1.FindServiceToleranceRequest{Penalty: 3, PenaltyDeviation: 10},
		"FormulaService/RelateSalesToService":      &satisfactionv1.RelateSalesToServiceRequest{Points: []*satisfactionv1.SalesObservation{{ServicePercent: 90, Sales: 1}, {ServicePercent: 95, Sales: 2}}},
		"IndexModelService/GetIndexModel":          &satisfactionv1.GetIndexModelRequest{Name: model},
		"IndexModelService/ListIndexModels":        &satisfactionv1.ListIndexModelsRequest{},
		"IndexModelService/ReleaseIndexModel":      &satisfactionv1.ReleaseIndexModelRequest{Name: model},
		"IndexModelService/ReviseIndexModel":       &satisfactionv1.ReviseIndexModelRequest{Name: model},
		"IndexModelService/CreateIndexModel":       &satisfactionv1.CreateIndexModelRequest{IndexModel: smallModel()},
		"IndexModelService/UpdateIndexModel":       &satisfactionv1.UpdateIndexModelRequest{IndexModel: &satisfactionv1.IndexModel{Name: model, LabelEn: "open-model"}},
		"SatisfactionSettingsService/GetSettings":  &satisfactionv1.GetSettingsRequest{Name: "satisfactionSettings"},
		"IndexModelService/ListIndexModelVersions": &satisfactionv1.ListIndexModelVersionsRequest{Parent: model},
		"FormulaService/FindOptimumServiceLevel": &satisfactionv1.FindOptimumServiceLevelRequest{
			SalesResponse: 0.0015, TradingMargin: 0.75, AnnualSales: 80_000, CarryingCostRate: 0.25, ProductCost: 10, DemandStdDev: 500,
		},
		"SatisfactionSettingsService/ListSettingsVersions": &satisfactionv1.ListSettingsVersionsRequest{Parent: "satisfactionSettings"},
		"SatisfactionSettingsService/UpdateSettings": &satisfactionv1.UpdateSettingsRequest{
			Settings: &satisfactionv1.Settings{Name: "satisfactionSettings", CurrencyCode: "CNY"},
		},
	}
}

// groundAnywhere are those of them that are of the whole company.
var groundAnywhere = []string{
	"DelphiService/GetDelphiForm", "DelphiService/GetDelphiRound", "DelphiService/ListDelphiRounds",
	"DelphiService/SubmitDelphiForm", "FormulaService/ComputeConcordance", "FormulaService/ComputeIndex", "FormulaService/ComputeQuadrants",
	"FormulaService/ComputeRecommendation", "FormulaService/ComputeReliability", "FormulaService/ComputeSampleSize", "FormulaService/FindOptimumServiceLevel",
	"FormulaService/FindServiceTolerance", "FormulaService/RelateSalesToService", "IndexModelService/GetIndexModel",
	"IndexModelService/ListIndexModelVersions", "IndexModelService/ListIndexModels", "SatisfactionSettingsService/GetSettings",
	"SatisfactionSettingsService/ListSettingsVersions",
}
