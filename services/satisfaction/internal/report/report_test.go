package report_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/report"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

const evil = `<script>alert("x")</script>`

func figure(score float64) *satisfactionv1.Figure {
	return &satisfactionv1.Figure{
		N: 40, Score: &score, Deviation: new(12.0), StandardError: new(1.0), Low: new(score - 2), High: new(score + 2),
		Change: &satisfactionv1.FigureChange{Before: score - 5, Difference: 5, PValue: new(0.0004), BeyondChance: true},
	}
}

func source() *report.Source {
	index := []*satisfactionv1.IndexFigure{
		{LabelEn: "All together", LabelZh: "综合", Weight: 1, Figure: figure(70)},
		{Code: "quality", Level: 1, LabelEn: "Quality", LabelZh: evil, Weight: 1, Figure: figure(70)},
		{Code: "product", ParentCode: "quality", Level: 2, LabelEn: "Product", LabelZh: "产品", Weight: 1, Figure: figure(70)},
		{Code: "fit", ParentCode: "product", Level: 3, LabelEn: "Fit", LabelZh: "适用", Weight: 0.5, Figure: figure(40)},
		{Code: "speed", ParentCode: "product", Level: 3, LabelEn: "Speed", LabelZh: "速度", Weight: 0.5, Figure: figure(90)},
		{Code: "rare", ParentCode: "product", Level: 3, LabelEn: "Rare", LabelZh: "少见", Figure: &satisfactionv1.Figure{Withheld: true}},
	}
	options := &satisfactionv1.AnalysisOptions{Importance: satisfactionv1.AnalysisOptions_DERIVED, GroupBy: satisfactionv1.AnalysisOptions_CLASS}
	a := &satisfactionv1.Analysis{
		Name: "surveys/x/analysis", Index: index, Satisfied: figure(60),
		Basis: &satisfactionv1.AnalysisBasis{
			Responses: 40, Confidence: 0.95, MinimumGroup: 5, Options: options, PreviousSurvey: "surveys/y", IndexModelVersion: 1,
			VoidResponses: []*satisfactionv1.VoidCount{{Reason: 3, Count: 2}}, StartedResponses: 1,
		},
		Recommendation: &satisfactionv1.RecommendationFigure{Figure: figure(20), Promoters: 50, Passives: 20, Detractors: 30},
		Behaviour:      []*satisfactionv1.BehaviourFigure{{Indicator: satisfactionv1.BehaviourIndicator_PURCHASE_AMOUNT, Figure: figure(1234.5), CurrencyCode: "CNY"}},
		Gaps:           []*satisfactionv1.ExpectationGap{{ItemCode: "fit", Expectation: figure(80), Gap: figure(-40)}},
		Competitors:    []*satisfactionv1.CompetitorFigure{{ItemCode: "speed", Competitor: figure(70), Lead: figure(20)}},
		Items: []*satisfactionv1.PlacedItem{
			{ItemCode: "fit", Importance: 0.8, Performance: 40, Quadrant: satisfactionv1.PlacedItem_URGENT},
			{ItemCode: "speed", Importance: 0.2, Performance: 90, Quadrant: satisfactionv1.PlacedItem_NICE_TO_HAVE},
		},
		ImportanceLine: 0.5, PerformanceLine: 65,
		Reliability: []*satisfactionv1.ReliabilityFigure{{Code: "quality", Items: 2, N: 40, Alpha: new(0.81)}},
		Segments:    []*satisfactionv1.AnalysisSegment{{Key: "5", Responses: 30, Index: index}, {Key: "4", Withheld: true}},
	}
	return &report.Source{
		Survey:  &survey.Survey{LabelEn: "Survey", LabelZh: "测评" + evil, Wave: "2026", SampleSize: 50, PopulationSize: 500},
		Purpose: "purpose" + evil,
		Questionnaire: &questionnaire.Questionnaire{Body: questionnaire.Body{Sections: []questionnaire.Section{{Code: "a", Questions: []questionnaire.Question{
			{Code: "q", Kind: questionnaire.Scale, Scale: indexmodel.FiveGrades, Text: questionnaire.Text{En: "How?", Zh: "如何？" + evil}},
		}}}}},
		Model: &indexmodel.Model{LabelEn: "Model", LabelZh: "体系"}, Analysis: a, Classes: a,
		Pretest: &questionnaire.Figures{Variables: []questionnaire.Reliability{{IndexItem: "quality", Alpha: new(0.75)}}},
		Waves:   []report.Wave{{Label: "2025", Scores: map[string]float64{"": 65, "quality": 65}}, {Label: "2026", Scores: map[string]float64{"": 70, "quality": 70}}},
		Numbers: &settings.Numbers{Zone: time.UTC, Version: 1}, Now: time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC),
	}
}

