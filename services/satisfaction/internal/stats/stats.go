// Package stats is the arithmetic of satisfaction: indices, intervals, samples, agreement, reliability, comparison, and what a service level is worth. It knows no service, no
// database and no customer; each function says by whom it is and for which input there is no answer. Sums of scores and weights are exact decimals; what takes a
// distribution is floating point.
//
// Where a figure does not exist - nobody has answered, all answered alike - a function fails with an *UndefinedError that says why. None returns NaN or an infinity.
package stats

import (
	"errors"
	"math"

	"github.com/shopspring/decimal"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// UndefinedError says why a figure does not exist for what was given.
type UndefinedError struct {
	Rule string // UPPER_SNAKE, as the rules of fields
	Text fault.Text
}

// Error is for logs.
func (u *UndefinedError) Error() string { return "stats: " + u.Rule + ": " + u.Text.En }

// Violation turns an *UndefinedError into what is wrong with that field; any other error stays as it is.
func Violation(err error, field string) error {
	if u, ok := errors.AsType[*UndefinedError](err); ok {
		return fault.Invalid(fault.Field(field, u.Rule, u.Text))
	}
	return err
}

func undefined(rule, en, zh string) error {
	return &UndefinedError{Rule: rule, Text: fault.Text{En: en, Zh: zh}}
}

// Reasons that several functions have.
var (
	errEmpty      = undefined("EMPTY", "has nothing to compute from", "没有可供计算的数据")
	errTooFew     = undefined("TOO_FEW", "needs at least two", "至少需要两项")
	errNoVariance = undefined("NO_VARIANCE", "does not vary, so nothing can be told from it", "没有差异，无法据此计算")
	errConfidence = undefined("CONFIDENCE", "must be above 0 and below 1", "须大于 0 且小于 1")
	errNoNumber   = undefined("NO_NUMBER", "is no finite number, or leads to none", "不是有限的数值，或无法得出有限的数值")
	errPopulation = undefined("POPULATION", "is smaller than the sample", "总体小于样本")
)

// Interval is a confidence interval, both ends included.
type Interval struct{ Low, High float64 }

// within cuts an interval to what can be.
func (i Interval) within(low, high float64) Interval {
	return Interval{math.Max(i.Low, low), math.Min(i.High, high)}
}

// z is the two-sided quantile of the normal distribution.
func z(confidence float64) (float64, error) {
	if !(confidence > 0 && confidence < 1) {
		return 0, errConfidence
	}
	return distuv.UnitNormal.Quantile(1 - (1-confidence)/2), nil
}

// t is the two-sided quantile of Student's distribution.
func t(confidence, freedom float64) (float64, error) {
	if !(confidence > 0 && confidence < 1) {
		return 0, errConfidence
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(1 - (1-confidence)/2), nil
}

// finite fails when a figure is no number.
func finite(figures ...float64) error {
	for _, f := range figures {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return errNoNumber
		}
	}
	return nil
}

// Places is how many decimals exact quotients have, rounded half away from zero.
const Places = 9

// quotient divides; the divisor is not zero.
func quotient(a, b decimal.Decimal) decimal.Decimal { return a.DivRound(b, Places) }

// square is x times x.
func square(x float64) float64 { return x * x }
