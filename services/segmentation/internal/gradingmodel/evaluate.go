package gradingmodel

import "github.com/shopspring/decimal"

// Grade is a letter as a number, so that grades compare.
type Grade int16

// The grades; None: nothing is known.
const (
	None Grade = iota
	C
	B
	A
	S
)

var letters = [...]string{"", "C", "B", "A", "S"}

// String is the letter, empty for None.
func (g Grade) String() string {
	if g < None || g > S {
		return ""
	}
	return letters[g]
}

// Letter is the grade of a letter, None for anything else.
func Letter(letter string) Grade {
	for g := C; g <= S; g++ {
		if letters[g] == letter {
			return g
		}
	}
	return None
}

// Known is what is known of one factor of a customer; the zero Known is nothing.
type Known struct {
	Value *decimal.Decimal // as measured
	Level int16            // as judged; 0: nobody has judged
}

// Result is what a model makes of a customer.
type Result struct {
	Levels []int16         // by factor; 0: not known
	Points decimal.Decimal // sum of weight x points of the level
	Weight decimal.Decimal // of the known factors
	Grade  Grade
	// Provisional says that there is a grade, but that less of the weight is known than the model asks for.
	Provisional bool
}

// Evaluate grades by what is known of each factor, in the model's order.
func (m *Model) Evaluate(known []Known) Result {
	r := Result{Levels: make([]int16, len(m.Factors))}
	for i := range m.Factors {
		f := &m.Factors[i]
		level := f.level(known[i])
		r.Levels[i] = level
		if level > 0 {
			r.Points = r.Points.Add(f.Weight.Mul(m.Points[level-1]))
			r.Weight = r.Weight.Add(f.Weight)
		}
	}
	if r.Weight.IsZero() {
		return r
	}
	r.Grade = m.grade(r.Points, r.Weight)
	r.Provisional = r.Weight.LessThan(m.Total().Mul(m.ProvisionalBelow))
	return r
}

// level is the judged one as long as there is one, else the one that the value falls into, 0 when neither is known.
func (f *Factor) level(k Known) int16 {
	switch {
	case f.Judgeable() && k.Level > 0:
		return k.Level
	case f.Measurable() && k.Value != nil:
		return f.Band(*k.Value)
	default:
		return 0
	}
}

// Band is the level that a measured value falls into. Edges belong to the better level.
func (f *Factor) Band(value decimal.Decimal) int16 {
	for i := len(f.Edges) - 1; i >= 0; i-- {
		if f.LowerIsBetter && value.LessThanOrEqual(f.Edges[i]) || !f.LowerIsBetter && value.GreaterThanOrEqual(f.Edges[i]) {
			return int16(i + 2)
		}
	}
	return 1
}

// grade compares points with border x weight and not their quotient with the border: nothing is rounded.
func (m *Model) grade(points, weight decimal.Decimal) Grade {
	for i := len(m.Borders) - 1; i >= 0; i-- {
		if points.GreaterThanOrEqual(m.Borders[i].Mul(weight)) {
			return B + Grade(i)
		}
	}
	return C
}

// DisplayPlaces is to how many decimals scores and shares are rounded where they are shown.
const DisplayPlaces = 4

// Score is the score as it is shown; nil when nothing is known.
func (r *Result) Score() *decimal.Decimal {
	if r.Weight.IsZero() {
		return nil
	}
	score := r.Points.DivRound(r.Weight, DisplayPlaces)
	return &score
}
