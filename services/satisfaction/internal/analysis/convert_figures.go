package analysis

import (
	"math"
	"slices"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// six rounds to what is told: so that the same answers give the same figures, whatever the machine makes of the last digits.
func six(x float64) float64 { return math.Round(x*fixed) / fixed }

func opt(x float64) *float64 { return new(six(x)) }

// estimate is the mean of a measure; nil when nobody said anything.
func (x *subject) estimate(layers []layer, m measure, key *string) *stats.Domain {
	d, err := stats.DomainMean(parts(layers, m, key), x.numbers.Confidence)
	if err != nil {
		return nil
	}
	return d
}

// figure tells of an estimate, unless it is of too few.
func (x *subject) figure(d *stats.Domain) *satisfactionv1.Figure {
	switch {
	case d == nil:
		return &satisfactionv1.Figure{}
	case d.N < int64(x.survey.MinimumGroup):
		return &satisfactionv1.Figure{Withheld: true}
	}
	f := &satisfactionv1.Figure{N: d.N, Score: opt(d.Mean), Deviation: opt(d.Deviation)}
	if d.StandardError != nil {
		f.StandardError = opt(*d.StandardError)
	}
	if d.Interval != nil {
		f.Low, f.High = opt(d.Interval.Low), opt(d.Interval.High)
	}
	return f
}

// bound cuts the interval of a figure to what can be: up to a hundred.
func bound(f *satisfactionv1.Figure, low float64) *satisfactionv1.Figure {
	if f.Low != nil {
		f.Low, f.High = opt(math.Max(*f.Low, low)), opt(math.Min(*f.High, hundred))
	}
	return f
}

// share tells of a share in percent: its interval is Wilson's.
func (x *subject) share(layers []layer, m measure, key *string) *satisfactionv1.Figure {
	d := x.estimate(layers, m, key)
	f := x.figure(d)
	if f.Score == nil {
		return f
	}
	part := measure{m.at, m.a / hundred, m.b / hundred}
	ones := x.estimate(layers, part, key)
	if i, err := ones.ShareInterval(x.numbers.Confidence); err == nil {
		f.Low, f.High = opt(hundred*i.Low), opt(hundred*i.High)
	}
	return f
}

// net tells of who would recommend us. Where all are of one group their variance is nothing, though others may exist: then the interval is that of the formula.
func (r *reading) net(key *string) *satisfactionv1.Figure {
	d := r.estimate(r.layers, r.recommendation, key)
	f := bound(r.figure(d), -hundred)
	if f.Score == nil || d.Deviation > 0 {
		return f
	}
	counts := stats.Recommendation{Passives: d.N}
	switch {
	case d.Mean > 0:
		counts = stats.Recommendation{Promoters: d.N}
	case d.Mean < 0:
		counts = stats.Recommendation{Detractors: d.N}
	}
	if i, err := counts.Interval(r.numbers.Confidence, 0); err == nil {
		f.Low, f.High = opt(i.Low), opt(i.High)
	}
	return f
}

// node tells of a node, with the mean on its scale where its questions are on one.
func (r *reading) node(n int, d *stats.Domain) *satisfactionv1.Figure {
	f := bound(r.figure(d), 0)
	x := &r.frame.Nodes[n]
	if f.Score == nil {
		return f
	}
	first := r.frame.Leaves[x.Leaves[0]]
	for _, i := range x.Leaves {
		if l := r.frame.Leaves[i]; l.A != first.A || l.B != first.B {
			return f
		}
	}
	f.Mean = opt((d.Mean - first.B) / first.A)
	return f
}

// change compares an estimate with the wave before.
func (x *subject) change(before, after *stats.Domain) *satisfactionv1.FigureChange {
	least := int64(x.survey.MinimumGroup)
	if before == nil || after == nil || before.N < least || after.N < least {
		return nil
	}
	out := &satisfactionv1.FigureChange{Before: six(before.Mean), Difference: six(after.Mean - before.Mean)}
	if d, err := stats.Changed(before, after, x.numbers.Confidence); err == nil {
		out.Low, out.High, out.PValue, out.BeyondChance = opt(d.Low), opt(d.High), opt(d.PValue), d.Beyond(x.numbers.Confidence)
	}
	return out
}

// indexFigure is a node's, without its figure.
func (r *reading) indexFigure(n int) *satisfactionv1.IndexFigure {
	x := &r.frame.Nodes[n]
	return &satisfactionv1.IndexFigure{Code: x.Code, ParentCode: x.Parent, Level: int32(x.Level), LabelEn: x.LabelEn, LabelZh: x.LabelZh, Weight: six(x.Weight)}
}

// total tells of all together.
func (r *reading) total(out *satisfactionv1.Analysis, before *reading) {
	for n := range r.frame.Nodes {
		d := r.estimate(r.layers, r.nodes[n], nil)
		x := r.indexFigure(n)
		x.Figure = r.node(n, d)
		if was := before.find(x.GetCode()); was >= 0 && !x.GetFigure().GetWithheld() {
			x.Figure.Change = r.change(before.estimate(before.layers, before.nodes[was], nil), d)
		}
		out.Index = append(out.Index, x)
	}
	if r.frame.Recommendation {
		f := &satisfactionv1.RecommendationFigure{Figure: r.net(nil)}
		if f.Figure.Score != nil {
			f.Promoters, f.Detractors = six(r.estimate(r.layers, r.promoters, nil).Mean), six(r.estimate(r.layers, r.detractors, nil).Mean)
			f.Passives = six(hundred - f.Promoters - f.Detractors)
			if before != nil && before.frame.Recommendation {
				f.Figure.Change = r.change(before.estimate(before.layers, before.recommendation, nil), r.estimate(r.layers, r.recommendation, nil))
			}
		}
		out.Recommendation = f
	}
	if r.asksSatisfied() {
		out.Satisfied = r.share(r.layers, r.satisfied, nil)
	}
}

// find is the node of a code; -1 when there is none, or no wave before to look at.
func (r *reading) find(code string) int {
	if r == nil {
		return -1
	}
	return slices.IndexFunc(r.frame.Nodes, func(n Node) bool { return n.Code == code })
}

// placed puts items into their quadrants.
func (r *reading) placed(out *satisfactionv1.Analysis, m *more) {
	var points []stats.Point
	for n := range r.frame.Nodes {
		d := r.estimate(r.layers, r.nodes[n], nil)
		if !r.frame.Driver(n) || d == nil || d.N < int64(r.survey.MinimumGroup) {
			continue
		}
		importance, ok := r.importance(m, n)
		if !ok {
			continue
		}
		points = append(points, pointOf(importance, d.Mean))
		out.Items = append(out.Items, &satisfactionv1.PlacedItem{ItemCode: r.frame.Nodes[n].Code, Importance: six(importance), Performance: six(d.Mean)})
	}
	quadrants, lines, err := stats.Quadrants(points, r.options.Crosshair)
	if err != nil { // there are none
		return
	}
	for i, q := range quadrants {
		out.Items[i].Quadrant = satisfactionv1.PlacedItem_Quadrant(q)
	}
	out.ImportanceLine, out.PerformanceLine = lines.Importance.InexactFloat64(), lines.Performance.InexactFloat64()
}

// importance is how important an item is.
func (r *reading) importance(m *more, n int) (float64, bool) {
	if r.options.Importance == Stated {
		x, asked := m.importances[n]
		if !asked {
			return 0, false
		}
		d := r.estimate(m.layers, x, nil)
		return mean(d), d != nil && d.N >= int64(r.survey.MinimumGroup)
	}
	c, err := m.correlation(m.pairs[n])
	return c, err == nil
}

func mean(d *stats.Domain) float64 {
	if d == nil {
		return 0
	}
	return d.Mean
}

// rest tells of what is not of the index.
func (r *reading) rest(out *satisfactionv1.Analysis, m *more) {
	for _, g := range m.gaps {
		out.Gaps = append(out.Gaps, &satisfactionv1.ExpectationGap{
			ItemCode: r.frame.Leaves[g.leaf].Item, Expectation: bound(r.figure(r.estimate(m.layers, g.beside, nil)), 0),
			Gap: bound(r.figure(r.estimate(m.layers, g.above, nil)), -hundred),
		})
	}
	for _, c := range m.competitors {
		out.Competitors = append(out.Competitors, &satisfactionv1.CompetitorFigure{
			ItemCode: r.frame.Leaves[c.leaf].Item, Competitor: bound(r.figure(r.estimate(m.layers, c.beside, nil)), 0),
			Lead: bound(r.figure(r.estimate(m.layers, c.above, nil)), -hundred),
		})
	}
	for _, s := range m.scales {
		f := &satisfactionv1.ReliabilityFigure{Code: r.frame.Nodes[s.node].Code, Items: int32(len(s.items))}
		n, alpha, ok := m.alpha(s)
		if f.N = n; ok && n >= int64(r.survey.MinimumGroup) {
			f.Alpha = opt(alpha)
		}
		if n >= int64(r.survey.MinimumGroup) {
			out.Reliability = append(out.Reliability, f)
		}
	}
	r.placed(out, m)
}

// statedEverywhere says whether it was asked of each item how important it is.
func (f *Frame) statedEverywhere() bool {
	return !slices.ContainsFunc(f.Leaves, func(l Leaf) bool { return !l.Importance && !l.Recommendation })
}

// complete fills in what the options leave out.
func (x *subject) complete() error {
	o := &x.options
	o.Weighting, o.Crosshair = max(o.Weighting, ByModel), max(o.Crosshair, stats.AtMean)
	switch {
	case o.Importance == 0 && x.frame.statedEverywhere():
		o.Importance = Stated
	case o.Importance == 0:
		o.Importance = Derived
	case o.Importance == Stated && !slices.ContainsFunc(x.frame.Leaves, func(l Leaf) bool { return l.Importance }):
		return notAskedError("options.importance")
	}
	return nil
}
