package questionnaire_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

func text(s string) questionnaire.Text { return questionnaire.Text{En: s, Zh: s} }

// draw makes a questionnaire of a few small questions with conditions on earlier ones, which may contradict each other.
func draw(t *rapid.T) *questionnaire.Questionnaire {
	q := &questionnaire.Questionnaire{LabelEn: "q", LabelZh: "q", Body: questionnaire.Body{Introduction: text("i")}}
	section := questionnaire.Section{Code: "s", Label: text("s")}
	n := rapid.IntRange(1, 5).Draw(t, "questions")
	recommended := false
	for i := range n {
		x := questionnaire.Question{Code: fmt.Sprintf("q%d", i), Text: text("x"), Required: rapid.Bool().Draw(t, "required")}
		x.Kind = rapid.SampledFrom([]questionnaire.Kind{questionnaire.Scale, questionnaire.Single, questionnaire.Multiple, questionnaire.Open, questionnaire.Recommendation}).Draw(t, "kind")
		if x.Kind == questionnaire.Recommendation && recommended {
			x.Kind = questionnaire.Scale
		}
		recommended = recommended || x.Kind == questionnaire.Recommendation
		if x.Kind == questionnaire.Scale {
			x.Scale = indexmodel.FiveGrades
		}
		if chosen(x.Kind) {
			x.Options = []questionnaire.Option{{Code: "a", Label: text("a")}, {Code: "b", Label: text("b")}, {Code: "c", Label: text("c")}}
		}
		if i > 0 {
			x.Conditions = drawConditions(t, section.Questions)
		}
		section.Questions = append(section.Questions, x)
	}
	q.Body.Sections = []questionnaire.Section{section}
	return q
}

func chosen(kind questionnaire.Kind) bool {
	return kind == questionnaire.Single || kind == questionnaire.Multiple
}

func drawConditions(t *rapid.T, before []questionnaire.Question) (out []questionnaire.Condition) {
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		of := rapid.SampledFrom(before).Draw(t, "of")
		c := questionnaire.Condition{Question: of.Code}
		switch {
		case of.Kind == questionnaire.Open:
			continue
		case chosen(of.Kind):
			c.Choices = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 2, rapid.ID[string]).Draw(t, "choices")
		default:
			c.Least = rapid.Int32Range(1, 5).Draw(t, "least")
			c.Most = rapid.Int32Range(c.Least, 5).Draw(t, "most")
		}
		out = append(out, c)
	}
	return out
}

// possible are the answers to a question that conditions can tell apart.
func possible(x *questionnaire.Question) []questionnaire.Answer {
	if x.Kind == questionnaire.Open {
		return []questionnaire.Answer{{Text: "x"}}
	}
	if chosen(x.Kind) {
		out := []questionnaire.Answer{{}, {Choices: []string{"a"}}, {Choices: []string{"b"}}, {Choices: []string{"c"}}}
		if x.Kind == questionnaire.Multiple {
			out = append(out, questionnaire.Answer{Choices: []string{"a", "b"}}, questionnaire.Answer{Choices: []string{"a", "c"}},
				questionnaire.Answer{Choices: []string{"b", "c"}}, questionnaire.Answer{Choices: []string{"a", "b", "c"}})
		}
		return out
	}
	out := []questionnaire.Answer{{}}
	for v := int32(1); v <= 5; v++ {
		out = append(out, questionnaire.Answer{Value: &v})
	}
	return out
}

// everybody goes through all that can be answered.
func everybody(q *questionnaire.Questionnaire, look func(questionnaire.Answers)) {
	all := q.Questions()
	var walk func(i int, answers questionnaire.Answers)
	walk = func(i int, answers questionnaire.Answers) {
		if i == len(all) {
			look(answers)
			return
		}
		for _, a := range possible(all[i]) {
			answers[all[i].Code] = a
			walk(i+1, answers)
		}
		delete(answers, all[i].Code)
	}
	walk(0, questionnaire.Answers{})
}

// A question is called unreachable if and only if no answers show it.
func TestUnreachableIsWhatNobodySees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		called := map[int]bool{}
		for _, v := range q.Arrange(nil) {
			require.Equal(t, "UNREACHABLE", v.Rule, v)
			var section, question int
			_, err := fmt.Sscanf(v.Field, "sections[%d].questions[%d].conditions", &section, &question)
			require.NoError(t, err)
			called[question] = true
		}
		seen := map[string]bool{}
		everybody(q, func(answers questionnaire.Answers) {
			for _, x := range q.Visible(answers) {
				seen[x.Code] = true
			}
		})
		for i, x := range q.Questions() {
			require.Equal(t, seen[x.Code], !called[i], "%s: %+v", x.Code, q.Questions())
		}
	})
}

// Who answers one question after the other is never shown one twice or an earlier one again, comes to an end, and then has answered all that is required.
func TestNextComesToAnEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		if len(q.Arrange(nil)) > 0 {
			t.Skip("somebody could not see all of it")
		}
		order := q.Questions()
		answers, last := questionnaire.Answers{}, -1
		for x := q.Next(answers); x != nil; x = q.Next(answers) {
			at := slices.Index(order, x)
			require.Greater(t, at, last)
			last = at
			given := rapid.SampledFrom(possible(x)).Draw(t, "answer")
			if given.Value == nil && given.Text == "" && len(given.Choices) == 0 {
				given.Refused = true
			}
			answers[x.Code] = given
			require.Empty(t, q.CheckPart(answers))
		}
		for _, v := range q.Check(answers) {
			require.Equal(t, "REQUIRED", v.Rule)
		}
		for _, x := range order {
			require.Equal(t, slices.Contains(q.Visible(answers), x), has(answers, x.Code), "what is shown was asked, and nothing else")
		}
	})
}

