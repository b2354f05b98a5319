package stats

import "math"

// Proportion is how many of how many.
type Proportion struct{ Count, Of int64 }

// Share is the proportion, from 0 to 1; 0 of nothing.
func (p Proportion) Share() float64 {
	if p.Of == 0 {
		return 0
	}
	return float64(p.Count) / float64(p.Of)
}

func (p Proportion) check(population int64) error {
	switch {
	case p.Of <= 0:
		return errEmpty
	case p.Count < 0 || p.Count > p.Of:
		return undefined("SHARE", "is more than all or less than none", "数量超出总数或小于零")
	case population > 0 && population < p.Of:
		return errPopulation
	}
	return nil
}

// Interval is the score interval of Wilson (1927), which holds its promise near 0 and 1 and for few answers, where the usual one fails. Of a known population (0: not known) the
// sample counts as the larger one n (N - 1) / (N - n), by which the variance shrinks as the finite population correction has it; of a census nothing is left to doubt.
func (p Proportion) Interval(confidence float64, population int64) (Interval, error) {
	if err := p.check(population); err != nil {
		return Interval{}, err
	}
	quantile, err := z(confidence)
	if err != nil {
		return Interval{}, err
	}
	share, n := p.Share(), float64(p.Of)
	if population > 0 {
		if p.Of == population {
			return Interval{share, share}, nil
		}
		n *= float64(population-1) / float64(population-p.Of)
	}
	q := square(quantile)
	middle := (share + q/(2*n)) / (1 + q/n)
	half := quantile / (1 + q/n) * math.Sqrt(share*(1-share)/n+q/(4*square(n)))
	return Interval{middle - half, middle + half}.within(0, 1), nil
}

// Satisfied is from which grade of a scale on somebody is satisfied: the grades that are called so [满意、较满意], which are 4 and 5 of five, 5 to 7 of seven. There is none of
// another scale.
func Satisfied(grades int) (least int, ok bool) {
	switch grades {
	case 5:
		return 4, true
	case 7:
		return 5, true
	}
	return 0, false
}

// CSAT is the share of the satisfied among those who answered on a scale of 5 or 7 grades. counts[g] is how many chose grade g; counts[0] is not looked at.
func CSAT(grades int, counts []int64) (Proportion, error) {
	least, ok := Satisfied(grades)
	if !ok || len(counts) != grades+1 {
		return Proportion{}, undefined("SCALE", "is on no scale of 5 or 7 grades", "不是 5 级或 7 级量表")
	}
	var p Proportion
	for g := 1; g <= grades; g++ {
		p.Of += counts[g]
		if g >= least {
			p.Count += counts[g]
		}
	}
	return p, p.check(0)
}
