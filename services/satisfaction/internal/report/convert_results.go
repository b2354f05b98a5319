package report

import (
	"strconv"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

func (b *builder) recommendation() Part {
	p := Part{Title: b.say(partRecommendation), Columns: []Column{b.wide(columnWhat), b.number(columnValue), b.number(columnInterval), b.number(columnN)}}
	add := func(name string, f *satisfactionv1.Figure) {
		p.Rows = append(p.Rows, []Cell{text(name), b.told(f, 1), interval(f, 1), count(f.GetN())})
	}
	if r := b.Analysis.GetRecommendation(); r != nil {
		add(b.say(label{"净推荐值 NPS", "Net promoter score"}), r.GetFigure())
		if r.GetFigure().Score != nil {
			p.Chart = stacked("nps", b.say(chartNPS), b.sayf(descNPS, decimal(r.GetPromoters(), 1), decimal(r.GetPassives(), 1), decimal(r.GetDetractors(), 1)), []share{
				{b.say(promotersWord), "promoters", r.GetPromoters()}, {b.say(passivesWord), "passives", r.GetPassives()}, {b.say(detractorWord), "detractors", r.GetDetractors()},
			})
		}
	}
	if s := b.Analysis.GetSatisfied(); s != nil {
		add(b.say(label{"满意率（%）", "Satisfied (%)"}), s)
	}
	return p
}

func (b *builder) behaviour() Part {
	p := Part{Title: b.say(partBehaviour), Columns: []Column{b.wide(columnIndicator), b.number(columnValue), b.number(columnInterval), b.number(columnN)}}
	for _, x := range b.Analysis.GetBehaviour() {
		name, unit := b.say(behaviourLabels[x.GetIndicator()]), " %"
		decimals := 1
		if x.GetCurrencyCode() != "" {
			unit, decimals = " "+x.GetCurrencyCode(), 2
		}
		if x.GetItemCode() == "" && x.GetIndicator() == satisfactionv1.BehaviourIndicator_RETURN_RATE {
			name += b.say(byOrders)
		}
		value := b.told(x.GetFigure(), decimals)
		if value.Number != nil {
			value.Text += unit
		}
		p.Rows = append(p.Rows, []Cell{text(name), value, interval(x.GetFigure(), decimals), count(x.GetFigure().GetN())})
	}
	p.Note = b.say(noteOrders)
	return p
}

func (b *builder) gaps() Part {
	p := Part{Title: b.say(partGaps), Columns: []Column{b.wide(columnIndicator), b.number(columnExpected), b.number(columnFound), b.number(columnGap), b.number(columnInterval), b.number(columnN)}}
	for _, g := range b.Analysis.GetGaps() {
		gap := b.told(g.GetGap(), 1)
		if gap.Number != nil {
			gap.Text = signed(*gap.Number)
		}
		p.Rows = append(p.Rows, []Cell{text(b.labels[g.GetItemCode()]), b.told(g.GetExpectation(), 1), b.told(b.figureOf(g.GetItemCode()), 1), gap, interval(g.GetGap(), 1), count(g.GetGap().GetN())})
	}
	return p
}

func (b *builder) figureOf(code string) *satisfactionv1.Figure {
	for _, f := range b.Analysis.GetIndex() {
		if f.GetCode() == code {
			return f.GetFigure()
		}
	}
	return nil
}

func (b *builder) competitors() Part {
	p := Part{Title: b.say(partCompetitors), Columns: []Column{b.wide(columnIndicator), b.number(columnOurs), b.number(columnTheirs), b.number(columnLead), b.number(columnInterval), b.number(columnN)}}
	for _, c := range b.Analysis.GetCompetitors() {
		lead := b.told(c.GetLead(), 1)
		if lead.Number != nil {
			lead.Text = signed(*lead.Number)
		}
		p.Rows = append(p.Rows, []Cell{
			text(b.labels[c.GetItemCode()]), b.told(b.figureOf(c.GetItemCode()), 1), b.told(c.GetCompetitor(), 1), lead, interval(c.GetLead(), 1), count(c.GetLead().GetN()),
		})
	}
	return p
}

func (b *builder) quadrants() Part {
	p := Part{Title: b.say(partQuadrants), Columns: []Column{b.number(columnNumber), b.wide(columnIndicator), b.number(columnImportance), b.number(columnScore), b.column(columnPlace)}}
	var points []point
	urgent := 0
	for i, x := range b.Analysis.GetItems() {
		importance := figure(x.GetImportance(), 1)
		importance.Text = b.weight(x.GetImportance())
		p.Rows = append(p.Rows, []Cell{text(strconv.Itoa(i + 1)), text(b.labels[x.GetItemCode()]), importance, figure(x.GetPerformance(), 1), text(b.say(quadrantLabels[x.GetQuadrant()]))})
		points = append(points, point{x.GetImportance(), x.GetPerformance(), int(x.GetQuadrant())})
		if x.GetQuadrant() == satisfactionv1.PlacedItem_URGENT {
			urgent++
		}
	}
	if len(points) == 0 {
		return p
	}
	p.Chart = scatter("quadrants", b.Tongue, b.sayf(descQuadrants, len(points), urgent), points, b.Analysis.GetImportanceLine(), b.Analysis.GetPerformanceLine())
	p.Note = b.say(noteStated)
	if b.Analysis.GetBasis().GetOptions().GetImportance() == satisfactionv1.AnalysisOptions_DERIVED {
		p.Note = b.say(noteDerived)
	}
	p.Note = b.say(noteDots) + b.say(label{"", " "}) + p.Note
	return p
}

// groups is a table of the two upper levels by group, warm where scores are high.
func (b *builder) groups(title label, a *satisfactionv1.Analysis) Part {
	p := Part{Title: b.say(title)}
	if len(a.GetSegments()) == 0 {
		return p
	}
	p.Columns = []Column{b.wide(columnIndicator)}
	for _, s := range a.GetSegments() {
		p.Columns = append(p.Columns, Column{Label: b.group(a, s.GetKey()), Number: true})
	}
	sizes := []Cell{text(b.say(columnN))}
	for _, s := range a.GetSegments() {
		n := count(s.GetResponses())
		if s.GetWithheld() {
			n = text(b.say(hidden))
		}
		sizes = append(sizes, n)
	}
	p.Rows = append(p.Rows, sizes)
	b.walk(func(f *satisfactionv1.IndexFigure) {
		if f.GetLevel() > indexmodel.Dimension {
			return
		}
		row := []Cell{b.indented(f)}
		for _, s := range a.GetSegments() {
			row = append(row, b.heat(s, f.GetCode()))
		}
		p.Rows = append(p.Rows, row)
	})
	p.Note = b.sayf(noteWithheld, a.GetBasis().GetMinimumGroup())
	return p
}

func (b *builder) heat(s *satisfactionv1.AnalysisSegment, code string) Cell {
	if s.GetWithheld() {
		return text(b.say(hidden))
	}
	for _, f := range s.GetIndex() {
		if f.GetCode() == code {
			c := b.told(f.GetFigure(), 1)
			if c.Number != nil {
				const step, coolest, warmest = 12.5, 1, 5
				c.Heat = max(coolest, min(warmest, int((*c.Number-37.5)/step)+coolest)) // 50, 62.5, 75 and 87.5 are where it gets warmer
			}
			return c
		}
	}
	return text("–")
}

// group is what a group is called.
func (b *builder) group(a *satisfactionv1.Analysis, key string) string {
	if a.GetBasis().GetOptions().GetGroupBy() == satisfactionv1.AnalysisOptions_CLASS {
		if n, err := strconv.Atoi(key); err == nil && n >= 0 && n < len(classLabels) {
			return b.say(classLabels[n])
		}
	}
	if key == "" {
		return b.say(unknownGroup)
	}
	return key
}
