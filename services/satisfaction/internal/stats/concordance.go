package stats

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Concordance is how far experts agree on the order of things (Kendall & Babington Smith 1939): 0 not at all, 1 fully.
type Concordance struct {
	Experts, Items int
	// W takes no notice of ties: W = 12 S / (m^2 (n^3 - n)).
	W float64
	// Corrected does: 12 S / (m^2 (n^3 - n) - m sum(t^3 - t)), t the sizes of the groups that one expert ranks alike.
	Corrected float64
	// ChiSquare is m (n - 1) x Corrected, which has n - 1 degrees of freedom when there is no agreement; PValue is how likely so much of it then is. It is an approximation, and a
	// poor one for 7 things and fewer with few experts.
	ChiSquare, PValue float64
}

// ConcordanceOf looks at ratings, a row per expert with a number per thing, the larger the better or the other way round, as long as all do the same. It takes two experts and two
// things at least; an expert who rates all alike says nothing, and if all do there is no answer.
func ConcordanceOf(ratings [][]float64) (*Concordance, error) {
	m := len(ratings)
	if m < 2 {
		return nil, undefined("TOO_FEW_EXPERTS", "needs at least two experts", "至少需要两名专家")
	}
	n := len(ratings[0])
	if n < 2 {
		return nil, undefined("TOO_FEW_ITEMS", "needs at least two items", "至少需要两项")
	}
	sums, ties := make([]float64, n), 0.0
	for e, row := range ratings {
		if len(row) != n {
			return nil, undefined("RAGGED", fmt.Sprintf("has rows of different lengths: row %d has %d items and the first one %d", e, len(row), n),
				fmt.Sprintf("各行长度不一致：第 %d 行有 %d 项，首行有 %d 项", e, len(row), n))
		}
		if err := finite(row...); err != nil {
			return nil, err
		}
		ranks, tied := ranksOf(row)
		ties += tied
		for i, r := range ranks {
			sums[i] += r
		}
	}
	experts, items := float64(m), float64(n)
	var s float64
	for _, sum := range sums {
		s += square(sum - experts*(items+1)/2)
	}
	whole := square(experts) * (items*items*items - items)
	left := whole - experts*ties
	if left <= 0 {
		return nil, undefined("NO_VARIANCE", "says nothing: every expert rates all items alike", "没有信息：每位专家对所有项的评分都相同")
	}
	out := &Concordance{Experts: m, Items: n, W: 12 * s / whole, Corrected: min(1, 12*s/left)}
	out.ChiSquare = experts * (items - 1) * out.Corrected
	out.PValue = distuv.ChiSquared{K: items - 1}.Survival(out.ChiSquare)
	return out, finite(out.W, out.Corrected, out.ChiSquare, out.PValue)
}

// ranksOf are the ranks of values from 1 on, those alike having the mean of theirs; ties is the sum of t^3 - t.
func ranksOf(values []float64) (ranks []float64, ties float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks = make([]float64, len(values))
	for first := 0; first < len(order); {
		next := first
		for next < len(order) && values[order[next]] == values[order[first]] {
			next++
		}
		for _, i := range order[first:next] {
			ranks[i] = float64(first+1+next) / 2
		}
		alike := float64(next - first)
		ties += alike*alike*alike - alike
		first = next
	}
	return ranks, ties
}
