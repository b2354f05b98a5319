package stats

import "math"

// Moments are what intervals and tests need of a sample; a database can compute them, whatever its size.
type Moments struct {
	N    int64
	Mean float64
	// Variance is that of the sample, divided by N - 1; 0 of a single value.
	Variance float64
}

// MomentsOf are those of some values, by the method of Welford (1962), which loses no digits to large means.
func MomentsOf(values []float64) (Moments, error) {
	var m Moments
	var squares float64
	for _, v := range values {
		m.N++
		before := v - m.Mean
		m.Mean += before / float64(m.N)
		squares += before * (v - m.Mean)
	}
	if m.N == 0 {
		return m, errEmpty
	}
	if m.N > 1 {
		m.Variance = squares / float64(m.N-1)
	}
	return m, finite(m.Mean, m.Variance)
}

// MomentsOfSums are those of values whose number, sum and sum of squares are known. Scores are small whole numbers: both sums are exact.
func MomentsOfSums(n int64, sum, squares float64) (Moments, error) {
	if n <= 0 {
		return Moments{}, errEmpty
	}
	m := Moments{N: n, Mean: sum / float64(n)}
	if n > 1 {
		m.Variance = math.Max(0, (squares-sum*m.Mean)/float64(n-1))
	}
	return m, finite(m.Mean, m.Variance)
}

// Deviation is the standard deviation of the sample.
func (m Moments) Deviation() float64 { return math.Sqrt(m.Variance) }

// StandardError is that of the mean; with the finite population correction 1 - n/N (Cochran 1977, 2.7) when the population is known, 0 for one that is not.
func (m Moments) StandardError(population int64) (float64, error) {
	switch {
	case m.N < 1:
		return 0, errEmpty
	case population > 0 && population < m.N:
		return 0, errPopulation
	case m.N == population: // everybody was asked, be it one
		return 0, nil
	case m.N < 2:
		return 0, errTooFew
	}
	rest := 1.0
	if population > 0 {
		rest = 1 - float64(m.N)/float64(population)
	}
	return math.Sqrt(m.Variance / float64(m.N) * rest), nil
}

// Interval is the confidence interval of the mean, by Student's t with N - 1 degrees of freedom and the finite population correction; population 0: not known. A single
// value has none, unless it is the whole population.
func (m Moments) Interval(confidence float64, population int64) (Interval, error) {
	se, err := m.StandardError(population)
	if err != nil {
		return Interval{}, err
	}
	quantile, err := t(confidence, math.Max(1, float64(m.N-1)))
	if err != nil {
		return Interval{}, err
	}
	i := Interval{m.Mean - quantile*se, m.Mean + quantile*se}
	return i, finite(i.Low, i.High)
}
