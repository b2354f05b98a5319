package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// DomainPart is what of a stratum was answered by those of a domain: a segment, those to whom an item was put, or all.
type DomainPart struct {
	// Size is how many the stratum has, 0 when that is not known; Answered how many of them answered at all.
	Size, Answered int64
	// N, Sum and Squares are of the domain.
	N            int64
	Sum, Squares float64
}

// weight is for how many of the stratum an answer stands.
func (p *DomainPart) weight() float64 {
	if p.Size <= 0 {
		return 1
	}
	return float64(p.Size) / float64(p.Answered)
}

// rest is the finite population correction; none when more answered than there were thought to be.
func (p *DomainPart) rest() float64 {
	if p.Size < p.Answered {
		return 1
	}
	return 1 - float64(p.Answered)/float64(p.Size)
}

// Domain is the mean of a domain.
type Domain struct {
	N               int64
	Mean, Deviation float64
	// Interval and StandardError are nil when a single one answered and there are more.
	Interval      *Interval
	StandardError *float64

	loose doubt // without the correction, to compare with another time
}

// doubt is a variance and its degrees of freedom; known is false when there is none.
type doubt struct {
	variance, freedom float64
	known             bool
}

// DomainMean estimates the mean of a domain from a stratified sample, each answer weighing as many as it stands for: the ratio sum(w y) / sum(w), its variance by linearization
// (Cochran 1977, 5A.14): sum((1 - f) n / (n - 1) sum((z - mean z)^2)) with z = w (y - mean) / sum(w) in the domain and 0 outside, n the answers of the stratum. Of the domain of all
// it is Stratified. The degrees of freedom are Satterthwaite's, of a stratum those of its answers in the domain.
func DomainMean(parts []DomainPart, confidence float64) (*Domain, error) {
	var d Domain
	var sum, total float64
	for i := range parts {
		p := &parts[i]
		if p.N < 0 || p.Answered < p.N {
			return nil, errPopulation
		}
		if p.N > 0 {
			d.N += p.N
			sum, total = sum+p.weight()*p.Sum, total+p.weight()*float64(p.N)
		}
	}
	if d.N == 0 {
		return nil, errEmpty
	}
	d.Mean = sum / total
	d.Deviation = deviation(parts, d.N, d.Mean, total)
	exact := variance(parts, d.Mean, total, (*DomainPart).rest)
	d.loose = variance(parts, d.Mean, total, func(*DomainPart) float64 { return 1 })
	if d.loose.known = d.loose.known && d.N > 1; !exact.known {
		_, err := z(confidence)
		return &d, err
	}
	half, se := 0.0, math.Sqrt(exact.variance)
	if exact.variance > 0 {
		quantile, err := t(confidence, exact.freedom)
		if err != nil {
			return nil, err
		}
		half = quantile * se
	} else if _, err := z(confidence); err != nil {
		return nil, err
	}
	d.StandardError, d.Interval = &se, &Interval{d.Mean - half, d.Mean + half}
	return &d, finite(d.Mean, d.Deviation, se, half)
}

// about is the sum of squares about a mean.
func (p *DomainPart) about(mean float64) float64 {
	return math.Max(0, p.Squares-2*mean*p.Sum+square(mean)*float64(p.N))
}

func deviation(parts []DomainPart, n int64, mean, total float64) float64 {
	if n < 2 {
		return 0
	}
	var squares float64
	for i := range parts {
		if parts[i].N > 0 {
			squares += parts[i].weight() * parts[i].about(mean)
		}
	}
	return math.Sqrt(squares / total * float64(n) / float64(n-1))
}

// variance is that of the mean. A stratum of which only one answered, and he is of the domain, makes it unknown, unless there are no others.
func variance(parts []DomainPart, mean, total float64, rest func(*DomainPart) float64) (s doubt) {
	var squares float64
	s.known = true
	var n int64
	for i := range parts {
		p := &parts[i]
		n += p.N
		factor := rest(p)
		if p.N == 0 || factor <= 0 {
			continue
		}
		if p.Answered < 2 {
			s.known = false
			continue
		}
		all, a := float64(p.Answered), p.weight()/total
		middle := a * (p.Sum - mean*float64(p.N))
		v := factor * all / (all - 1) * math.Max(0, square(a)*p.about(mean)-square(middle)/all)
		s.variance += v
		squares += square(v) / math.Max(1, float64(p.N-1))
	}
	if n == 1 && len(parts) > 0 && s.variance == 0 && !whole(parts) {
		s.known = false
	}
	if squares > 0 {
		s.freedom = square(s.variance) / squares
	}
	return s
}

// whole says whether everybody of the strata in which the domain has answers has answered.
func whole(parts []DomainPart) bool {
	for i := range parts {
		if parts[i].N > 0 && parts[i].rest() > 0 {
			return false
		}
	}
	return true
}

// Changed compares the means of a domain at two times, samples that nothing ties together: Welch's test, with the variances and degrees of freedom of the estimates. The finite
// population correction is left out: it is of interest whether those who answer feel otherwise, and not who of a population of that day happened to be asked. Of samples without
// strata it is Welch.
func Changed(before, after *Domain, confidence float64) (*Difference, error) {
	a, b := before.loose, after.loose
	if !a.known || !b.known {
		return nil, errTooFew
	}
	if !(a.variance+b.variance > 0) {
		return nil, errNoVariance
	}
	under := 0.0
	for _, s := range []doubt{a, b} {
		if s.freedom > 0 {
			under += square(s.variance) / s.freedom
		}
	}
	se := math.Sqrt(a.variance + b.variance)
	d := &Difference{Change: after.Mean - before.Mean, Freedom: square(a.variance+b.variance) / under}
	quantile, err := t(confidence, d.Freedom)
	if err != nil {
		return nil, err
	}
	d.Statistic = d.Change / se
	d.PValue = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: d.Freedom}.Survival(math.Abs(d.Statistic))
	d.Interval = Interval{d.Change - quantile*se, d.Change + quantile*se}
	return d, finite(d.Statistic, d.PValue, d.Low, d.High)
}

// ShareInterval is Wilson's interval of a share that was estimated as the mean of ones and zeros: its standard error tells of how many independent answers it is worth.
func (d *Domain) ShareInterval(confidence float64) (Interval, error) {
	quantile, err := z(confidence)
	if err != nil {
		return Interval{}, err
	}
	share, n := math.Max(0, math.Min(1, d.Mean)), float64(d.N)
	if d.StandardError != nil && *d.StandardError > 0 {
		n = math.Max(1, share*(1-share)/square(*d.StandardError))
	}
	q := square(quantile)
	middle := (share + q/(2*n)) / (1 + q/n)
	half := quantile / (1 + q/n) * math.Sqrt(share*(1-share)/n+q/(4*square(n)))
	return Interval{middle - half, middle + half}.within(0, 1), nil
}
