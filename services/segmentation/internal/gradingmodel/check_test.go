package gradingmodel

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func TestModelSurvivesTheWay(t *testing.T) {
	t.Parallel()
	m := shipped(t)
	again, err := fromProto(m.body())
	require.NoError(t, err)
	require.True(t, proto.Equal(m.body(), again.body()))
}

func TestCheckNamesFieldAndRule(t *testing.T) {
	t.Parallel()
	original := shipped(t).body()
	for field, c := range map[string]struct {
		rule  string
		spoil func(*segmentationv1.GradingModel)
	}{
		"label_en":            {"REQUIRED", func(m *segmentationv1.GradingModel) { m.LabelEn = " " }},
		"label_zh":            {"REQUIRED", func(m *segmentationv1.GradingModel) { m.LabelZh = "" }},
		"factors":             {"FACTOR_COUNT", func(m *segmentationv1.GradingModel) { m.Factors = nil }},
		"factors[1].id":       {"DUPLICATE", func(m *segmentationv1.GradingModel) { m.Factors[1].Id = "last_year_profit" }},
		"factors[2].id":       {"IDENTIFIER", func(m *segmentationv1.GradingModel) { m.Factors[2].Id = "x'); drop table customers; --" }},
		"factors[0].label_zh": {"REQUIRED", func(m *segmentationv1.GradingModel) { m.Factors[0].LabelZh = "" }},
		"factors[0].kind": {"REQUIRED", func(m *segmentationv1.GradingModel) {
			m.Factors[0].Kind, m.Factors[0].Measure = 0, 0
			for _, l := range m.Factors[0].Levels {
				l.Edge = ""
			}
		}},
		"factors[0].measure":         {"MEASURE", func(m *segmentationv1.GradingModel) { m.Factors[0].Measure = 0 }},
		"factors[5].measure":         {"MEASURE", func(m *segmentationv1.GradingModel) { m.Factors[5].Measure = segmentationv1.Measure_YEAR_SALES }},
		"factors[0].weight":          {"WEIGHT", func(m *segmentationv1.GradingModel) { m.Factors[0].Weight = "0" }},
		"factors[1].weight":          {"WEIGHT", func(m *segmentationv1.GradingModel) { m.Factors[1].Weight = "0.00001" }},
		"factors[2].weight":          {"DECIMAL", func(m *segmentationv1.GradingModel) { m.Factors[2].Weight = "one" }},
		"factors[0].levels":          {"LEVEL_COUNT", func(m *segmentationv1.GradingModel) { m.Factors[0].Levels = m.Factors[0].Levels[1:] }},
		"factors[0].levels[0].level": {"ORDER", func(m *segmentationv1.GradingModel) { m.Factors[0].Levels[0].Level = 3 }},
		"factors[0].levels[1].edge":  {"ORDER", func(m *segmentationv1.GradingModel) { m.Factors[0].Levels[1].Edge = "300000" }},
		"factors[3].levels[2].edge":  {"ORDER", func(m *segmentationv1.GradingModel) { m.Factors[3].Levels[2].Edge = "29" }},
		"factors[1].levels[2].edge":  {"REQUIRED", func(m *segmentationv1.GradingModel) { m.Factors[1].Levels[2].Edge = "" }},
		"factors[1].levels[3].edge":  {"NOT_ALLOWED", func(m *segmentationv1.GradingModel) { m.Factors[1].Levels[3].Edge = "1" }},
		"factors[5].levels[0].edge":  {"NOT_ALLOWED", func(m *segmentationv1.GradingModel) { m.Factors[5].Levels[0].Edge = "1" }},
		"level_points":               {"LEVEL_COUNT", func(m *segmentationv1.GradingModel) { m.LevelPoints = m.LevelPoints[1:] }},
		"level_points[1]":            {"ORDER", func(m *segmentationv1.GradingModel) { m.LevelPoints[1] = "25" }},
		"level_points[3]":            {"ORDER", func(m *segmentationv1.GradingModel) { m.LevelPoints[3] = "100.1" }},
		"borders.a":                  {"ORDER", func(m *segmentationv1.GradingModel) { m.Borders.A = "50" }},
		"borders.s":                  {"ORDER", func(m *segmentationv1.GradingModel) { m.Borders.S = "101" }},
		"provisional_below":          {"RANGE", func(m *segmentationv1.GradingModel) { m.ProvisionalBelow = "1.5" }},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			spoiled := proto.CloneOf(original)
			c.spoil(spoiled)
			_, err := fromProto(spoiled)
			require.Error(t, err)
			wrong := fault.From(err).Violations()
			require.NotEmpty(t, wrong, "%v", err)
			require.Equal(t, field, wrong[0].Field, "%v", err)
			require.Equal(t, c.rule, wrong[0].Rule)
			require.NotEmpty(t, wrong[0].Text.Zh)
		})
	}
}
