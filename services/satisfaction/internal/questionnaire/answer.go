package questionnaire

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Answers are what somebody said, by the codes of the questions.
type Answers map[string]Answer

// Answer is what was said to a question: a value to Scale and Recommendation, choices to Single and Multiple, a text to Open.
type Answer struct {
	Value       *int32   `json:"value,omitempty"`
	Importance  *int32   `json:"importance,omitempty"`
	Expectation *int32   `json:"expectation,omitempty"`
	Choices     []string `json:"choices,omitempty"`
	Text        string   `json:"text,omitempty"`
	// Refused says that the question was seen and not answered [拒答].
	Refused bool `json:"refused,omitempty"`
}

// given says whether it answers the question itself.
func (a Answer) given() bool { return a.Value != nil || len(a.Choices) > 0 || a.Text != "" }

// MostText is how many characters an open answer has at most.
const MostText = 4000

// Visible are the questions that are shown for these answers, in order. What was said to a question that is not shown counts for nothing.
func (q *Questionnaire) Visible(answers Answers) []*Question {
	var out []*Question
	shown := map[string]bool{}
	for _, x := range q.Questions() {
		if x.shown(shown, answers) {
			shown[x.Code] = true
			out = append(out, x)
		}
	}
	return out
}

func (x *Question) shown(shown map[string]bool, answers Answers) bool {
	for _, c := range x.Conditions {
		if !shown[c.Question] || !c.met(answers[c.Question]) {
			return false
		}
	}
	return true
}

func (c Condition) met(a Answer) bool {
	if len(c.Choices) > 0 {
		return slices.ContainsFunc(a.Choices, func(code string) bool { return slices.Contains(c.Choices, code) })
	}
	return a.Value != nil && *a.Value >= c.Least && *a.Value <= c.Most
}

// Next is the first question that is shown and has been neither answered nor refused; nil when there is none.
func (q *Questionnaire) Next(answers Answers) *Question {
	for _, x := range q.Visible(answers) {
		if a := answers[x.Code]; !a.given() && !a.Refused {
			return x
		}
	}
	return nil
}

// Prune is the answers without those to questions that are not shown: whoever goes back and answers otherwise leaves some behind.
func (q *Questionnaire) Prune(answers Answers) Answers {
	out := Answers{}
	for _, x := range q.Visible(answers) {
		if a, there := answers[x.Code]; there {
			out[x.Code] = a
		}
	}
	return out
}

// Check says what is wrong with answers that are complete: see CheckPart, and that a required question which is shown has no answer. The fields are answers[code].
func (q *Questionnaire) Check(answers Answers) []fault.Violation {
	wrong := q.CheckPart(answers)
	for _, x := range q.Visible(answers) {
		if x.Required && !answers[x.Code].given() {
			wrong = append(wrong, fault.Field(at(x.Code), "REQUIRED", fault.Text{En: "must be answered", Zh: "必须回答"}))
		}
	}
	return wrong
}

// CheckPart says what is wrong with answers that need not be complete: to questions that there are not, or that are not shown, of the wrong kind, outside of the scale, choices
// that there are not.
func (q *Questionnaire) CheckPart(answers Answers) []fault.Violation {
	var wrong []fault.Violation
	all, shown := map[string]*Question{}, map[string]bool{}
	for _, x := range q.Questions() {
		all[x.Code] = x
	}
	for _, x := range q.Visible(answers) {
		shown[x.Code] = true
	}
	for _, code := range slices.Sorted(maps.Keys(answers)) {
		switch x := all[code]; {
		case x == nil:
			wrong = append(wrong, fault.Field(at(code), "QUESTION_UNKNOWN", fault.Text{En: "is no question of this questionnaire", Zh: "不是该问卷的问题"}))
		case !shown[code]:
			wrong = append(wrong, fault.Field(at(code), "HIDDEN", fault.Text{En: "is not asked after these answers", Zh: "按已有回答，不应出现此问题"}))
		default:
			wrong = append(wrong, x.check(answers[code])...)
		}
	}
	return wrong
}

func at(code string) string { return fmt.Sprintf("answers[%s]", code) }

// check holds an answer to the kind of the question.
func (x *Question) check(a Answer) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(at(x.Code), rule, text))
		}
	}
	add(a.Value != nil && !x.graded() || len(a.Choices) > 0 && !x.chosen() || a.Text != "" && x.Kind != Open || a.Importance != nil && !x.Importance ||
		a.Expectation != nil && !x.Expectation, "KIND", fault.Text{En: "is not answered in this way", Zh: "回答方式与题型不符"})
	add(a.Refused && (a.given() || a.Importance != nil || a.Expectation != nil), "REFUSED", fault.Text{En: "is answered and refused at once", Zh: "不能既回答又拒答"})
	least, most := x.Scale.Bounds()
	for _, v := range []*int32{a.Value, a.Importance, a.Expectation} {
		add(v != nil && x.graded() && (*v < least || *v > most), "RANGE",
			fault.Text{En: fmt.Sprintf("must be from %d to %d", least, most), Zh: fmt.Sprintf("须为 %d 至 %d", least, most)})
	}
	seen := map[string]bool{}
	for _, code := range a.Choices {
		add(x.chosen() && !x.option(code), "OPTION_UNKNOWN", fault.Text{En: "has a choice that there is not", Zh: "包含不存在的选项"})
		add(seen[code], "UNIQUE", fault.Text{En: "has a choice twice", Zh: "选项重复"})
		seen[code] = true
	}
	add(x.Kind == Single && len(a.Choices) > 1, "SINGLE", fault.Text{En: "has more than one choice", Zh: "只能选择一项"})
	add(utf8.RuneCountInString(a.Text) > MostText, "LENGTH", fault.Text{En: "must be at most 4000 characters", Zh: "不得超过 4000 个字符"})
	return wrong
}

// Scores are answers by the items: what was said of each, how important it is, what had been expected, each in the order of Items and nil where nothing was said; and whether one
// would recommend us.
func (q *Questionnaire) Scores(answers Answers) (scores, importances, expectations []*int32, recommendation *int32) {
	for _, i := range q.Items() {
		a := answers[i.Code]
		scores, importances, expectations = append(scores, a.Value), append(importances, a.Importance), append(expectations, a.Expectation)
		if i.Recommendation {
			recommendation = a.Value
		}
	}
	return scores, importances, expectations, recommendation
}
