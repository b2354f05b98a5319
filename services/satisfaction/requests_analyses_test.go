package satisfaction_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// prepareAnalyses makes a survey of the south that is closed and measures a model, and one that follows; something is done about the first.
func (s *scene) prepareAnalyses(ctx context.Context, t *testing.T) {
	t.Helper()
	first, second := s.waves(ctx, t, "cn/south")
	s.names["measured"], s.names["followed"] = first, second
	made, err := s.improvements().CreateImprovement(ctx, &satisfactionv1.CreateImprovementRequest{Improvement: &satisfactionv1.Improvement{
		Survey: first, ItemCode: "prompt", Measures: "secret-measures", DueDate: &date.Date{Year: 2020, Month: 1, Day: 1},
	}})
	require.NoError(t, err)
	s.names["improvement"] = made.GetName()
	s.exec(t, `update surveys set label_en = 'open-measured' where survey_id = any(array['`+first[len("surveys/"):]+`'::uuid])`)
}

func analysisRequests(_ *testing.T, s *scene) map[string]proto.Message {
	first, improvement := s.names["measured"], s.names["improvement"]
	return map[string]proto.Message{
		"AnalysisService/GetAnalysis": &satisfactionv1.GetAnalysisRequest{
			Name: first + "/analysis", Options: &satisfactionv1.AnalysisOptions{GroupBy: satisfactionv1.AnalysisOptions_CLASS},
		},
		"AnalysisService/PublishAnalysis":        &satisfactionv1.PublishAnalysisRequest{Name: first + "/analysis"},
		"ReportService/GetReport":                &satisfactionv1.GetReportRequest{Name: first + "/report", Language: satisfactionv1.GetReportRequest_EN},
		"ImprovementService/CreateImprovement":   &satisfactionv1.CreateImprovementRequest{Improvement: &satisfactionv1.Improvement{Survey: first, ItemCode: "prompt", State: satisfactionv1.Improvement_DROPPED}},
		"ImprovementService/ProposeImprovements": &satisfactionv1.ProposeImprovementsRequest{Survey: first},
		"ImprovementService/GetImprovement":      &satisfactionv1.GetImprovementRequest{Name: improvement},
		"ImprovementService/ListImprovements":    &satisfactionv1.ListImprovementsRequest{},
		"ImprovementService/UpdateImprovement": &satisfactionv1.UpdateImprovementRequest{Improvement: &satisfactionv1.Improvement{
			Name: improvement, Owner: "somebody",
		}},
		"ImprovementService/VerifyImprovement": &satisfactionv1.VerifyImprovementRequest{Name: improvement, Survey: first},
	}
}

// analysisAnywhere are those of them that answer with nothing.
var analysisAnywhere = []string{"ImprovementService/ListImprovements"}
