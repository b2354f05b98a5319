package questionnaire_test

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

// model has two latent variables, one with two items, the other with one from 0 to 10.
func model(t *testing.T) *indexmodel.Model {
	t.Helper()
	m := &indexmodel.Model{LabelEn: "m", LabelZh: "m", Items: []indexmodel.Item{
		{Code: "quality"},
		{Code: "goods", Parent: "quality"},
		{Code: "sound", Parent: "goods", Scale: indexmodel.FiveGrades},
		{Code: "broken", Parent: "goods", Scale: indexmodel.FiveGrades, Direction: indexmodel.LowerIsBetter},
		{Code: "loyalty"},
		{Code: "praise", Parent: "loyalty"},
		{Code: "recommend", Parent: "praise", Scale: indexmodel.ZeroToTen},
	}}
	for i := range m.Items {
		item := &m.Items[i]
		item.LabelEn, item.LabelZh, item.Weight, item.Direction = item.Code, item.Code, decimal.NewFromInt(1), max(item.Direction, indexmodel.HigherIsBetter)
	}
	require.Empty(t, m.Arrange())
	return m
}

// What is made of a model keeps all rules, and measures each of its items once.
func TestQuestionnaireIsMadeOfAModel(t *testing.T) {
	t.Parallel()
	m := model(t)
	q := &questionnaire.Questionnaire{LabelEn: "q", LabelZh: "q", Body: questionnaire.Body{Sections: questionnaire.Made(m, true, false)}}
	require.Empty(t, q.Arrange(m))
	require.Len(t, q.Body.Sections, 2)
	require.Equal(t, []questionnaire.Item{
		{Code: "sound", IndexItem: "sound", Scale: indexmodel.FiveGrades, Direction: indexmodel.HigherIsBetter, Importance: true},
		{Code: "broken", IndexItem: "broken", Scale: indexmodel.FiveGrades, Direction: indexmodel.LowerIsBetter, Importance: true},
		{Code: "recommend", IndexItem: "recommend", Scale: indexmodel.ZeroToTen, Direction: indexmodel.HigherIsBetter, Recommendation: true},
	}, q.Items())
	require.Equal(t, "loyalty", questionnaire.Latent(m, "recommend"))
	_, lacks := q.Gap()
	require.True(t, lacks, "without an introduction it cannot be released")
}

func TestQuestionsAreHeldToTheirKind(t *testing.T) {
	t.Parallel()
	two := []questionnaire.Option{{Code: "a", Label: text("a")}, {Code: "b", Label: text("b")}}
	scale := questionnaire.Question{Code: "s", Kind: questionnaire.Scale, Scale: indexmodel.FiveGrades, Text: text("?")}
	single := questionnaire.Question{Code: "c", Kind: questionnaire.Single, Options: two, Text: text("?")}
	open := questionnaire.Question{Code: "o", Kind: questionnaire.Open, Text: text("?")}
	with := func(x questionnaire.Question, change func(x *questionnaire.Question)) questionnaire.Question {
		change(&x)
		return x
	}
	on := func(x questionnaire.Question, c ...questionnaire.Condition) questionnaire.Question {
		return with(x, func(x *questionnaire.Question) { x.Conditions = c })
	}
	const first, second = "sections[0].questions[0].", "sections[0].questions[1]."
	for _, c := range []struct {
		questions []questionnaire.Question
		want      []string
	}{
		{[]questionnaire.Question{scale, single, open}, nil},
		{[]questionnaire.Question{scale, scale}, []string{second + "code UNIQUE"}},
		{[]questionnaire.Question{with(scale, func(x *questionnaire.Question) { x.Scale = 0 })}, []string{first + "scale SCALE"}},
		{[]questionnaire.Question{with(scale, func(x *questionnaire.Question) { x.Anchors = []indexmodel.Grade{{Value: 1}, {Value: 5}} })}, []string{first + "anchors ANCHORS"}},
		{[]questionnaire.Question{with(scale, func(x *questionnaire.Question) { x.IndexItem = "sound" })}, nil},
		{[]questionnaire.Question{with(scale, func(x *questionnaire.Question) { x.IndexItem = "goods" })}, []string{first + "index_item INDEX_ITEM"}},
		{[]questionnaire.Question{with(scale, func(x *questionnaire.Question) { x.IndexItem, x.Scale = "sound", indexmodel.SevenGrades })}, []string{first + "scale INDEX_ITEM"}},
		{[]questionnaire.Question{with(open, func(x *questionnaire.Question) { x.Importance, x.Options = true, two })}, []string{first + "importance KIND", first + "options KIND"}},
		{[]questionnaire.Question{with(single, func(x *questionnaire.Question) { x.Options = two[:1] })}, []string{first + "options OPTIONS"}},
		{[]questionnaire.Question{with(single, func(x *questionnaire.Question) { x.Options = slices.Concat(two, two[:1]) })}, []string{first + "options[2].code UNIQUE"}},
		{[]questionnaire.Question{with(open, func(x *questionnaire.Question) { x.Kind, x.Scale = questionnaire.Recommendation, indexmodel.FiveGrades })}, []string{
			first + "scale SCALE",
		}},
		{[]questionnaire.Question{scale, on(open, questionnaire.Condition{Question: "s", Least: 1, Most: 2})}, nil},
		{[]questionnaire.Question{on(open, questionnaire.Condition{Question: "s", Most: 2}), scale}, []string{first + "conditions[0].question CONDITION"}},
		{[]questionnaire.Question{on(open, questionnaire.Condition{Question: "o", Most: 2})}, []string{first + "conditions[0].question CONDITION"}},
		{[]questionnaire.Question{scale, on(open, questionnaire.Condition{Question: "s", Least: 6, Most: 9})}, []string{second + "conditions[0].most CONDITION"}},
		{[]questionnaire.Question{single, on(open, questionnaire.Condition{Question: "c", Choices: []string{"z"}})}, []string{second + "conditions[0].choices CONDITION"}},
		{[]questionnaire.Question{single, on(open, questionnaire.Condition{Question: "c"})}, []string{second + "conditions[0].choices CONDITION"}},
		{
			[]questionnaire.Question{single, on(open, questionnaire.Condition{Question: "c", Choices: []string{"a"}}, questionnaire.Condition{Question: "c", Choices: []string{"b"}})},
			[]string{second + "conditions UNREACHABLE"},
		},
	} {
		q := &questionnaire.Questionnaire{LabelEn: "q", LabelZh: "q", Body: questionnaire.Body{Sections: []questionnaire.Section{{Code: "s", Questions: c.questions}}}}
		require.Equal(t, c.want, rules(q.Arrange(model(t))), "%+v", c.questions)
	}
	q := &questionnaire.Questionnaire{LabelEn: "q", Body: questionnaire.Body{Introduction: questionnaire.Text{En: "only"}}}
	require.Equal(t, []string{"label_zh REQUIRED", "introduction_zh REQUIRED"}, rules(q.Arrange(nil)))
}
