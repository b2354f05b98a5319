package analysis_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

const near = 2e-6 // what is told has six decimals

// percent puts an answer of the test's questionnaire on 0 to 100, by where it stands.
func percent(position int, v int32) float64 {
	switch position {
	case 0, 1, 5:
		return float64(v-1) / 4 * 100
	case 2:
		return float64(7-v) / 6 * 100
	case 3, 4:
		return float64(v-1) / 6 * 100
	}
	return float64(v) * 10
}

// The leaves below each indicator and their parts of the whole, written down by hand from the model: of quality (2 of 3) 3/4 are product, of which 2/3 are fit, half of it by each
// question; what is not asked has no part.
var (
	parts   = map[int]float64{0: 2. / 3 * 3 / 4 * 2 / 3 / 2, 1: 2. / 3 * 3 / 4 * 2 / 3 / 2, 2: 2. / 3 * 3 / 4 / 3, 3: 2. / 3 / 4, 5: 1. / 6, 6: 1. / 6}
	belows  = map[string][]int{"": {0, 1, 2, 3, 5, 6}, "quality": {0, 1, 2, 3}, "product": {0, 1, 2}, "fit": {0, 1}, "faults": {2}, "service": {3}, "speed": {3}, "satisfaction": {5, 6}, "overall": {5, 6}, "satisfaction_total": {5}, "recommend": {6}}
	ordered = []string{"", "quality", "satisfaction", "product", "service", "overall", "fit", "faults", "speed", "satisfaction_total", "recommend"}
)

// scoreOf is a response's score of an indicator; ok is false when nothing below it was answered.
func scoreOf(r given, code string, weights map[int]float64) (score float64, ok bool) {
	var sum, under float64
	if below := belows[code]; len(below) == 1 && code != "service" { // an item with one question is what was answered, whatever it weighs
		weights = map[int]float64{below[0]: 1}
	}
	for _, p := range belows[code] {
		if v := r.scores[p]; v != nil {
			sum, under = sum+weights[p]*percent(p, *v), under+weights[p]
		}
	}
	return sum / under, under > 0
}

// naive estimates a figure of the responses that are accepted and of a class (0: all), by the textbook and a loop over responses.
func naive(all []given, sizes []int64, class int, value func(given) (float64, bool)) (n int64, mean, se float64) {
	answered := map[int16]float64{}
	for _, r := range all {
		if r.state != 3 {
			answered[r.stratum]++
		}
	}
	weight := func(r given) float64 { return float64(sizes[r.stratum-1]) / answered[r.stratum] }
	var over, under float64
	in := func(r given) (float64, bool) {
		v, ok := value(r)
		return v, ok && r.state != 3 && (class == 0 || r.class == class)
	}
	for _, r := range all {
		if v, ok := in(r); ok {
			n++
			over, under = over+weight(r)*v, under+weight(r)
		}
	}
	mean = over / under
	var variance float64
	for stratum, count := range answered {
		z := []float64{}
		for _, r := range all {
			if r.state == 3 || r.stratum != stratum {
				continue
			}
			v, ok := in(r)
			if !ok {
				z = append(z, 0)
				continue
			}
			z = append(z, weight(r)*(v-mean)/under)
		}
		m, _ := stats.MomentsOf(z)
		variance += (1 - count/float64(sizes[stratum-1])) * count * m.Variance
	}
	return n, mean, math.Sqrt(variance)
}

func drawResponses(t *rapid.T, strata int) []given {
	most := []int{5, 5, 7, 7, 7, 5, 10}
	var all []given
	for stratum := 1; stratum <= strata; stratum++ {
		for range rapid.IntRange(3, 14).Draw(t, "answers") {
			r := given{stratum: int16(stratum), class: rapid.IntRange(1, 3).Draw(t, "class"), state: 2}
			if rapid.IntRange(0, 9).Draw(t, "void") == 0 {
				r.state = 3
			}
			for p, m := range most {
				draw := func(what string, gap int) *int32 {
					if rapid.IntRange(0, gap).Draw(t, what+" gap") == 0 {
						return nil
					}
					least := 1
					if p == 6 {
						least = 0
					}
					return new(int32(rapid.IntRange(least, m).Draw(t, what)))
				}
				r.scores, r.importances, r.expectations = append(r.scores, draw("score", 8)), append(r.importances, draw("importance", 8)), append(r.expectations, draw("expectation", 8))
			}
			r.recommendation = r.scores[6]
			all = append(all, r)
		}
		for i := range 2 { // of fewer than two a stratum is put together with another: that has a test of its own
			all[len(all)-1-i].state = 2
		}
	}
	return all
}

