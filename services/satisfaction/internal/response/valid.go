package response

import (
	"math"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Judge says why answers do not count [数据确认]; 0 if they do. seconds is nil where nobody knows how long they took. Whether the same respondent has answered before is not seen from the
// answers: before says it. Of several reasons the first in the order of their numbers is told.
func Judge(q *questionnaire.Questionnaire, answers questionnaire.Answers, seconds *int32, before bool, rules *settings.Response) Reason {
	shown := q.Visible(answers)
	switch {
	case incomplete(shown, answers, rules):
		return Incomplete
	case before:
		return Duplicate
	case straight(shown, answers, rules):
		return StraightLined
	case contradictory(shown, answers, rules):
		return Contradictory
	case tooFast(shown, answers, seconds, rules):
		return TooFast
	}
	return 0
}

func given(a questionnaire.Answer) bool { return a.Value != nil || len(a.Choices) > 0 || a.Text != "" }

// incomplete says that a required question has no answer, or that too few of the graded ones have.
func incomplete(shown []*questionnaire.Question, answers questionnaire.Answers, rules *settings.Response) bool {
	graded, answered := 0, 0
	for _, x := range shown {
		a := answers[x.Code]
		if x.Required && !given(a) {
			return true
		}
		if x.Kind == questionnaire.Scale || x.Kind == questionnaire.Recommendation {
			graded++
			if a.Value != nil {
				answered++
			}
		}
	}
	return float64(answered)*100 < float64(graded)*rules.LeastAnsweredPercent
}

// straight says that somebody has gone down one column: all grades lie at the same place of their scales, and there are enough of them. The recommendation is no grade.
func straight(shown []*questionnaire.Question, answers questionnaire.Answers, rules *settings.Response) bool {
	count, place := 0, 0.0
	for _, x := range shown {
		v := answers[x.Code].Value
		if x.Kind != questionnaire.Scale || v == nil {
			continue
		}
		at := placeOf(x.Scale, *v)
		if count > 0 && at != place {
			return false
		}
		count, place = count+1, at
	}
	return count >= rules.StraightLineGrades
}

// contradictory says that two questions about the same item of the index model, such as one and its reverse, are answered too far apart.
func contradictory(shown []*questionnaire.Question, answers questionnaire.Answers, rules *settings.Response) bool {
	type span struct{ least, most float64 }
	of := map[string]span{}
	for _, x := range shown {
		v := answers[x.Code].Value
		if x.IndexItem == "" || v == nil {
			continue
		}
		at := Goodness(x.Scale, x.Direction, *v)
		s, there := of[x.IndexItem]
		if !there {
			s = span{at, at}
		}
		s = span{min(s.least, at), max(s.most, at)}
		of[x.IndexItem] = s
		if s.most-s.least > rules.MostContradictionPercent+slack {
			return true
		}
	}
	return false
}

// tooFast says that there was no time to read: the answered questions took less than rules say on average. Importance and expectation are questions, too.
func tooFast(shown []*questionnaire.Question, answers questionnaire.Answers, seconds *int32, rules *settings.Response) bool {
	if seconds == nil {
		return false
	}
	count := 0
	for _, x := range shown {
		a := answers[x.Code]
		if given(a) {
			count++
		}
		if a.Importance != nil {
			count++
		}
		if a.Expectation != nil {
			count++
		}
	}
	return float64(*seconds) < rules.LeastSecondsPerQuestion*float64(count)
}

// slack is what sixths of a scale may be off by.
const slack = 1e-9

// placeOf is where a grade lies on its scale, 0 to 100.
func placeOf(s indexmodel.Scale, value int32) float64 {
	least, most := s.Bounds()
	if most == least {
		return 0
	}
	return float64(value-least) * 100 / float64(most-least)
}

// Goodness is how good a grade is, 0 to 100, whichever way its scale runs.
func Goodness(s indexmodel.Scale, d indexmodel.Direction, value int32) float64 {
	at := placeOf(s, value)
	if d == indexmodel.LowerIsBetter {
		return 100 - at
	}
	return at
}

// Low are the codes of what was rated low, in the order of the questions and each once: of the items of the index model, or of the questions where they measure none.
func Low(q *questionnaire.Questionnaire, answers questionnaire.Answers, rules *settings.Response) []string {
	var out []string
	seen := map[string]bool{}
	for _, x := range q.Visible(answers) {
		v := answers[x.Code].Value
		if v == nil || !lowRated(x, *v, rules) {
			continue
		}
		code := x.IndexItem
		if code == "" {
			code = x.Code
		}
		if !seen[code] {
			out = append(out, code)
		}
		seen[code] = true
	}
	return out
}

func lowRated(x *questionnaire.Question, value int32, rules *settings.Response) bool {
	if x.Kind == questionnaire.Recommendation {
		return value <= rules.LowRecommendation
	}
	good := Goodness(x.Scale, x.Direction, value)
	return good <= rules.LowScorePercent || math.Abs(good-rules.LowScorePercent) < slack
}
