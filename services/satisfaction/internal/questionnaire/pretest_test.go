package questionnaire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

var shipped = settings.Pretest{LeastRespondents: 30, MostRespondents: 50, LeastAlpha: 0.7, LeastItemTotal: 0.3}

// freely is a questionnaire of scale questions of no model.
func freely(codes ...string) *questionnaire.Questionnaire {
	section := questionnaire.Section{Code: "s", Label: text("s")}
	for _, code := range codes {
		section.Questions = append(section.Questions, questionnaire.Question{Code: code, Kind: questionnaire.Scale, Scale: indexmodel.FiveGrades, Text: text("?"), Required: true})
	}
	return &questionnaire.Questionnaire{LabelEn: "q", LabelZh: "q", Body: questionnaire.Body{Sections: []questionnaire.Section{section}}}
}

func said(codes []string, values ...int32) questionnaire.Answers {
	out := questionnaire.Answers{}
	for i, v := range values {
		if v > 0 {
			out[codes[i]] = questionnaire.Answer{Value: &v}
		}
	}
	return out
}

// The items of this table have a variance of 2.5 each, and their sum one of 19: alpha = 3/2 x (1 - 7.5/19). Who left one out counts in no alpha, but is counted.
func TestPretestByHand(t *testing.T) {
	t.Parallel()
	codes := []string{"a", "b", "c"}
	q := freely(codes...)
	require.Empty(t, q.Arrange(nil))
	respondents := []questionnaire.Answers{
		said(codes, 1, 2, 1), said(codes, 2, 1, 3), said(codes, 3, 3, 2), said(codes, 4, 5, 4), said(codes, 5, 4, 5), said(codes, 5, 0, 5),
		{"a": {Refused: true}},
	}
	f := q.Try(nil, respondents, shipped)
	require.InDelta(t, 1.5*(1-7.5/19), *f.Total.Alpha, 1e-12)
	require.EqualValues(t, 5, f.Total.Respondents)
	require.Empty(t, f.Failures)
	require.Equal(t, []int32{7, 6, 1}, []int32{f.Questions[0].Shown, f.Questions[0].Answered, f.Questions[0].Refused})
	require.Equal(t, []int32{7, 5, 0}, []int32{f.Questions[1].Shown, f.Questions[1].Answered, f.Questions[1].Refused})
	require.Greater(t, *f.Questions[0].ItemTotal, 0.3)
}

func TestPretestFails(t *testing.T) {
	t.Parallel()
	codes := []string{"a", "b"}
	q := freely(codes...)
	require.Empty(t, q.Arrange(nil))
	reasons := func(respondents ...questionnaire.Answers) []string {
		var out []string
		for _, f := range q.Try(nil, respondents, shipped).Failures {
			out = append(out, f.Rule+" "+f.Question)
		}
		return out
	}
	require.Equal(t, []string{"ALPHA ", "ITEM_TOTAL a", "ITEM_TOTAL b"}, reasons(said(codes, 1, 3), said(codes, 2, 1), said(codes, 3, 4), said(codes, 4, 1), said(codes, 5, 3)))
	require.Equal(t, []string{"UNDEFINED "}, reasons(said(codes, 1, 3), said(codes, 2, 3)), "all answered b alike")
	require.Equal(t, []string{"UNDEFINED "}, reasons(said(codes, 1, 0), said(codes, 2, 0)), "nobody answered both")
	require.Empty(t, reasons(said(codes, 1, 1), said(codes, 2, 2), said(codes, 5, 5)))
}

// Items of a latent variable are judged together, turned in one direction; of one alone there is nothing to judge.
func TestPretestByLatentVariables(t *testing.T) {
	t.Parallel()
	m := model(t)
	q := &questionnaire.Questionnaire{LabelEn: "q", LabelZh: "q", Body: questionnaire.Body{Sections: questionnaire.Made(m, false, false)}}
	require.Empty(t, q.Arrange(m))
	codes := []string{"sound", "broken", "recommend"}
	f := q.Try(m, []questionnaire.Answers{said(codes, 1, 5, 2), said(codes, 2, 4, 3), said(codes, 3, 3, 5), said(codes, 5, 1, 10)}, shipped)
	require.Empty(t, f.Failures)
	require.Len(t, f.Variables, 2)
	require.Equal(t, "quality", f.Variables[0].IndexItem)
	require.InDelta(t, 1, *f.Variables[0].Alpha, 1e-12, "turned round they say the same")
	require.Nil(t, f.Variables[1].Alpha)
	require.Greater(t, *f.Total.Alpha, 0.9)
	require.Nil(t, f.Questions[2].ItemTotal)
}
