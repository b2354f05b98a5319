package response_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

var rules = settings.Response{
	LeastAnsweredPercent: 50, StraightLineGrades: 3, MostContradictionPercent: 60, LeastSecondsPerQuestion: 1.5, LowScorePercent: 25, LowRecommendation: 3,
}

func grade(v int32) questionnaire.Answer { return questionnaire.Answer{Value: &v} }

func answers(polite, prompt int32, more questionnaire.Answers) questionnaire.Answers {
	out := questionnaire.Answers{"polite": grade(polite), "prompt": grade(prompt), "recommend": grade(9), "role": {Choices: []string{"user"}}}
	for code, a := range more {
		out[code] = a
		if a.Value == nil && len(a.Choices) == 0 && a.Text == "" {
			delete(out, code)
		}
	}
	return out
}

func TestJudge(t *testing.T) {
	t.Parallel()
	q := &questionnaire.Questionnaire{Body: *responsetest.Body()}
	none := questionnaire.Answer{}
	for name, c := range map[string]struct {
		answers questionnaire.Answers
		seconds *int32
		before  bool
		want    response.Reason
	}{
		"valid":                                {answers: answers(6, 5, nil), want: 0},
		"a required one is missing":            {answers: answers(6, 5, questionnaire.Answers{"role": none}), want: response.Incomplete},
		"a required one is refused":            {answers: answers(6, 5, questionnaire.Answers{"prompt": {Refused: true}}), want: response.Incomplete},
		"nothing at all":                       {answers: questionnaire.Answers{}, want: response.Incomplete},
		"answered before":                      {answers: answers(6, 5, nil), before: true, want: response.Duplicate},
		"incomplete comes first":               {answers: questionnaire.Answers{}, before: true, want: response.Incomplete},
		"two alike are no line":                {answers: answers(6, 6, nil), want: 0},
		"three alike are":                      {answers: answers(4, 4, questionnaire.Answers{"slow": grade(4)}), want: response.StraightLined},
		"the reverse of the same item":         {answers: answers(6, 7, questionnaire.Answers{"slow": grade(1)}), want: 0},
		"the same item, four sixths apart":     {answers: answers(6, 7, questionnaire.Answers{"slow": grade(5)}), want: response.Contradictory},
		"the same item, three sixths apart":    {answers: answers(6, 7, questionnaire.Answers{"slow": grade(4)}), want: 0},
		"four questions in six seconds":        {answers: answers(6, 5, nil), seconds: new(int32(6)), want: 0},
		"four questions in five":               {answers: answers(6, 5, nil), seconds: new(int32(5)), want: response.TooFast},
		"importance is a question, too":        {answers: answers(6, 5, questionnaire.Answers{"polite": {Value: new(int32(6)), Importance: new(int32(7))}}), seconds: new(int32(6)), want: response.TooFast},
		"what is not shown is not looked at":   {answers: answers(6, 5, questionnaire.Answers{"reason": {Text: "x"}}), seconds: new(int32(6)), want: 0},
		"nobody knows how long":                {answers: answers(6, 5, nil), want: 0},
		"straight-lined comes before too fast": {answers: answers(4, 4, questionnaire.Answers{"slow": grade(4)}), seconds: new(int32(0)), want: response.StraightLined},
	} {
		require.Equal(t, c.want, response.Judge(q, c.answers, c.seconds, c.before, &rules), name)
	}
}

func TestTooFewAreAnswered(t *testing.T) {
	t.Parallel()
	q := &questionnaire.Questionnaire{Body: *responsetest.Body()}
	for i := range q.Body.Sections {
		for j := range q.Body.Sections[i].Questions {
			q.Body.Sections[i].Questions[j].Required = false
		}
	}
	require.Equal(t, response.Incomplete, response.Judge(q, questionnaire.Answers{"polite": grade(6)}, nil, false, &rules), "1 of 4 grades")
	require.Zero(t, response.Judge(q, questionnaire.Answers{"polite": grade(6), "recommend": grade(8)}, nil, false, &rules), "2 of 4 are half")
}

// Low is what lies in the lowest quarter, whichever way the scale runs; of five and of seven grades the lowest two.
func TestLow(t *testing.T) {
	t.Parallel()
	q := &questionnaire.Questionnaire{Body: *responsetest.Body()}
	require.Empty(t, response.Low(q, answers(3, 7, questionnaire.Answers{"slow": grade(5)}), &rules))
	require.Equal(t, []string{"contact.polite"}, response.Low(q, answers(2, 7, nil), &rules))
	require.Equal(t, []string{"contact.prompt"}, response.Low(q, answers(6, 2, questionnaire.Answers{"slow": grade(7)}), &rules), "once")
	require.Equal(t, []string{"contact.prompt"}, response.Low(q, answers(6, 6, questionnaire.Answers{"slow": grade(6)}), &rules))
	require.Equal(t, []string{"recommend"}, response.Low(q, answers(6, 6, questionnaire.Answers{"recommend": grade(3)}), &rules))
	require.Empty(t, response.Low(q, answers(6, 6, questionnaire.Answers{"recommend": grade(4)}), &rules))
	q.Body.Sections[0].Questions[0].Scale = indexmodel.FiveGrades
	require.Equal(t, []string{"contact.polite"}, response.Low(q, answers(2, 7, nil), &rules), "a quarter is included")
}

// Turning a scale around, together with its answers, changes nothing.
func TestDirectionsAreEquivalent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]indexmodel.Scale{indexmodel.FiveGrades, indexmodel.SevenGrades, indexmodel.ZeroToTen}).Draw(t, "scale")
		least, most := s.Bounds()
		v := rapid.Int32Range(least, most).Draw(t, "value")
		require.InDelta(t, response.Goodness(s, indexmodel.HigherIsBetter, v), response.Goodness(s, indexmodel.LowerIsBetter, least+most-v), 1e-9)
	})
}

// What is more of an answer never makes a response incomplete, and what takes longer never makes it too fast.
func TestJudgeIsMonotonous(t *testing.T) {
	t.Parallel()
	q := &questionnaire.Questionnaire{Body: *responsetest.Body()}
	rapid.Check(t, func(t *rapid.T) {
		given := answers(rapid.Int32Range(1, 7).Draw(t, "polite"), rapid.Int32Range(4, 7).Draw(t, "prompt"), nil)
		seconds := rapid.Int32Range(0, 20).Draw(t, "seconds")
		if response.Judge(q, given, &seconds, false, &rules) == 0 {
			longer := seconds + rapid.Int32Range(0, 100).Draw(t, "more")
			require.Zero(t, response.Judge(q, given, &longer, false, &rules))
		}
		gone := rapid.SampledFrom([]string{"polite", "prompt", "recommend", "role"}).Draw(t, "gone")
		delete(given, gone)
		require.Equal(t, response.Incomplete, response.Judge(q, given, nil, false, &rules))
	})
}
