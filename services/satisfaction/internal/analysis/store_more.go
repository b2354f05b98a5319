package analysis

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// more is what else the answers tell, of all together.
type more struct {
	layers      []layer
	importances map[int]measure // by node
	pairs       map[int]pair    // by node
	gaps        []paired
	competitors []paired
	behaviour   []measure // as the frame's
	scales      []scale
}

// pair are the sums by which an item goes with the satisfaction as a whole.
type pair struct{ item, whole, both measure }

// paired is something that was said of an item beside it, and by how much the answer is above that.
type paired struct {
	leaf          int
	beside, above measure
}

// scale is the items of a latent variable, of those who answered all.
type scale struct {
	node  int
	items []measure
	total measure
}

func position(array string, i int) string { return fmt.Sprintf("%s[%d]::int", array, i) }

// more reads the sums of what is not of the index.
func (s *Store) more(ctx context.Context, x *subject) (*more, error) {
	st := newStatement(x.frame, `''`)
	m := &more{importances: map[int]measure{}, pairs: map[int]pair{}}
	for i := range x.frame.Leaves {
		m.beside(st, i)
	}
	m.drivers(st)
	for _, b := range x.frame.Behaviour {
		m.behaviour = append(m.behaviour, st.add(st.top(b.Leaf), hundred, 0))
	}
	for n := range x.frame.Nodes {
		if y := &x.frame.Nodes[n]; y.Level == indexmodel.Latent && len(y.Leaves) > 1 {
			m.scales = append(m.scales, scaleOf(st, n))
		}
	}
	if len(st.measures) == 0 {
		return m, nil
	}
	cells, _, err := s.sums(ctx, x, st)
	if err != nil {
		return nil, err
	}
	m.layers = layers(x.survey.Strata, cells)
	return m, nil
}

// beside adds what was asked beside a leaf.
func (m *more) beside(st *statement, i int) {
	l := &st.frame.Leaves[i]
	said := st.answer(l.Position)
	if l.Expectation {
		e := st.column(expectation(l.Position), position("expectations", l.Position))
		m.gaps = append(m.gaps, paired{i, st.add(e, l.A, l.B), st.add(said+" - "+e, l.A, 0)})
	}
	if l.Competitor > 0 {
		c := st.answer(l.Competitor)
		m.competitors = append(m.competitors, paired{i, st.add(c, l.A, l.B), st.add(said+" - "+c, l.A, 0)})
	}
}

// drivers adds by what the importance of items is told.
func (m *more) drivers(st *statement) {
	whole, sign := score(0), 1.0
	if st.frame.Overall >= 0 {
		l := &st.frame.Leaves[st.frame.Overall]
		whole, sign = st.answer(l.Position), math.Copysign(1, l.A)
	}
	for n := range st.frame.Nodes {
		if !st.frame.Driver(n) {
			continue
		}
		sql, a, _ := st.node(n)
		when := "case when " + sql + " is not null and " + whole + " is not null then "
		m.pairs[n] = pair{
			item: st.add(when+sql+" end", math.Copysign(1, a), 0), whole: st.add(when+whole+" end", sign, 0),
			both: st.product("("+sql+")::bigint * "+whole, sign*math.Copysign(1, a)),
		}
		leaves := st.frame.Nodes[n].Leaves
		if l := &st.frame.Leaves[leaves[0]]; len(leaves) == 1 && l.Importance { // where several ask of an item it is not asked how important each is
			length := math.Abs(l.A)
			m.importances[n] = st.add(st.column(importance(l.Position), position("importances", l.Position)), length, hundred-length*float64(l.Most))
		}
	}
}

// scaleOf adds the items of a latent variable on one scale, where all were answered, and their sum.
func scaleOf(st *statement, n int) scale {
	var all, total []string
	leaves := st.frame.Nodes[n].Leaves
	for _, i := range leaves {
		l := &st.frame.Leaves[i]
		all = append(all, st.answer(l.Position)+" is not null")
		total = append(total, st.answer(l.Position)+" * "+number(l.A))
	}
	when := "case when " + strings.Join(all, " and ") + " then "
	out := scale{node: n, total: st.add(when+"round(("+strings.Join(total, " + ")+") * "+number(fixed)+")::bigint end", 1/fixed, 0)}
	for _, i := range leaves {
		l := &st.frame.Leaves[i]
		out.items = append(out.items, st.add(when+st.answer(l.Position)+" end", l.A, 0))
	}
	return out
}

// correlation is how far an item goes with the satisfaction as a whole, each answer weighing as many as it stands for.
func (m *more) correlation(p pair) (float64, error) {
	x, xx := weighted(m.layers, p.item)
	y, yy := weighted(m.layers, p.whole)
	both, _ := weighted(m.layers, p.both)
	return stats.CorrelationOfProducts(variance(xx, x), variance(yy, y), both-x*y)
}

// variance is that of moments, 0 where rounding leaves hardly anything.
func variance(square, mean float64) float64 {
	const tiny = 1e-12
	if v := square - mean*mean; v > tiny*square {
		return v
	}
	return 0
}

// alpha is Cronbach's of the items of a latent variable, k / (k - 1) (1 - sum of variances / variance of the sum), as these answers are: the check of a scale is not of a population.
func (m *more) alpha(s scale) (n int64, alpha float64, ok bool) {
	total := m.plain(s.total)
	var items float64
	for _, i := range s.items {
		items += m.plain(i).Variance
	}
	k := float64(len(s.items))
	if total.N < 2 || !(total.Variance > 1e-9) {
		return total.N, 0, false
	}
	return total.N, k / (k - 1) * (1 - items/total.Variance), true
}

// plain are the moments of a measure, all answers weighing alike.
func (m *more) plain(of measure) stats.Moments {
	var all sum
	for _, p := range parts(m.layers, of, nil) {
		all = all.plus(sum{p.N, p.Sum, p.Squares})
	}
	out, err := stats.MomentsOfSums(all.n, all.sum, all.squares)
	if err != nil { // there are none
		return stats.Moments{}
	}
	return out
}
