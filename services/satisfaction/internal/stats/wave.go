package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Difference is what changed from one wave to the next, and whether that is more than chance.
type Difference struct {
	Change float64 // after less before
	Interval
	// Statistic is t with Freedom degrees of freedom, or z when Freedom is 0; PValue how likely one so far from 0 is, on either side, when nothing has changed.
	Statistic, Freedom, PValue float64
}

// Beyond says whether the change is more than chance, at that confidence.
func (d *Difference) Beyond(confidence float64) bool { return d.PValue < 1-confidence }

// Welch compares the means of two samples that nothing ties together and whose variances may differ (Welch 1947). Each needs two values; if neither varies there is no answer.
func Welch(before, after Moments, confidence float64) (*Difference, error) {
	if before.N < 2 || after.N < 2 {
		return nil, errTooFew
	}
	a, b := before.Variance/float64(before.N), after.Variance/float64(after.N)
	if !(a+b > 0) {
		return nil, errNoVariance
	}
	se := math.Sqrt(a + b)
	d := &Difference{Change: after.Mean - before.Mean, Freedom: square(a+b) / (square(a)/float64(before.N-1) + square(b)/float64(after.N-1))}
	quantile, err := t(confidence, d.Freedom)
	if err != nil {
		return nil, err
	}
	d.Statistic = d.Change / se
	d.PValue = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: d.Freedom}.Survival(math.Abs(d.Statistic))
	d.Interval = Interval{d.Change - quantile*se, d.Change + quantile*se}
	return d, finite(d.Statistic, d.PValue, d.Low, d.High)
}

// TwoProportions compares two proportions: the test by the pooled variance, the interval by Wilson's intervals of the two (method 10 of Newcombe 1998). If all or none of both
// are counted there is no answer.
func TwoProportions(before, after Proportion, confidence float64) (*Difference, error) {
	first, err := before.Interval(confidence, 0)
	if err != nil {
		return nil, err
	}
	second, err := after.Interval(confidence, 0)
	if err != nil {
		return nil, err
	}
	pooled := Proportion{before.Count + after.Count, before.Of + after.Of}.Share()
	if pooled <= 0 || pooled >= 1 {
		return nil, errNoVariance
	}
	p, q := before.Share(), after.Share()
	d := &Difference{Change: q - p}
	d.Statistic = d.Change / math.Sqrt(pooled*(1-pooled)*(1/float64(before.Of)+1/float64(after.Of)))
	d.PValue = 2 * distuv.UnitNormal.Survival(math.Abs(d.Statistic))
	d.Interval = Interval{
		d.Change - math.Hypot(q-second.Low, first.High-p),
		d.Change + math.Hypot(second.High-q, p-first.Low),
	}
	return d, finite(d.Statistic, d.PValue)
}