// Everything that the database sums up is what a loop over the responses comes to, and a second look tells the same to the last digit.
func TestAgainstALoopOverResponses(t *testing.T) {
	t.Parallel()
	g := setup(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		if round++; round > 12 { // each takes a hundred statements
			return
		}
		strata := rapid.IntRange(1, 3).Draw(rt, "strata")
		all := drawResponses(rt, strata)
		sizes := make([]int64, strata)
		for i := range sizes {
			sizes[i] = int64(20 + 30*i)
		}
		s := g.survey(made{state: survey.Closed, sizes: sizes, least: 2})
		g.respond(s, all)
		got, err := g.store.Analyse(g.ctx, s, analysis.Options{Group: analysis.ByClass})
		require.NoError(rt, err)
		requireIndex(rt, got.GetIndex(), all, sizes, 0, parts)
		for _, segment := range got.GetSegments() {
			if !segment.GetWithheld() {
				requireIndex(rt, segment.GetIndex(), all, sizes, int(segment.GetKey()[0]-'0'), parts)
			}
		}
		requireRest(rt, got, all, sizes)
		again, err := g.store.Analyse(g.ctx, s, analysis.Options{Group: analysis.ByClass})
		require.NoError(rt, err)
		require.True(rt, proto.Equal(got, again))

		stated, err := g.store.Analyse(g.ctx, s, analysis.Options{Weighting: analysis.ByStated, IndexOnly: true})
		require.NoError(rt, err)
		requireIndex(rt, stated.GetIndex(), all, sizes, 0, statedWeights(all, sizes))
	})
}

// statedWeights are the means of what was said of the items' importance, each by its scale's most.
func statedWeights(all []given, sizes []int64) map[int]float64 {
	out := map[int]float64{}
	var sum float64
	for p := range parts {
		n, m, _ := naive(all, sizes, 0, func(r given) (float64, bool) { return valueOf(r.importances[p]) })
		if n == 0 {
			continue
		}
		out[p] = m / []float64{5, 5, 7, 7, 7, 5, 10}[p]
		sum += out[p]
	}
	for p := range out {
		out[p] /= sum
	}
	return out
}

func valueOf(v *int32) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return float64(*v), true
}

func requireIndex(t *rapid.T, got []*satisfactionv1.IndexFigure, all []given, sizes []int64, class int, weights map[int]float64) {
	require.Len(t, got, len(ordered))
	for i, code := range ordered {
		require.Equal(t, code, got[i].GetCode())
		f := got[i].GetFigure()
		n, mean, se := naive(all, sizes, class, func(r given) (float64, bool) { return scoreOf(r, code, weights) })
		if f.GetWithheld() || n == 0 {
			require.Nil(t, f.Score)
			continue
		}
		require.Equal(t, n, f.GetN(), code)
		require.InDelta(t, mean, f.GetScore(), near, code)
		if f.StandardError != nil {
			require.InDelta(t, se, f.GetStandardError(), near*10, code)
			require.LessOrEqual(t, f.GetLow(), f.GetScore()+near)
			require.GreaterOrEqual(t, f.GetHigh(), f.GetScore()-near)
		}
	}
}

