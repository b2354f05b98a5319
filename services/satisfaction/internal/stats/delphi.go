package stats

import (
	"math"
	"slices"

	"github.com/shopspring/decimal"
)

// Opinion is what experts said of one weight in a round: of all of them, never of one.
type Opinion struct {
	N                 int
	Sum, Squares      decimal.Decimal // exact
	Mean              decimal.Decimal // rounded to Places
	Deviation         float64         // of the sample; 0 of a single one
	Variation         float64         // coefficient of variation: Deviation / Mean
	Low, Median, High decimal.Decimal // quartiles, between two neighbours linearly (type 7 of Hyndman & Fan 1996)
}

// OpinionOf sums up weights, all above zero.
func OpinionOf(weights []decimal.Decimal) (*Opinion, error) {
	if len(weights) == 0 {
		return nil, errEmpty
	}
	sorted := slices.Clone(weights)
	slices.SortFunc(sorted, decimal.Decimal.Cmp)
	if !sorted[0].IsPositive() {
		return nil, undefined("WEIGHT", "has a weight that is not above zero", "含有不大于零的权重")
	}
	o := &Opinion{N: len(sorted)}
	for _, w := range sorted {
		o.Sum, o.Squares = o.Sum.Add(w), o.Squares.Add(w.Mul(w))
	}
	o.Mean = quotient(o.Sum, decimal.NewFromInt(int64(o.N)))
	o.Low, o.Median, o.High = quantile(sorted, 1), quantile(sorted, 2), quantile(sorted, 3)
	if o.N > 1 {
		// n (n sum(x^2) - sum(x)^2) is without rounding, n^2 (n - 1) times the variance.
		spread := o.spread()
		n := float64(o.N)
		o.Deviation = math.Sqrt(spread.InexactFloat64() / n / (n - 1))
		o.Variation = o.Deviation / (o.Sum.InexactFloat64() / n)
	}
	return o, finite(o.Deviation, o.Variation)
}

// spread is n sum(x^2) - sum(x)^2.
func (o *Opinion) spread() decimal.Decimal {
	return o.Squares.Mul(decimal.NewFromInt(int64(o.N))).Sub(o.Sum.Mul(o.Sum))
}

// quantile is the q-th quarter of sorted values.
func quantile(sorted []decimal.Decimal, q int) decimal.Decimal {
	at := q * (len(sorted) - 1)
	below, part := sorted[at/4], decimal.New(int64(at%4)*25, -2)
	if part.IsZero() {
		return below
	}
	return below.Add(sorted[at/4+1].Sub(below).Mul(part)).Round(Places)
}

// VariesAtMost says whether the coefficient of variation is no more than that, without rounding: Variation^2 <= most^2 is n (n sum(x^2) - sum(x)^2) <= most^2 (n - 1) sum(x)^2.
func (o *Opinion) VariesAtMost(most decimal.Decimal) bool {
	if o.N < 2 {
		return true
	}
	left := o.spread().Mul(decimal.NewFromInt(int64(o.N)))
	right := most.Mul(most).Mul(decimal.NewFromInt(int64(o.N - 1))).Mul(o.Sum).Mul(o.Sum)
	return left.LessThanOrEqual(right)
}

// MovedAtMost says whether the mean moved from before by no more than so many percent of what it was, without rounding. Of another number of experts it is the mean that counts.
func (o *Opinion) MovedAtMost(before *Opinion, percent decimal.Decimal) bool {
	// |s/n - s'/n'| <= percent/100 s'/n', both sides times 100 n n'.
	here, there := o.Sum.Mul(decimal.NewFromInt(int64(before.N))), before.Sum.Mul(decimal.NewFromInt(int64(o.N)))
	return here.Sub(there).Abs().Mul(decimal.NewFromInt(100)).LessThanOrEqual(percent.Mul(there))
}

// Movement is by how many percent of what it was the mean moved, for display.
func (o *Opinion) Movement(before *Opinion) float64 {
	was := before.Sum.InexactFloat64() / float64(before.N)
	return 100 * math.Abs(o.Sum.InexactFloat64()/float64(o.N)-was) / was
}

// Stability is whether experts have come to agree [轮次稳定]: no mean moved by more than MostMovementPercent since the round before, and no coefficient of variation is above
// MostVariation.
type Stability struct{ MostMovementPercent, MostVariation decimal.Decimal }

// Holds looks at the weights of a round and at those of the round before, which are in the same order; nil in the first round, which is never stable: nothing has been seen by
// anybody. Moving and Varying are those weights that hold it up, by their positions.
func (s Stability) Holds(round, before []*Opinion) (stable bool, moving, varying []int) {
	for i, o := range round {
		if i < len(before) && before[i] != nil && !o.MovedAtMost(before[i], s.MostMovementPercent) {
			moving = append(moving, i)
		}
		if !o.VariesAtMost(s.MostVariation) {
			varying = append(varying, i)
		}
	}
	seen := len(round) > 0 && len(before) == len(round) && !slices.Contains(before, nil)
	return seen && len(moving)+len(varying) == 0, moving, varying
}
