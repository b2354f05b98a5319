package servicelevel

import (
	"errors"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// Indicator is what a target can be for; the numbers are those of the API.
type Indicator int16

// The indicators.
const (
	OnTimeRate Indicator = iota + 1
	LineFillRate
	OrderFillRate
	QuantityFillRate
	DamageFreeRate
	DocumentsCorrectRate
	PerfectOrderRate
	CycleTimeMean
	CycleTimeP90
)

// OfTime says whether it is in days, of a part of the order cycle, and better the less it is; the others are rates from 0 to 1.
func (i Indicator) OfTime() bool { return i == CycleTimeMean || i == CycleTimeP90 }

// Timely says whether it looks at being on time.
func (i Indicator) Timely() bool { return i == OnTimeRate || i == PerfectOrderRate }

// Measure is an indicator, and the part where it is of one.
type Measure struct {
	Indicator Indicator `db:"indicator"`
	Part      Part      `db:"part"`
}

// Measures are all there are.
var Measures = func() []Measure {
	var all []Measure
	for i := OnTimeRate; i <= PerfectOrderRate; i++ {
		all = append(all, Measure{Indicator: i})
	}
	for part := Transmittal; part <= Whole; part++ {
		all = append(all, Measure{CycleTimeMean, part}, Measure{CycleTimeP90, part})
	}
	return all
}()

// errNone says that there is no figure.
var errNone = errors.New("servicelevel: there is nothing to compute from")

// Figure is what an indicator came out as: a fraction, so that it is compared without rounding.
type Figure struct {
	Measure

	Of       decimal.Decimal // numerator
	By       decimal.Decimal // zero: there is no figure
	Count    int64           // of how many
	Interval *stats.Interval // nil: none

	proportion *stats.Proportion
	moments    *stats.Moments
}

// Figure computes an indicator.
func (l *Level) Figure(m Measure, confidence float64) Figure {
	switch m.Indicator {
	case QuantityFillRate:
		f := Figure{Measure: m, Of: l.Quantity.Filled, By: l.Quantity.Ordered, Count: l.Quantity.Orders}
		f.Interval = orNone(l.Quantity.interval(confidence))
		return f
	case CycleTimeMean:
		c := &l.Cycles[m.Part-1]
		moments := c.moments()
		f := Figure{Measure: m, Of: c.Sum.Decimal, By: decimal.NewFromInt(c.Count).Mul(day), Count: c.Count, moments: &moments}
		f.Interval = orNone(moments.Interval(confidence, 0))
		return f
	case CycleTimeP90:
		c := &l.Cycles[m.Part-1]
		f := Figure{Measure: m, Of: c.P90.Decimal, Count: c.Count}
		if c.Count > 0 {
			f.By = day
		}
		return f
	default:
		p := l.share(m.Indicator).proportion()
		f := Figure{Measure: m, Of: decimal.NewFromInt(p.Count), By: decimal.NewFromInt(p.Of), Count: p.Of, proportion: &p}
		f.Interval = orNone(p.Interval(confidence, 0))
		return f
	}
}

// orNone is an interval, or none where there is nothing that it could be of.
func orNone(i stats.Interval, err error) *stats.Interval {
	if err != nil {
		return nil
	}
	return &i
}

func (l *Level) share(i Indicator) Share {
	switch i {
	case LineFillRate:
		return l.LineFill
	case OrderFillRate:
		return l.OrderFill
	case DamageFreeRate:
		return l.DamageFree
	case DocumentsCorrectRate:
		return l.Documents
	case PerfectOrderRate:
		return l.Perfect
	default:
		return l.OnTime.Share()
	}
}

// Defined says whether there is a figure.
func (f *Figure) Defined() bool { return f.By.IsPositive() }

// places are the decimals that figures are rounded to.
const places = 6

// Value is the figure, rounded; of one that is not defined it is not valid.
func (f *Figure) Value() decimal.NullDecimal { return quotient(f.Of, f.By) }

func quotient(of, by decimal.Decimal) decimal.NullDecimal {
	if !by.IsPositive() {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(of.DivRound(by, places))
}

// Meets says whether a figure that is defined meets a target.
func (f *Figure) Meets(target decimal.Decimal) bool {
	against := f.Of.Cmp(target.Mul(f.By))
	if f.Indicator.OfTime() {
		return against <= 0
	}
	return against >= 0
}

// MissesBeyondChance says whether all of its interval misses a target.
func (f *Figure) MissesBeyondChance(target decimal.Decimal) bool {
	if f.Interval == nil {
		return false
	}
	line := target.InexactFloat64()
	if f.Indicator.OfTime() {
		return f.Interval.Low > line
	}
	return f.Interval.High < line
}

// Difference is the figure less a target, rounded.
func (f *Figure) Difference(target decimal.Decimal) decimal.NullDecimal {
	return quotient(f.Of.Sub(target.Mul(f.By)), f.By)
}

// Change is the figure less the one before, rounded; not valid when one of the two is not defined.
func (f *Figure) Change(before *Figure) decimal.NullDecimal {
	return quotient(f.Of.Mul(before.By).Sub(before.Of.Mul(f.By)), f.By.Mul(before.By))
}

// Compare says whether the change is more than chance; nil where that cannot be told.
func (f *Figure) Compare(before *Figure, confidence float64) *stats.Difference {
	var d *stats.Difference
	err := errNone
	switch {
	case f.proportion != nil && f.Defined() && before.Defined():
		d, err = stats.TwoProportions(*before.proportion, *f.proportion, confidence)
	case f.moments != nil:
		d, err = stats.Welch(*before.moments, *f.moments, confidence)
	}
	if err != nil {
		return nil
	}
	return d
}