// The page has the chapters of the source in their order, charts that say in words what they show, and nothing that could run.
func TestPage(t *testing.T) {
	t.Parallel()
	page, err := report.Build(source(), report.Chinese).Page()
	require.NoError(t, err)
	text := string(page)
	at := 0
	for _, heading := range []string{"客户满意度测评报告</h1>", "报告摘要", "基本情况介绍", "正文", "测评的背景", "测评指标设定", "问卷设计检验", "数据整理", "测评结果", "改进建议", "附件"} {
		next := strings.Index(text[at:], heading)
		require.GreaterOrEqual(t, next, 0, heading)
		at += next
	}
	require.NotContains(t, text, "<script")
	require.NotContains(t, text, "http")
	require.Equal(t, 4, strings.Count(text, `role="img"`))
	require.Equal(t, 4, strings.Count(text, "<desc "))
	require.Contains(t, text, "不公布")
	require.Contains(t, text, "0.75")
	require.Contains(t, text, "1234.50 CNY")
	require.Contains(t, text, "核心客户")
	require.NotContains(t, text, "NaN")
	english, err := report.Build(source(), report.English).Page()
	require.NoError(t, err)
	require.Contains(t, string(english), "To be improved first: Fit.")
	require.Contains(t, string(english), "It rose by 5.0 since the wave before, more than by chance (p = &lt; 0.001).")
}

// A survey of which too few answers are there says so, and draws what there is: nothing.
func TestReportOfNothing(t *testing.T) {
	t.Parallel()
	s := source()
	s.Analysis = &satisfactionv1.Analysis{Basis: &satisfactionv1.AnalysisBasis{}, Index: []*satisfactionv1.IndexFigure{{Figure: &satisfactionv1.Figure{Withheld: true}}}}
	s.Classes, s.Waves, s.Pretest = nil, nil, nil
	r := report.Build(s, report.English)
	page, err := r.Page()
	require.NoError(t, err)
	require.Contains(t, string(page), "Too few have answered")
	_, err = r.Workbook()
	require.NoError(t, err)
}

// In the workbook figures are figures, and texts stay texts.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	s := source()
	s.Survey.LabelEn = "=1+1"
	data, err := report.Build(s, report.English).Workbook()
	require.NoError(t, err)
	file, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer file.Close()
	require.Equal(t, []string{"Customer satisfaction report", "Abstract", "1 Background", "2 Body", "3 Suggestions", "Appendix  the questionnaire"}, file.GetSheetList())
	title, err := file.GetCellValue("Customer satisfaction report", "A2")
	require.NoError(t, err)
	require.Equal(t, "=1+1 · 2026", title)
	formula, err := file.GetCellFormula("Customer satisfaction report", "A2")
	require.NoError(t, err)
	require.Empty(t, formula)
	rows, err := file.GetRows("2 Body")
	require.NoError(t, err)
	found := false
	for i, row := range rows {
		if len(row) > 1 && strings.TrimSpace(row[0]) == "Fit" && row[1] == "40" {
			kind, err := file.GetCellType("2 Body", "B"+strconv.Itoa(i+1))
			require.NoError(t, err)
			require.NotEqual(t, excelize.CellTypeSharedString, kind)
			found = true
		}
	}
	require.True(t, found, "%v", rows)
}

func TestJSON(t *testing.T) {
	t.Parallel()
	data, err := report.Build(source(), report.English).JSON(source().Analysis)
	require.NoError(t, err)
	var out struct {
		Title    string `json:"title"`
		Sections []struct {
			Title string `json:"title"`
		} `json:"sections"`
		Analysis struct {
			Name string `json:"name"`
		} `json:"analysis"`
	}
	require.NoError(t, json.Unmarshal(data, &out))
	require.Equal(t, "Customer satisfaction report", out.Title)
	require.Len(t, out.Sections, 5)
	require.Equal(t, "surveys/x/analysis", out.Analysis.Name)
}
