package stats

import "math"

// The groups of the recommendation question, answered on 0 to 10 (Reichheld 2003).
const (
	mostRecommendation = 10
	leastPromoter      = 9
	leastPassive       = 7
)

// Recommendation is how many would recommend us [推荐率].
type Recommendation struct {
	Promoters, Passives, Detractors int64
}

// Add counts an answer; ok is false when it is not on the scale.
func (r *Recommendation) Add(score int) (ok bool) {
	switch {
	case score < 0 || score > mostRecommendation:
		return false
	case score >= leastPromoter:
		r.Promoters++
	case score >= leastPassive:
		r.Passives++
	default:
		r.Detractors++
	}
	return true
}

// N is how many answered.
func (r *Recommendation) N() int64 { return r.Promoters + r.Passives + r.Detractors }

// Score is the net promoter score, promoters less detractors in percent of all, from -100 to 100.
func (r *Recommendation) Score() (float64, error) {
	if r.N() <= 0 {
		return 0, errEmpty
	}
	return 100 * float64(r.Promoters-r.Detractors) / float64(r.N()), nil
}

// Interval is the confidence interval of the score: the normal one of a mean of values +100, 0 and -100, whose variance is p + d - (p - d)^2 over n, with the finite population
// correction (N - n) / (N - 1) when the population is known (0: not known). Where all are of one group that variance is nothing, though others may exist: then it is taken as if
// three more had answered, half of them passive and a quarter on each side (the adjusted Wald interval of Rocks 2016).
func (r *Recommendation) Interval(confidence float64, population int64) (Interval, error) {
	score, err := r.Score()
	if err != nil {
		return Interval{}, err
	}
	quantile, err := z(confidence)
	if err != nil {
		return Interval{}, err
	}
	n := r.N()
	rest := 1.0
	switch {
	case population == n:
		return Interval{score, score}, nil
	case population > 0 && population < n:
		return Interval{}, errPopulation
	case population > 0:
		rest = float64(population-n) / float64(population-1)
	}
	const all, side = 3, 0.75
	size, promoters, detractors := float64(n), float64(r.Promoters), float64(r.Detractors)
	if r.Promoters == n || r.Passives == n || r.Detractors == n {
		size, promoters, detractors = size+all, promoters+side, detractors+side
	}
	p, d := promoters/size, detractors/size
	half := 100 * quantile * math.Sqrt((p+d-square(p-d))/size*rest)
	return Interval{score - half, score + half}.within(-100, 100), nil
}
