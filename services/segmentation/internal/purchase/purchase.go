// Package purchase is the BG/NBD model of purchases [购买模型]: Fader, Hardie and Lee, "Counting Your Customers" the Easy Way: An Alternative to the
// Pareto/NBD Model, Marketing Science 24(2), 2005, pages 275-284. From the times of a customer's purchases alone it tells whether the customer is still
// alive and how many purchases are to be expected.
//
// Its story: while alive, a customer buys by a Poisson process with a rate lambda of its own; after each repeat purchase it drops out for good with a
// probability p of its own. Over the customers lambda has a gamma distribution (shape r, rate alpha), p a beta distribution (a, b).
package purchase

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	// MaxPurchases is the most repeat purchases of a history. The work and the memory of Fit grow with the largest.
	MaxPurchases = 100_000
	// MaxTime bounds times and horizons: 30 years in seconds.
	MaxTime = 1e9
)

// History is all that the model looks at of a customer. Time runs from the customer's first purchase, in a unit of the caller's choice that is the same
// for all histories of a model. The first purchase itself is not counted; purchases of one day are best counted as one.
type History struct {
	X  int     // repeat purchases
	Tx float64 // time of the last of them; 0 when there is none, and only then
	T  float64 // how long the customer has been observed; at least Tx
}

// Check returns nil or an INVALID_ARGUMENT that names field and rule.
func (h History) Check() error {
	switch {
	case h.X < 0 || h.X > MaxPurchases:
		return invalid("x", "RANGE", fmt.Sprintf("must be from 0 to %d", MaxPurchases), fmt.Sprintf("必须在 0 到 %d 之间", MaxPurchases))
	case !isTime(h.T):
		return outOfTime("t")
	case !isTime(h.Tx):
		return outOfTime("tx")
	case h.Tx > h.T:
		return invalid("tx", "AFTER_END", "must not be after t", "不得晚于 t")
	case (h.X == 0) != (h.Tx == 0):
		return invalid("tx", "NO_REPEAT_PURCHASE", "must be 0 when x is 0, and only then", "当且仅当 x 为 0 时必须为 0")
	}
	return nil
}

// isTime is false for NaN, too.
func isTime(t float64) bool { return t >= 0 && t <= MaxTime }

func outOfTime(field string) error {
	return invalid(field, "RANGE", fmt.Sprintf("must be from 0 to %g", float64(MaxTime)), fmt.Sprintf("必须在 0 到 %g 之间", float64(MaxTime)))
}

func invalid(field, rule, english, chinese string) error {
	return fault.Invalid(fault.Field(field, rule, fault.Text{En: english, Zh: chinese}))
}

// Population counts customers by their history, so that memory and the work of Fit are bounded by the number of different histories, however many
// customers there are. Times rounded to whole days, in whatever unit, keep that number small.
type Population map[History]int64

// Add counts customers with history h.
func (p Population) Add(h History, customers int64) error {
	if err := h.Check(); err != nil {
		return err // a NaN would be a key that is never found again
	}
	if customers < 1 {
		return invalid("customers", "RANGE", "must be at least 1", "至少为 1")
	}
	p[h] += customers
	return nil
}

// sorted are the histories in an order of their own, so that sums over them always round alike.
func (p Population) sorted() []History {
	histories := make([]History, 0, len(p))
	for h := range p {
		histories = append(histories, h)
	}
	slices.SortFunc(histories, func(a, b History) int {
		return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Tx, b.Tx), cmp.Compare(a.T, b.T))
	})
	return histories
}

// Model is the parameters of the model, and how well they fit.
type Model struct {
	// Purchase rates: gamma distribution with mean R/Alpha, Alpha in the unit of time of the histories.
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	// Probability to drop out after a purchase: beta distribution with mean A/(A+B).
	A float64 `json:"a"`
	B float64 `json:"b"`

	// LogLikelihood is the natural logarithm of the likelihood of the histories that the model was fitted to.
	LogLikelihood float64 `json:"log_likelihood"`
}

// The parameters a model may have: far more than any population needs, and within what ExpectedPurchases computes without overflow.
const (
	minParameter = 1e-18
	maxParameter = 1e18
)

// Check returns nil or an INVALID_ARGUMENT that names field and rule.
func (m Model) Check() error {
	var wrong []fault.Violation
	for _, parameter := range []struct {
		name  string
		value float64
	}{{"r", m.R}, {"alpha", m.Alpha}, {"a", m.A}, {"b", m.B}} {
		if math.IsNaN(parameter.value) || parameter.value < minParameter || parameter.value > maxParameter {
			wrong = append(wrong, fault.Field(parameter.name, "RANGE", fault.Text{
				En: fmt.Sprintf("must be from %g to %g", minParameter, maxParameter), Zh: fmt.Sprintf("必须在 %g 到 %g 之间", minParameter, maxParameter),
			}))
		}
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}
