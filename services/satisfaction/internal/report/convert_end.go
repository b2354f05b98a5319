package report

import (
	"fmt"
	"strconv"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

func (b *builder) suggestions() []Part {
	urgent := b.placed(satisfactionv1.PlacedItem_URGENT)
	p := Part{Title: b.say(partUrgent)}
	for _, i := range urgent {
		p.Text = append(p.Text, b.sayf(suggestUrgent, b.labels[i.GetItemCode()], b.weight(i.GetImportance()), decimal(i.GetPerformance(), 1)))
	}
	if len(urgent) == 0 {
		p.Text = []string{b.say(suggestNone)}
	}
	out := []Part{p}
	if keep := b.placed(satisfactionv1.PlacedItem_KEEP); len(keep) > 0 {
		out = append(out, Part{Title: b.say(partKeep), Text: []string{b.sayf(suggestKeep, b.names(keep))}})
	}
	return out
}

// weight writes an importance: from 0 to 100, or a correlation.
func (b *builder) weight(x float64) string {
	if b.Analysis.GetBasis().GetOptions().GetImportance() == satisfactionv1.AnalysisOptions_DERIVED {
		return decimal(x, 2)
	}
	return decimal(x, 1)
}

func (b *builder) appendix() (out []Part) {
	for _, s := range b.Questionnaire.Body.Sections {
		p := Part{Title: b.say(label{s.Label.Zh, s.Label.En}), Columns: []Column{b.column(columnNumber), b.wide(columnQuestion), b.column(columnKind), b.wide(columnAnswers)}}
		for i, q := range s.Questions {
			ask := b.say(label{q.Text.Zh, q.Text.En})
			if q.Importance {
				ask += b.say(questionImportance)
			}
			if q.Expectation {
				ask += b.say(questionExpect)
			}
			p.Rows = append(p.Rows, []Cell{text(strconv.Itoa(i + 1)), text(ask), text(b.say(kindLabels[q.Kind])), text(b.choices(&q))})
		}
		out = append(out, p)
	}
	return out
}

// choices are what can be answered.
func (b *builder) choices(q *questionnaire.Question) string {
	var out []string
	switch q.Kind {
	case questionnaire.Scale, questionnaire.Recommendation:
		anchors := q.Anchors
		if len(anchors) == 0 {
			anchors = b.Model.Wording(q.Scale).Grades
		}
		for _, g := range anchors {
			out = append(out, fmt.Sprintf("%d %s", g.Value, b.say(label{g.Zh, g.En})))
		}
		if len(out) == 0 {
			least, most := q.Scale.Bounds()
			return b.sayf(answerGrades, least, most)
		}
	case questionnaire.Single, questionnaire.Multiple:
		for _, o := range q.Options {
			out = append(out, b.say(label{o.Label.Zh, o.Label.En}))
		}
	case questionnaire.Open:
	}
	return b.join(out)
}