func has(answers questionnaire.Answers, code string) bool {
	_, there := answers[code]
	return there
}

// Whatever is answered, what is left after pruning has nothing that is not shown, and shows the same.
func TestPruneKeepsWhatIsShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		answers := questionnaire.Answers{}
		for _, x := range q.Questions() {
			answers[x.Code] = rapid.SampledFrom(possible(x)).Draw(t, x.Code)
		}
		pruned := q.Prune(answers)
		require.Equal(t, q.Visible(answers), q.Visible(pruned))
		require.Len(t, pruned, len(q.Visible(answers)))
	})
}

func rules(wrong []fault.Violation) []string {
	var out []string
	for _, v := range wrong {
		out = append(out, v.Field+" "+v.Rule)
	}
	return out
}

func TestAnswersAreChecked(t *testing.T) {
	t.Parallel()
	n := func(v int32) *int32 { return &v }
	q := &questionnaire.Questionnaire{LabelEn: "q", LabelZh: "q", Body: questionnaire.Body{Sections: []questionnaire.Section{{Code: "s", Label: text("s"), Questions: []questionnaire.Question{
		{Code: "grade", Kind: questionnaire.Scale, Scale: indexmodel.FiveGrades, Text: text("?"), Required: true, Importance: true},
		{Code: "one", Kind: questionnaire.Single, Text: text("?"), Options: []questionnaire.Option{{Code: "a", Label: text("a")}, {Code: "b", Label: text("b")}}},
		{
			Code: "many", Kind: questionnaire.Multiple, Text: text("?"), Options: []questionnaire.Option{{Code: "a", Label: text("a")}, {Code: "b", Label: text("b")}},
			Conditions: []questionnaire.Condition{{Question: "grade", Most: 2}}, Required: true,
		},
		{Code: "why", Kind: questionnaire.Open, Text: text("?")},
		{Code: "nps", Kind: questionnaire.Recommendation, Text: text("?")},
	}}}}}
	require.Empty(t, q.Arrange(nil))
	require.Equal(t, []questionnaire.Item{
		{Code: "grade", Scale: indexmodel.FiveGrades, Direction: indexmodel.HigherIsBetter, Importance: true},
		{Code: "nps", Scale: indexmodel.ZeroToTen, Direction: indexmodel.HigherIsBetter, Recommendation: true},
	}, q.Items())
	for _, c := range []struct {
		answers questionnaire.Answers
		want    []string
	}{
		{questionnaire.Answers{}, []string{"answers[grade] REQUIRED"}},
		{questionnaire.Answers{"grade": {Value: n(3), Importance: n(5)}, "nps": {Value: n(0)}, "why": {Text: "x"}, "one": {Choices: []string{"b"}}}, nil},
		{questionnaire.Answers{"grade": {Refused: true}}, []string{"answers[grade] REQUIRED"}},
		{questionnaire.Answers{"grade": {Value: n(2)}}, []string{"answers[many] REQUIRED"}},
		{questionnaire.Answers{"grade": {Value: n(3)}, "many": {Choices: []string{"a"}}}, []string{"answers[many] HIDDEN"}},
		{questionnaire.Answers{"grade": {Value: n(6)}, "nps": {Value: n(11)}}, []string{"answers[grade] RANGE", "answers[nps] RANGE"}},
		{questionnaire.Answers{"grade": {Value: n(0), Importance: n(9)}}, []string{"answers[grade] RANGE", "answers[grade] RANGE", "answers[many] REQUIRED"}},
		{questionnaire.Answers{"grade": {Value: n(3), Expectation: n(3)}}, []string{"answers[grade] KIND"}},
		{questionnaire.Answers{"grade": {Value: n(3)}, "one": {Choices: []string{"a", "b"}}}, []string{"answers[one] SINGLE"}},
		{questionnaire.Answers{"grade": {Value: n(3)}, "one": {Choices: []string{"z"}}}, []string{"answers[one] OPTION_UNKNOWN"}},
		{questionnaire.Answers{"grade": {Value: n(1)}, "many": {Choices: []string{"a", "a"}}}, []string{"answers[many] UNIQUE"}},
		{questionnaire.Answers{"grade": {Value: n(3)}, "why": {Value: n(1)}}, []string{"answers[why] KIND"}},
		{questionnaire.Answers{"grade": {Value: n(3), Refused: true}}, []string{"answers[grade] REFUSED"}},
		{questionnaire.Answers{"grade": {Value: n(3)}, "nothing": {Text: "x"}}, []string{"answers[nothing] QUESTION_UNKNOWN"}},
	} {
		require.Equal(t, c.want, rules(q.Check(c.answers)), "%+v", c.answers)
	}
	scores, importances, expectations, recommendation := q.Scores(questionnaire.Answers{"grade": {Value: n(3), Importance: n(5)}, "nps": {Value: n(9)}})
	require.Equal(t, []*int32{n(3), n(9)}, scores)
	require.Equal(t, []*int32{n(5), nil}, importances)
	require.Equal(t, []*int32{nil, nil}, expectations)
	require.EqualValues(t, 9, *recommendation)
}
