package answer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

// The names of the fields of a page; those of questions go on with the question's code.
const (
	fieldSection     = "section"
	fieldToken       = "token"
	fieldGo          = "go"
	fieldQuestion    = "q."
	fieldImportance  = "i."
	fieldExpectation = "e."
)

// What some of them say.
const (
	back    = "back"
	refused = "-" // the question was seen and not answered
)

// Typed are the fields as they were sent, by name.
type Typed map[string][]string

// one is the only value of a field, empty if there is none.
func (t Typed) one(name string) string {
	if len(t[name]) == 0 {
		return ""
	}
	return t[name][0]
}

// Problem is what is wrong with a page; an empty question is the page as a whole.
type Problem struct {
	Question, Field string // the id of what the problem is to be mended at
	Code            Code
}

// Code is what is wrong.
type Code int

// The codes.
const (
	Missing    Code = iota + 1
	NotOffered      // no such grade or option
	TooLong
	Unknown // something was sent that the page does not have, or twice what there is once
	TooOld  // the page is none of ours, or not any more
	Busy
	More // the answers lead to further questions: no mistake
)

// knows says which fields the page of a section has: those of its questions, shown or not, as one that is not shown for these answers may have been for others.
func knows(section *questionnaire.Section, name string) (many, ok bool) {
	switch name {
	case fieldSection, fieldToken, fieldGo:
		return false, true
	}
	for i := range section.Questions {
		x := &section.Questions[i]
		switch name {
		case fieldQuestion + x.Code:
			return x.Kind == questionnaire.Multiple, true
		case fieldImportance + x.Code:
			return false, x.Importance
		case fieldExpectation + x.Code:
			return false, x.Expectation
		}
	}
	return false, false
}

// Read takes what was filled in on the page of a section: the answers, without those that cannot be, and what is wrong.
func Read(section *questionnaire.Section, typed Typed) (questionnaire.Answers, []Problem) {
	var wrong []Problem
	for name, values := range typed {
		if many, ok := knows(section, name); !ok || len(values) > 1 && !many {
			wrong = []Problem{{Code: Unknown}}
		}
	}
	answers := questionnaire.Answers{}
	for i := range section.Questions {
		x := &section.Questions[i]
		a, problems := read(x, typed)
		wrong = append(wrong, problems...)
		if !empty(a) {
			answers[x.Code] = a
		}
	}
	return answers, wrong
}

func empty(a questionnaire.Answer) bool {
	return a.Value == nil && a.Importance == nil && a.Expectation == nil && len(a.Choices) == 0 && a.Text == "" && !a.Refused
}

func read(x *questionnaire.Question, typed Typed) (a questionnaire.Answer, wrong []Problem) {
	field := fieldQuestion + x.Code
	given := typed.one(field)
	switch x.Kind {
	case questionnaire.Scale, questionnaire.Recommendation:
		if given == refused && !x.Required {
			a.Refused = true
			break
		}
		a.Value, wrong = grade(x, field, given)
	case questionnaire.Single, questionnaire.Multiple:
		if given == refused && !x.Required {
			a.Refused = true
			break
		}
		for _, v := range typed[field] {
			if v != "" {
				a.Choices = append(a.Choices, v)
			}
		}
		if !offered(x, a.Choices) {
			return questionnaire.Answer{}, []Problem{{x.Code, field, NotOffered}}
		}
	case questionnaire.Open:
		a.Text = tidy(given)
		if len([]rune(a.Text)) > questionnaire.MostText {
			return questionnaire.Answer{}, []Problem{{x.Code, field, TooLong}}
		}
	}
	if a.Refused {
		return a, nil
	}
	var more []Problem
	a.Importance, more = grade(x, fieldImportance+x.Code, typed.one(fieldImportance+x.Code))
	wrong = append(wrong, more...)
	a.Expectation, more = grade(x, fieldExpectation+x.Code, typed.one(fieldExpectation+x.Code))
	return a, append(wrong, more...)
}

func grade(x *questionnaire.Question, field, given string) (*int32, []Problem) {
	if given == "" {
		return nil, nil
	}
	value, err := strconv.ParseInt(given, 10, 32)
	least, most := x.Scale.Bounds()
	if err != nil || int32(value) < least || int32(value) > most || strconv.FormatInt(value, 10) != given {
		return nil, []Problem{{x.Code, field, NotOffered}}
	}
	return new(int32(value)), nil
}

func offered(x *questionnaire.Question, choices []string) bool {
	for i, code := range choices {
		known := slices.ContainsFunc(x.Options, func(o questionnaire.Option) bool { return o.Code == code })
		if !known || slices.Contains(choices[:i], code) {
			return false
		}
	}
	return x.Kind == questionnaire.Multiple || len(choices) <= 1
}

// tidy is a text as it is kept: lines end in one way, and blanks around it are nothing.
func tidy(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

// missing are the questions of a section that have to be answered and are not, in order.
func missing(section *questionnaire.Section, shown []*questionnaire.Question, answers questionnaire.Answers) []Problem {
	var wrong []Problem
	for _, x := range shown {
		a := answers[x.Code]
		if in(section, x) && x.Required && a.Value == nil && len(a.Choices) == 0 && a.Text == "" {
			wrong = append(wrong, Problem{x.Code, fieldQuestion + x.Code, Missing})
		}
	}
	return wrong
}

// in says whether a section has a question.
func in(section *questionnaire.Section, x *questionnaire.Question) bool {
	return slices.ContainsFunc(section.Questions, func(q questionnaire.Question) bool { return q.Code == x.Code })
}
