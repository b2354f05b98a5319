package grade_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func TestExplainGivesTheWorkedExamples(t *testing.T) {
	t.Parallel()
	s := serve(t)
	explain := func(factors ...*segmentationv1.GivenFactor) *segmentationv1.Grade {
		g, err := s.grades.ExplainGrade(s.As(t, basic), &segmentationv1.ExplainGradeRequest{Factors: factors})
		require.NoError(t, err)
		require.Len(t, g.GetFactors(), 13)
		return g
	}
	for _, c := range []struct {
		factor, value string
		level         int32
		grade         string
	}{
		{"last_year_profit", "300000", 4, "S"},
		{"last_year_profit", "300000.00", 4, "S"},
		{"last_year_profit", "299999.99", 3, "A"},
		{"cooperation_length", "3", 3, "A"},
		{"credit_record", "30.000000001", 2, "B"},
		{"relationship", "-1", 1, "C"},
	} {
		g := explain(&segmentationv1.GivenFactor{Factor: c.factor, Value: c.value})
		require.Equal(t, c.grade, g.GetGrade(), "%v", c)
		require.True(t, g.GetProvisional())
		require.Equal(t, "0.0769", g.GetKnownShare())
		for _, f := range g.GetFactors() {
			if f.GetFactor() == c.factor {
				require.Equal(t, c.level, f.GetLevel(), "%v", c)
			} else {
				require.Zero(t, f.GetLevel())
				require.Contains(t, f.GetExplanationEn(), "not known")
			}
		}
	}
	both := explain(&segmentationv1.GivenFactor{Factor: "loyalty", Value: "4", Level: 2}, &segmentationv1.GivenFactor{Factor: "influence", Level: 4})
	require.Equal(t, "75", both.GetScore())
	require.Equal(t, "A", both.GetGrade())
	require.Equal(t, segmentationv1.FactorGrade_JUDGEMENT, both.GetFactors()[4].GetSource())
	none := explain()
	require.Equal(t, []string{"", "", "0"}, []string{none.GetGrade(), none.GetScore(), none.GetKnownShare()})
}

func TestExplainRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, c := range []struct {
		rule    string
		code    codes.Code
		model   string
		factors []*segmentationv1.GivenFactor
	}{
		{"FACTOR", codes.InvalidArgument, "", []*segmentationv1.GivenFactor{{Factor: "unheard_of", Value: "1"}}},
		{"DUPLICATE", codes.InvalidArgument, "", []*segmentationv1.GivenFactor{{Factor: "loyalty", Value: "1"}, {Factor: "loyalty", Level: 1}}},
		{"REQUIRED", codes.InvalidArgument, "", []*segmentationv1.GivenFactor{{Factor: "loyalty"}}},
		{"NOT_MEASURED", codes.InvalidArgument, "", []*segmentationv1.GivenFactor{{Factor: "influence", Value: "1"}}},
		{"NOT_JUDGED", codes.InvalidArgument, "", []*segmentationv1.GivenFactor{{Factor: "last_year_profit", Level: 1}}},
		{"STRING_PATTERN", codes.InvalidArgument, "", []*segmentationv1.GivenFactor{{Factor: "last_year_profit", Value: "1e9"}}},
		{"RESOURCE_NAME", codes.InvalidArgument, "gradingModels/newest", nil},
		{"does not exist", codes.NotFound, "gradingModels/019b7620-0000-7000-8000-000000000099", nil},
	} {
		_, err := s.grades.ExplainGrade(s.As(t, basic), &segmentationv1.ExplainGradeRequest{Model: c.model, Factors: c.factors})
		refused(t, err, c.code, c.rule)
	}
}
