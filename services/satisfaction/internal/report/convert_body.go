package report

import (
	"fmt"
	"time"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

// acceptable is from which alpha on items are usually held to measure one thing (Nunnally 1978).
const acceptable = 0.7

func (b *builder) body() []Part {
	parts := []Part{
		{Title: b.say(partWhy), Text: []string{b.sayf(whyText, b.say(label{b.Model.LabelZh, b.Model.LabelEn}), b.say(label{b.Questionnaire.LabelZh, b.Questionnaire.LabelEn}))}},
		b.indicators(), b.check(), b.data(), b.scores(),
	}
	for _, p := range []Part{b.trend(), b.recommendation(), b.behaviour(), b.gaps(), b.competitors(), b.quadrants(), b.groups(partClasses, b.Classes), b.groups(partAreas, b.Territories)} {
		if !p.Empty() { // what was not asked is not spoken of
			parts = append(parts, p)
		}
	}
	return parts
}

func (b *builder) indicators() Part {
	var levels [indexmodel.Question + 1]int
	p := Part{Title: b.say(partIndicators), Columns: []Column{b.wide(columnIndicator), b.number(columnWeight)}}
	b.walk(func(f *satisfactionv1.IndexFigure) {
		if levels[f.GetLevel()]++; f.GetLevel() > 0 {
			p.Rows = append(p.Rows, []Cell{b.indented(f), figure(100*f.GetWeight(), 1)})
			p.Rows[len(p.Rows)-1][1].Text += " %"
		}
	})
	p.Text = []string{b.sayf(indicatorText, levels[1], levels[2], levels[3])}
	if b.Analysis.GetBasis().GetOptions().GetWeighting() == satisfactionv1.AnalysisOptions_STATED_WEIGHT {
		p.Text = append(p.Text, b.say(indicatorStated))
	}
	return p
}

// walk goes through the index, each indicator before those below it.
func (b *builder) walk(visit func(*satisfactionv1.IndexFigure)) {
	var down func(code string, level int32)
	down = func(code string, level int32) {
		for _, f := range b.Analysis.GetIndex() {
			if f.GetLevel() == level && f.GetParentCode() == code {
				visit(f)
				down(f.GetCode(), level+1)
			}
		}
	}
	visit(b.Analysis.GetIndex()[0])
	down("", 1)
}

// indented is an indicator's name, as deep as it stands.
func (b *builder) indented(f *satisfactionv1.IndexFigure) Cell {
	return Cell{Text: b.labels[f.GetCode()], Indent: int(max(0, f.GetLevel()-1))}
}

func (b *builder) check() Part {
	p := Part{
		Title: b.say(partCheck), Columns: []Column{b.wide(columnIndicator), b.number(columnItems), b.number(columnPretest), b.number(columnAlpha), b.number(columnN)},
	}
	tried := map[string]*float64{}
	if b.Pretest != nil {
		for _, v := range b.Pretest.Variables {
			tried[v.IndexItem] = v.Alpha
		}
	}
	for _, r := range b.Analysis.GetReliability() {
		p.Rows = append(p.Rows, []Cell{text(b.labels[r.GetCode()]), count(int64(r.GetItems())), optional(tried[r.GetCode()], 2), optional(r.Alpha, 2), count(r.GetN())})
	}
	if len(p.Rows) > 0 {
		p.Note = b.sayf(noteAlpha, acceptable)
	}
	return p
}

func (b *builder) data() Part {
	a := b.Analysis.GetBasis()
	p := Part{Title: b.say(partData), Columns: []Column{b.wide(columnWhat), b.number(columnCount)}}
	add := func(l string, n int64) { p.Rows = append(p.Rows, []Cell{text(l), count(n)}) }
	returned := a.GetResponses()
	for _, v := range a.GetVoidResponses() {
		returned += v.GetCount()
	}
	if b.Survey.SampleSize > 0 {
		add(b.say(rowInvited), b.Survey.SampleSize)
	}
	add(b.say(rowReturned), returned)
	add(b.say(rowCounted), a.GetResponses())
	for _, v := range a.GetVoidResponses() {
		add(b.sayf(voidTitle, b.say(voidLabels[v.GetReason()])), v.GetCount())
	}
	if a.GetStartedResponses() > 0 {
		add(b.say(rowUnfinished), a.GetStartedResponses())
	}
	if len(b.Survey.Strata) > int(a.GetStrata()) {
		p.Text = append(p.Text, b.sayf(noteStrata, a.GetStrata()))
	}
	at := "–"
	if a.GetResponseTime() != nil {
		at = a.GetResponseTime().AsTime().In(b.Numbers.Zone).Format(time.DateOnly)
	}
	p.Note = b.sayf(noteBasis, b.say(label{b.Model.LabelZh, b.Model.LabelEn}), a.GetIndexModelVersion(), b.say(label{b.Questionnaire.LabelZh, b.Questionnaire.LabelEn}),
		a.GetQuestionnaireVersion(), a.GetSettingsVersion(), at)
	return p
}

// scores is the chart of the two upper levels and the table of all.
func (b *builder) scores() Part {
	p := Part{Title: b.say(partScores), Columns: []Column{
		b.wide(columnIndicator), b.number(columnScore), b.number(columnInterval), b.number(columnDeviation), b.number(columnN),
	}}
	compared := b.Analysis.GetBasis().GetPreviousSurvey() != ""
	if compared {
		p.Columns = append(p.Columns, b.number(columnChange), b.number(columnP))
	}
	var all []bar
	highest, lowest := "–", "–"
	var high, low float64
	b.walk(func(f *satisfactionv1.IndexFigure) {
		x := f.GetFigure()
		row := []Cell{b.indented(f), b.told(x, 1), interval(x, 1), optional(x.Deviation, 1), count(x.GetN())}
		if compared {
			row = append(row, moved(x)...)
		}
		p.Rows = append(p.Rows, row)
		if f.GetLevel() > indexmodel.Dimension {
			return
		}
		all = append(all, bar{
			label: b.labels[f.GetCode()], strong: f.GetLevel() < indexmodel.Dimension, indent: int(max(0, f.GetLevel()-1)), value: x.Score, low: x.Low, high: x.High,
			absent: b.told(x, 1).Text,
		})
		if x.Score != nil && (highest == "–" || x.GetScore() > high) {
			high, highest = x.GetScore(), fmt.Sprintf("%s %s", b.labels[f.GetCode()], decimal(x.GetScore(), 1))
		}
		if x.Score != nil && (lowest == "–" || x.GetScore() < low) {
			low, lowest = x.GetScore(), fmt.Sprintf("%s %s", b.labels[f.GetCode()], decimal(x.GetScore(), 1))
		}
	})
	p.Chart = bars("scores", b.say(chartScores), b.sayf(descScores, highest, lowest), all)
	p.Note = b.sayf(noteScores, percent(b.Analysis.GetBasis().GetConfidence()))
	if compared {
		p.Note += b.say(label{" * 表示变化超出偶然波动。", " * means that the change is more than chance."})
	}
	return p
}

func (b *builder) trend() Part {
	if len(b.Waves) < 2 {
		return Part{}
	}
	p := Part{Title: b.say(partTrend)}
	var waves []string
	for _, w := range b.Waves {
		waves = append(waves, w.Label)
	}
	var all []series
	b.walk(func(f *satisfactionv1.IndexFigure) {
		if f.GetLevel() > indexmodel.Latent {
			return
		}
		s := series{label: b.labels[f.GetCode()], strong: f.GetLevel() == 0}
		for _, w := range b.Waves {
			if v, ok := w.Scores[f.GetCode()]; ok {
				s.values = append(s.values, &v)
			} else {
				s.values = append(s.values, nil)
			}
		}
		all = append(all, s)
	})
	from, to := "–", "–"
	if v, ok := b.Waves[0].Scores[""]; ok {
		from = decimal(v, 1)
	}
	if v, ok := b.Waves[len(b.Waves)-1].Scores[""]; ok {
		to = decimal(v, 1)
	}
	p.Chart = lines("trend", b.say(chartTrend), b.sayf(descTrend, len(waves), from, to), waves, all)
	return p
}
