package stats

import (
	"math"
	"slices"

	"github.com/shopspring/decimal"
)

// Quadrant is where an item stands by its importance and its performance [满意度-重要度四象限].
type Quadrant int

// The four of the source.
const (
	Urgent      Quadrant = iota + 1 // 急需改进: important, low
	Keep                            // 继续保持: important, high
	LowPriority                     // 不占优先地位: unimportant, low
	NiceToHave                      // 锦上添花: unimportant, high
)

// Point is an item's importance and performance.
type Point struct{ Importance, Performance decimal.Decimal }

// Crosshair is where the lines between the quadrants are drawn.
type Crosshair int

// Where.
const (
	AtMean Crosshair = iota + 1
	AtMedian
)

// Quadrants are those of items, and the lines between them, rounded. What lies on a line counts as high, as important; it is compared without rounding. One item, or items that are
// all alike, lie on both lines: they are kept, and nothing is urgent.
func Quadrants(items []Point, at Crosshair) (quadrants []Quadrant, lines Point, err error) {
	if len(items) == 0 {
		return nil, lines, errEmpty
	}
	importances, performances := make([]decimal.Decimal, len(items)), make([]decimal.Decimal, len(items))
	for i, p := range items {
		importances[i], performances[i] = p.Importance, p.Performance
	}
	important, importance := line(importances, at)
	high, performance := line(performances, at)
	for _, p := range items {
		switch {
		case important(p.Importance) && high(p.Performance):
			quadrants = append(quadrants, Keep)
		case important(p.Importance):
			quadrants = append(quadrants, Urgent)
		case high(p.Performance):
			quadrants = append(quadrants, NiceToHave)
		default:
			quadrants = append(quadrants, LowPriority)
		}
	}
	return quadrants, Point{importance, performance}, nil
}

// line is the one that parts values, as a question and as a number.
func line(values []decimal.Decimal, at Crosshair) (reached func(decimal.Decimal) bool, where decimal.Decimal) {
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, decimal.Decimal.Cmp)
	if at == AtMedian {
		sorted = sorted[(len(sorted)-1)/2 : len(sorted)/2+1]
	}
	var sum decimal.Decimal
	for _, v := range sorted {
		sum = sum.Add(v)
	}
	n := decimal.NewFromInt(int64(len(sorted)))
	return func(v decimal.Decimal) bool { return v.Mul(n).GreaterThanOrEqual(sum) }, quotient(sum, n)
}

// Correlation is Pearson's, between -1 and 1: how far an item goes with the satisfaction as a whole, its derived importance. Pairs of two at least; both must vary.
func Correlation(x, y []float64) (float64, error) {
	if len(x) != len(y) {
		return 0, undefined("RAGGED", "has not as many of the one as of the other", "两组数据个数不同")
	}
	if len(x) < 2 {
		return 0, errTooFew
	}
	means, products := make([]float64, 2), square2(2)
	for i := range x {
		accumulate([]float64{x[i], y[i]}, float64(i+1), means, products)
	}
	return CorrelationOfProducts(products[0][0], products[1][1], products[0][1])
}

// CorrelationOfProducts is the same of the variances of both and their covariance, or of multiples of these, which a database can compute.
func CorrelationOfProducts(x, y, both float64) (float64, error) {
	if err := finite(x, y, both); err != nil {
		return 0, err
	}
	if !(x > 0) || !(y > 0) {
		return 0, errNoVariance
	}
	return math.Max(-1, math.Min(1, both/math.Sqrt(x)/math.Sqrt(y))), nil
}
