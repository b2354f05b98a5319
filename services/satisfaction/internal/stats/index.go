package stats

import "github.com/shopspring/decimal"

// Weighted is a score and how much it weighs.
type Weighted struct{ Score, Weight decimal.Decimal }

// Composite is the index of satisfaction [满意度综合得分]: sum(score x weight) / sum(weight), as the source has it, exact and then rounded to Places decimals. Weights are not
// negative; those of zero count for nothing, and not all may be zero.
func Composite(items []Weighted) (decimal.Decimal, error) {
	if len(items) == 0 {
		return decimal.Zero, errEmpty
	}
	var sum, weights decimal.Decimal
	for _, i := range items {
		if i.Weight.IsNegative() {
			return decimal.Zero, undefined("NEGATIVE_WEIGHT", "has a negative weight", "含有负的权重")
		}
		sum, weights = sum.Add(i.Score.Mul(i.Weight)), weights.Add(i.Weight)
	}
	if weights.IsZero() {
		return decimal.Zero, undefined("NO_WEIGHT", "has no weight other than zero", "权重全部为零")
	}
	return quotient(sum, weights), nil
}

// Percent puts a score of a scale from least to most on 0 to 100, so that indices of different scales compare: (score - least) / (most - least) x 100.
func Percent(score, least, most decimal.Decimal) (decimal.Decimal, error) {
	if !most.GreaterThan(least) {
		return decimal.Zero, undefined("SCALE", "is a scale without length", "量表没有长度")
	}
	return quotient(score.Sub(least).Mul(decimal.NewFromInt(100)), most.Sub(least)), nil
}
