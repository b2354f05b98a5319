package stats

import (
	"fmt"
	"math"
)

// Part is what was answered in a stratum of so many.
type Part struct {
	Size int64
	Moments
}

// Estimate is a figure of the whole population.
type Estimate struct {
	Mean, StandardError float64
	// Freedom is how many degrees of freedom the standard error has; 0 when there is nothing to doubt.
	Freedom float64
	// Interval is nil when a stratum has a single answer and is larger than that: how far its members differ is not known then.
	Interval *Interval
}

// Stratified estimates the mean of a population from samples of its strata (Cochran 1977, 5.3 and 5.4): sum(W mean), W the stratum's share of the population; the variance is
// sum(W^2 (1 - n/N) s^2 / n), its degrees of freedom those of Satterthwaite. Each stratum must have an answer: of one that has none nothing is known, and to leave it out would
// be to say that it is like the others; whoever merges strata does so before.
func Stratified(parts []Part, confidence float64) (*Estimate, error) {
	if len(parts) == 0 {
		return nil, errEmpty
	}
	var population float64
	for i, p := range parts {
		switch {
		case p.N < 1:
			return nil, undefined("EMPTY_STRATUM", fmt.Sprintf("has no answer in stratum %d, counted from 0", i), fmt.Sprintf("第 %d 层（从 0 起）没有答卷", i))
		case p.Size < p.N:
			return nil, errPopulation
		}
		population += float64(p.Size)
	}
	var e Estimate
	var variance, squares float64
	known := true
	for _, p := range parts {
		weight := float64(p.Size) / population
		e.Mean += weight * p.Mean
		if p.N == p.Size {
			continue
		}
		if p.N == 1 {
			known = false
			continue
		}
		n := float64(p.N)
		v := square(weight) * (1 - n/float64(p.Size)) * p.Variance / n
		variance += v
		squares += square(v) / (n - 1)
	}
	if err := finite(e.Mean); err != nil || !known {
		return &e, err
	}
	e.StandardError = math.Sqrt(variance)
	half := 0.0
	if variance > 0 && squares > 0 {
		e.Freedom = square(variance) / squares
		quantile, err := t(confidence, e.Freedom)
		if err != nil {
			return nil, err
		}
		half = quantile * e.StandardError
	} else if _, err := z(confidence); err != nil {
		return nil, err
	}
	e.Interval = &Interval{e.Mean - half, e.Mean + half}
	return &e, finite(e.StandardError, half)
}

// Moments of a proportion are those of as many ones and zeros.
func (p Proportion) Moments() Moments {
	m := Moments{N: p.Of, Mean: p.Share()}
	if p.Of > 1 {
		m.Variance = m.Mean * (1 - m.Mean) * float64(p.Of) / float64(p.Of-1)
	}
	return m
}
