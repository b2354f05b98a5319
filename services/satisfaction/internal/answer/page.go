package answer

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

var (
	//go:embed page.html
	pageText string
	//go:embed notice.html
	noticeText string

	pageTemplate   = template.Must(template.New("page").Parse(pageText))
	noticeTemplate = template.Must(template.New("notice").Parse(noticeText))
)

// sectionPage is a section with what was answered in it.
type sectionPage struct {
	*visit
	section  *questionnaire.Section
	course   *course
	answers  questionnaire.Answers
	typed    Typed // what was sent and cannot be kept stands in it yet; nil: nothing was sent
	problems []Problem
}

// view is what a page shows.
type view struct {
	T                          map[string]string
	Title, Label, Head, Rule   string
	Intro                      []string
	Problems                   []problemView
	Questions                  []questionView
	Section, Token, Send, Back string
	More                       bool // the problems are no mistakes, but further questions
}

type problemView struct{ Field, Text string }

// choice is one of several.
type choice struct {
	Value, Label string
	Chosen       bool
}

// questionView is a question.
type questionView struct {
	ID, Text, Optional, Wrong, Hint, Described, Layout, Typed string
	Number                                                    int
	Required, Many, Open                                      bool
	Choices                                                   []choice
	Refuse                                                    *choice
	Beside                                                    []besideView
}

// besideView is what is asked beside: how important it is, what had been expected.
type besideView struct {
	ID, Label, Optional, Choose string
	Choices                     []choice
}

func (p *sectionPage) render(token string) ([]byte, error) {
	t, place := words[p.lang], p.course.at(p.section.Code)
	v := view{T: t, Title: pick(p.lang, questionnaire.Text{En: p.survey.LabelEn, Zh: p.survey.LabelZh}), Label: pick(p.lang, p.section.Label), Section: p.section.Code, Token: token}
	v.Rule = fmt.Sprintf(t["place"], place+1, len(p.course.sections))
	if place == 0 {
		v.Rule += t["rule"]
	}
	v.Send = t["next"]
	if place == len(p.course.sections)-1 {
		v.Send = t["send"]
	}
	if place > 0 {
		v.Back = back
	} else {
		b := &p.questionnaire.Body
		v.Intro = filled(pick(p.lang, b.Introduction), pick(p.lang, b.Instructions))
		if p.survey.Anonymous {
			v.Intro = append(v.Intro, t["anonymous"])
		}
	}
	wrong := map[string]string{}
	v.Head = t["unsent"]
	for _, one := range p.problems {
		v.Problems = append(v.Problems, problemView{one.Field, p.text(one)})
		if one.Code == More {
			v.Head, v.More = t["more"], true
		} else {
			wrong[one.Question] = p.short(one)
		}
	}
	for _, x := range p.course.of(p.section) {
		v.Questions = append(v.Questions, p.question(x, wrong[x.Code]))
	}
	return render(pageTemplate, v)
}

func filled(lines ...string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.TrimSpace(line) == "" })
}

// number is that of a question among all that are asked.
func (p *sectionPage) number(x *questionnaire.Question) int {
	return slices.Index(p.course.shown, x) + 1
}

func (p *sectionPage) question(x *questionnaire.Question, wrong string) questionView {
	t, a := words[p.lang], p.answers[x.Code]
	v := questionView{
		ID: fieldQuestion + x.Code, Text: pick(p.lang, x.Text), Number: p.number(x), Required: x.Required, Wrong: wrong, Many: x.Kind == questionnaire.Multiple,
		Open: x.Kind == questionnaire.Open, Layout: "options", Typed: a.Text,
	}
	if !x.Required {
		v.Optional = t["optional"]
	}
	switch x.Kind {
	case questionnaire.Scale, questionnaire.Recommendation:
		v.Choices, v.Hint, v.Layout = p.grades(x, a.Value)
	case questionnaire.Single, questionnaire.Multiple:
		for _, o := range x.Options {
			v.Choices = append(v.Choices, choice{o.Code, pick(p.lang, o.Label), slices.Contains(a.Choices, o.Code)})
		}
		if v.Many {
			v.Hint = t["many"]
		}
	case questionnaire.Open:
		if sent := p.typed.one(v.ID); sent != "" {
			v.Typed = sent // also when it is too long to be kept
		}
	}
	if !x.Required && !v.Many && !v.Open {
		v.Refuse = &choice{refused, t["refused"], a.Refused}
	}
	v.Beside = p.beside(x, a)
	v.Described = described(v.ID, v.Wrong, v.Hint)
	return v
}

// grades are those that can be chosen. Where each has a name they are in the order of their names, the best first; otherwise they are numbers, and the hint says what the ends mean.
func (p *sectionPage) grades(x *questionnaire.Question, value *int32) (out []choice, hint, layout string) {
	least, most := x.Scale.Bounds()
	chosen := func(v int32) bool { return value != nil && *value == v }
	if len(x.Anchors) == int(most-least)+1 {
		for _, g := range x.Anchors {
			out = append(out, choice{strconv.Itoa(int(g.Value)), pick(p.lang, questionnaire.Text{En: g.En, Zh: g.Zh}), chosen(g.Value)})
		}
		return out, "", "grades"
	}
	var ends []string
	for v := least; v <= most; v++ {
		out = append(out, choice{strconv.Itoa(int(v)), strconv.Itoa(int(v)), chosen(v)})
		for _, g := range x.Anchors {
			if g.Value == v {
				ends = append(ends, fmt.Sprintf(words[p.lang]["end"], v, pick(p.lang, questionnaire.Text{En: g.En, Zh: g.Zh})))
			}
		}
	}
	return out, strings.Join(ends, words[p.lang]["and"]), "numbers"
}

func (p *sectionPage) beside(x *questionnaire.Question, a questionnaire.Answer) []besideView {
	var out []besideView
	t := words[p.lang]
	add := func(asked bool, field, label string, value *int32) {
		if !asked {
			return
		}
		least, most := x.Scale.Bounds()
		v := besideView{ID: field + x.Code, Label: t[label], Optional: t["optional"], Choose: t["choose"]}
		for n := most; n >= least; n-- {
			text := strconv.Itoa(int(n))
			switch n {
			case most:
				text = fmt.Sprintf(t["end"], n, t[label+"Most"])
			case least:
				text = fmt.Sprintf(t["end"], n, t[label+"Least"])
			}
			v.Choices = append(v.Choices, choice{strconv.Itoa(int(n)), text, value != nil && *value == n})
		}
		out = append(out, v)
	}
	add(x.Importance, fieldImportance, "importance", a.Importance)
	add(x.Expectation, fieldExpectation, "expectation", a.Expectation)
	return out
}

// described are the ids of what a reader of screens says of a question: what is wrong first, then the hint.
func described(id, wrong, hint string) string {
	var ids []string
	if wrong != "" {
		ids = append(ids, id+"-error")
	}
	if hint != "" {
		ids = append(ids, id+"-hint")
	}
	return strings.Join(ids, " ")
}

func render(t *template.Template, view any) ([]byte, error) {
	var out bytes.Buffer
	if err := t.Execute(&out, view); err != nil {
		return nil, fmt.Errorf("answer: the page: %w", err)
	}
	return out.Bytes(), nil
}
