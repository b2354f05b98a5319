package report

import (
	"fmt"
	"strconv"
	"time"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Source is what a report is written from.
type Source struct {
	Survey        *survey.Survey
	Purpose       string // of the survey, where the caller may see it
	Questionnaire *questionnaire.Questionnaire
	Model         *indexmodel.Model
	// Analysis has no groups; Classes and Territories are the same with groups, nil where there are none.
	Analysis, Classes, Territories *satisfactionv1.Analysis
	Pretest                        *questionnaire.Figures // nil: there was none
	// Waves are the earlier ones and this, the first one first.
	Waves   []Wave
	Numbers *settings.Numbers
	Now     time.Time
}

// Wave is the scores of a wave by code; "" is that of all together.
type Wave struct {
	Label  string
	Scores map[string]float64
}

// builder writes a report.
type builder struct {
	*Source
	Tongue
	labels map[string]string
}

// Build writes a report.
func Build(s *Source, t Tongue) *Report {
	b := &builder{Source: s, Tongue: t, labels: map[string]string{}}
	for _, f := range s.Analysis.GetIndex() {
		b.labels[f.GetCode()] = t.say(label{f.GetLabelZh(), f.GetLabelEn()})
	}
	b.labels[""] = t.say(overall)
	r := &Report{
		Tongue: t, Lang: t.say(label{"zh-CN", "en"}), Title: t.say(reportTitle), Subtitle: b.name(), Mark: t.say(preliminary), Nothing: t.say(nothing),
	}
	if s.Analysis.GetBasis().GetPublishTime() != nil {
		r.Mark = t.say(published)
	}
	r.Facts = b.facts()
	r.Sections = []Section{
		{"", t.say(sectionAbstract), []Part{{Text: b.abstract()}}},
		{t.say(label{"一", "1"}), t.say(sectionBackground), b.background()},
		{t.say(label{"二", "2"}), t.say(sectionBody), b.body()},
		{t.say(label{"三", "3"}), t.say(sectionSuggestions), b.suggestions()},
		{"", t.say(sectionAppendix), b.appendix()},
	}
	return r
}

// name is what the survey is called, and its wave.
func (b *builder) name() string {
	n := b.say(label{b.Survey.LabelZh, b.Survey.LabelEn})
	if b.Survey.Wave != "" {
		n += " · " + b.Survey.Wave
	}
	return n
}

func (b *builder) all() *satisfactionv1.Figure { return b.Analysis.GetIndex()[0].GetFigure() }

func (b *builder) facts() []Fact {
	a := b.Analysis.GetBasis()
	all := b.told(b.all(), 1).Text
	if f := b.all(); f.Low != nil {
		all += " (" + interval(f, 1).Text + ")"
	}
	out := []Fact{
		{b.say(factIndex), all},
		{b.say(factAnswers), strconv.FormatInt(a.GetResponses(), 10)},
		{b.say(factConfidence), percent(a.GetConfidence())},
		{b.say(factModel), fmt.Sprintf("%s v%d", b.say(label{b.Model.LabelZh, b.Model.LabelEn}), a.GetIndexModelVersion())},
		{b.say(factPrinted), b.Now.In(b.Numbers.Zone).Format(time.DateOnly)},
	}
	if b.Survey.Wave != "" {
		out = append([]Fact{{b.say(factWave), b.Survey.Wave}}, out...)
	}
	if a.GetPreviousSurvey() != "" && len(b.Waves) > 1 {
		out = append(out, Fact{b.say(factBefore), b.Waves[len(b.Waves)-2].Label})
	}
	return out
}

func (b *builder) abstract() (out []string) {
	f := b.all()
	sure := percent(b.Analysis.GetBasis().GetConfidence())
	switch {
	case f.Score == nil:
		return []string{b.say(abstractFew)}
	case f.Low == nil:
		out = append(out, b.sayf(abstractPoint, decimal(f.GetScore(), 1), f.GetN()))
	default:
		out = append(out, b.sayf(abstractIndex, decimal(f.GetScore(), 1), sure, interval(f, 1).Text, f.GetN()))
	}
	if c := f.GetChange(); c != nil {
		switch by := decimal(max(c.GetDifference(), -c.GetDifference()), 1); {
		case !c.GetBeyondChance():
			out = append(out, b.sayf(abstractSame, signed(c.GetDifference())))
		case c.GetDifference() > 0:
			out = append(out, b.sayf(abstractUp, by, chance(c.GetPValue())))
		default:
			out = append(out, b.sayf(abstractDown, by, chance(c.GetPValue())))
		}
	}
	if r := b.Analysis.GetRecommendation().GetFigure(); r != nil && r.Score != nil {
		out = append(out, b.sayf(abstractNPS, decimal(r.GetScore(), 1)))
	}
	if s := b.Analysis.GetSatisfied(); s != nil && s.Score != nil {
		out = append(out, b.sayf(abstractSatisfied, decimal(s.GetScore(), 1)))
	}
	if best, worst := b.extremes(); best != nil && best != worst {
		out = append(out, b.sayf(abstractBest, b.labels[best.GetCode()], decimal(best.GetFigure().GetScore(), 1), b.labels[worst.GetCode()], decimal(worst.GetFigure().GetScore(), 1)))
	}
	if urgent := b.placed(satisfactionv1.PlacedItem_URGENT); len(urgent) > 0 {
		out = append(out, b.sayf(abstractUrgent, b.names(urgent)))
	}
	return out
}

// extremes are the items of level 3 with the highest and the lowest score.
func (b *builder) extremes() (best, worst *satisfactionv1.IndexFigure) {
	for _, f := range b.Analysis.GetIndex() {
		if f.GetLevel() != indexmodel.Question || f.GetFigure().Score == nil {
			continue
		}
		if best == nil || f.GetFigure().GetScore() > best.GetFigure().GetScore() {
			best = f
		}
		if worst == nil || f.GetFigure().GetScore() < worst.GetFigure().GetScore() {
			worst = f
		}
	}
	return best, worst
}

// placed are the items of a quadrant, the most important first.
func (b *builder) placed(q satisfactionv1.PlacedItem_Quadrant) (out []*satisfactionv1.PlacedItem) {
	for _, i := range b.Analysis.GetItems() {
		if i.GetQuadrant() != q {
			continue
		}
		place := len(out)
		for place > 0 && out[place-1].GetImportance() < i.GetImportance() {
			place--
		}
		out = append(out[:place], append([]*satisfactionv1.PlacedItem{i}, out[place:]...)...)
	}
	return out
}

func (b *builder) names(items []*satisfactionv1.PlacedItem) string {
	var out []string
	for _, i := range items {
		out = append(out, b.labels[i.GetItemCode()])
	}
	return b.join(out)
}

func (b *builder) background() []Part {
	s := b.Survey
	var sample []string
	switch {
	case s.PopulationSize == 0:
		sample = append(sample, b.say(sampleUnknown))
	case s.Census:
		sample = append(sample, b.sayf(sampleCensus, s.PopulationSize))
	default:
		sample = append(sample, b.sayf(sampleDrawn, s.PopulationSize, s.SampleSize))
	}
	if s.Territory != "" {
		sample = append(sample, b.sayf(sampleTerritory, s.Territory))
	}
	if s.Anonymous {
		sample = append(sample, b.say(sampleAnonymous))
	}
	purpose := Part{Title: b.say(partPurpose)}
	if b.Purpose != "" {
		purpose.Text = []string{b.Purpose}
	}
	return []Part{purpose, {Title: b.say(partSample), Text: sample}}
}