// requireRest looks at recommendation, the satisfied, gaps, competitors and derived importance.
func requireRest(t *rapid.T, got *satisfactionv1.Analysis, all []given, sizes []int64) {
	value := func(what string, of func(r given) (float64, bool), f *satisfactionv1.Figure) {
		n, mean, _ := naive(all, sizes, 0, of)
		if n >= 2 {
			require.Equal(t, n, f.GetN(), what)
			require.InDelta(t, mean, f.GetScore(), near, what)
		}
	}
	value("recommendation", func(r given) (float64, bool) {
		v, ok := valueOf(r.recommendation)
		switch {
		case v >= 9:
			return 100, ok
		case v >= 7:
			return 0, ok
		}
		return -100, ok
	}, got.GetRecommendation().GetFigure())
	value("satisfied", func(r given) (float64, bool) {
		v, ok := valueOf(r.scores[5])
		if v >= 4 {
			return 100, ok
		}
		return 0, ok
	}, got.GetSatisfied())
	require.Len(t, got.GetGaps(), 3)
	value("gap", func(r given) (float64, bool) {
		if r.scores[2] == nil || r.expectations[2] == nil {
			return 0, false
		}
		return percent(2, *r.scores[2]) - percent(2, *r.expectations[2]), true
	}, got.GetGaps()[1].GetGap())
	require.Len(t, got.GetCompetitors(), 1)
	value("lead", func(r given) (float64, bool) {
		if r.scores[3] == nil || r.scores[4] == nil {
			return 0, false
		}
		return percent(3, *r.scores[3]) - percent(4, *r.scores[4]), true
	}, got.GetCompetitors()[0].GetLead())
	for _, b := range got.GetBasis().GetVoidResponses() {
		require.EqualValues(t, 5, b.GetReason())
	}
}

// Of a single stratum the derived importance is the plain correlation with overall satisfaction, of those who answered both.
func TestDerivedImportance(t *testing.T) {
	t.Parallel()
	g := setup(t)
	s := g.survey(made{state: survey.Closed, sizes: []int64{1000}, least: 2})
	var all []given
	var x, y []float64
	for i := range 40 {
		v := int32(1 + (i*5+3)%7)
		total := int32(1 + (i*3+int(v)/2)%5)
		r := given{stratum: 1, class: 1, scores: []*int32{new(int32(3)), new(int32(3)), new(1 + int32(i)%7), &v, nil, &total, new(int32(i % 11))}}
		if i%9 == 0 {
			r.scores[5] = nil
		} else {
			x, y = append(x, float64(v)), append(y, float64(total))
		}
		all = append(all, r)
	}
	g.respond(s, all)
	got, err := g.store.Analyse(g.ctx, s, analysis.Options{Importance: analysis.Derived})
	require.NoError(t, err)
	want, err := stats.Correlation(x, y)
	require.NoError(t, err)
	codes := map[string]*satisfactionv1.PlacedItem{}
	for _, i := range got.GetItems() {
		codes[i.GetItemCode()] = i
	}
	require.InDelta(t, want, codes["speed"].GetImportance(), near)
	require.NotContains(t, codes, "satisfaction_total", "it does not drive itself")
	require.NotContains(t, codes, "recommend")
	require.NotContains(t, codes, "fit", "all answered alike: nothing can be told")
}

// The worked example: satisfaction 4, 5, 3 with importance 5, 3, 2 is 4.1.
func TestStatedWeightsAreTheSources(t *testing.T) {
	t.Parallel()
	g := setup(t)
	s := g.survey(made{state: survey.Closed, sizes: []int64{10}, least: 2})
	v := func(x int32) *int32 { return &x }
	one := given{
		stratum: 1, class: 1, scores: []*int32{v(4), v(5), nil, nil, nil, v(3), nil}, importances: []*int32{v(5), v(3), v(1), v(1), v(1), v(2), v(1)},
	}
	g.respond(s, []given{one, one, one})
	got, err := g.store.Analyse(g.ctx, s, analysis.Options{Weighting: analysis.ByStated})
	require.NoError(t, err)
	require.InDelta(t, (4.1-1)/4*100, got.GetIndex()[0].GetFigure().GetScore(), near)
	require.Equal(t, fmt.Sprint(got.GetIndex()[0].GetFigure().GetScore()), fmt.Sprint(got.GetIndex()[0].GetFigure().GetLow()), "all say the same")
}
