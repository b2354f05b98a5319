package questionnaire

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// Pretest is what came of trying a draft.
type Pretest struct {
	Questionnaire   uuid.UUID `db:"questionnaire_id"`
	ID              uuid.UUID `db:"pretest_id"`
	Version         int32     `db:"version"`
	Revision        int64     `db:"revision"` // of the draft
	Respondents     int32     `db:"respondents"`
	Passed          bool      `db:"passed"`
	SettingsVersion int32     `db:"settings_version"`
	Author          string    `db:"author"`
	CreateTime      time.Time `db:"create_time"`
	Figures         Figures   `db:"-"`
}

// Figures are those of a pretest.
type Figures struct {
	Failures []Failure `json:"failures"`
	// Total is of all items, nil when there are fewer than two; Variables are those of the latent variables that have items.
	Total     *Reliability  `json:"total"`
	Variables []Reliability `json:"variables"`
	Questions []Tried       `json:"questions"`
}

// Failure is a rule that was broken.
type Failure struct {
	Rule      string     `json:"rule"`
	IndexItem string     `json:"index_item"`
	Question  string     `json:"question"`
	Text      fault.Text `json:"text"`
}

// Reliability is how well the items of a latent variable measure it together.
type Reliability struct {
	IndexItem    string   `json:"index_item"`
	Items        int32    `json:"items"`
	Respondents  int32    `json:"respondents"` // who answered all of them
	Alpha        *float64 `json:"alpha"`
	Standardized *float64 `json:"standardized"`
}

// Tried is how a question did.
type Tried struct {
	Question  string   `json:"question"`
	Shown     int32    `json:"shown"`
	Answered  int32    `json:"answered"`
	Refused   int32    `json:"refused"`
	ItemTotal *float64 `json:"item_total"`
	Without   *float64 `json:"without"`
}

// Try computes the figures of a pretest; model is the one that the questionnaire asks the items of, nil when it is freely written.
func (q *Questionnaire) Try(model *indexmodel.Model, respondents []Answers, rules settings.Pretest) *Figures {
	out := &Figures{}
	tried := map[string]*Tried{}
	for _, x := range q.Questions() {
		out.Questions = append(out.Questions, Tried{Question: x.Code})
	}
	for i := range out.Questions {
		tried[out.Questions[i].Question] = &out.Questions[i]
	}
	for _, answers := range respondents {
		for _, x := range q.Visible(answers) {
			tried[x.Code].count(answers[x.Code])
		}
	}
	var all []Item
	groups := map[string][]Item{}
	var order []string
	for _, i := range q.Items() {
		if i.Recommendation && i.IndexItem == "" { // a measure of its own
			continue
		}
		latent := ""
		if model != nil {
			latent = Latent(model, i.IndexItem)
		}
		if groups[latent] == nil {
			order = append(order, latent)
		}
		all, groups[latent] = append(all, i), append(groups[latent], i)
	}
	for _, latent := range order {
		out.Variables = append(out.Variables, out.judge(latent, groups[latent], respondents, rules, tried))
	}
	if len(all) > 1 && len(order) > 1 {
		total := out.judge("", all, respondents, rules, nil)
		out.Total = &total
	} else if len(all) > 1 {
		out.Total = &out.Variables[0]
	}
	return out
}

func (t *Tried) count(a Answer) {
	t.Shown++
	switch {
	case a.given():
		t.Answered++
	case a.Refused:
		t.Refused++
	}
}

// judge looks at the items of a latent variable, or at all; tried takes how each goes with the others, and is nil where that does not count. Of one item there is nothing to judge.
func (f *Figures) judge(latent string, items []Item, respondents []Answers, rules settings.Pretest, tried map[string]*Tried) Reliability {
	rows := complete(items, respondents)
	out := Reliability{IndexItem: latent, Items: int32(len(items)), Respondents: int32(len(rows))}
	if len(items) < 2 {
		return out
	}
	found, err := stats.ReliabilityOf(rows)
	if err != nil {
		text := fault.Text{En: "has no alpha", Zh: "无法计算 α 系数"}
		if u, ok := errors.AsType[*stats.UndefinedError](err); ok {
			text = fault.Text{En: text.En + ": it " + u.Text.En, Zh: text.Zh + "：" + u.Text.Zh}
		}
		f.fail("UNDEFINED", latent, "", text)
		return out
	}
	out.Alpha, out.Standardized = &found.Alpha, &found.Standardized
	if found.Alpha < rules.LeastAlpha {
		f.fail("ALPHA", latent, "", fault.Text{
			En: fmt.Sprintf("has an alpha of %.3f, below %g", found.Alpha, rules.LeastAlpha), Zh: fmt.Sprintf("α 系数为 %.3f，低于 %g", found.Alpha, rules.LeastAlpha),
		})
	}
	for i, item := range items {
		if tried == nil {
			break
		}
		at := found.Items[i]
		tried[item.Code].ItemTotal, tried[item.Code].Without = at.Total, at.Deleted
		switch {
		case at.Total == nil:
			f.fail("UNDEFINED", latent, item.Code, fault.Text{En: "is beside items whose sum does not vary", Zh: "其余题项的合计没有差异"})
		case *at.Total < rules.LeastItemTotal:
			f.fail("ITEM_TOTAL", latent, item.Code, fault.Text{
				En: fmt.Sprintf("goes with the other items by %.3f, below %g", *at.Total, rules.LeastItemTotal),
				Zh: fmt.Sprintf("与其余题项合计的相关系数为 %.3f，低于 %g", *at.Total, rules.LeastItemTotal),
			})
		}
	}
	return out
}

func (f *Figures) fail(rule, latent, question string, text fault.Text) {
	f.Failures = append(f.Failures, Failure{Rule: rule, IndexItem: latent, Question: question, Text: text})
}

// complete are the values of those who answered all items, from 0 to 1 and the higher the better.
func complete(items []Item, respondents []Answers) [][]float64 {
	var rows [][]float64
next:
	for _, answers := range respondents {
		row := make([]float64, len(items))
		for i, item := range items {
			value := answers[item.Code].Value
			if value == nil {
				continue next
			}
			least, most := item.Scale.Bounds()
			row[i] = float64(*value-least) / float64(most-least)
			if item.Direction == indexmodel.LowerIsBetter {
				row[i] = 1 - row[i]
			}
		}
		rows = append(rows, row)
	}
	return rows
}
