package stats

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
)

// Stratum is a part of a population.
type Stratum struct {
	Size int64
	// Deviation is the standard deviation expected within it; Cost what one answer costs. Both are 0 where they play no part.
	Deviation, Cost float64
}

// Proportional shares a sample out by the sizes of the strata.
func Proportional(total int64, strata []Stratum) ([]int64, error) {
	weights := make([]*big.Rat, len(strata))
	for i, s := range strata {
		weights[i] = new(big.Rat).SetInt64(s.Size)
	}
	return share(total, strata, weights)
}

// Neyman shares a sample out so that the mean is known best for its size, or, where costs are given, for its cost: by N S / sqrt(c) (Neyman 1934; Cochran 1977, 5.5). Costs are
// given for all strata or for none. Strata that do not vary get one each.
func Neyman(total int64, strata []Stratum) ([]int64, error) {
	costs := 0
	weights := make([]*big.Rat, len(strata))
	for i, s := range strata {
		if !(s.Deviation >= 0) || math.IsInf(s.Deviation, 0) || !(s.Cost >= 0) || math.IsInf(s.Cost, 0) {
			return nil, undefined("NO_NUMBER", fmt.Sprintf("has a standard deviation or cost below 0 in stratum %d, counted from 0", i),
				fmt.Sprintf("第 %d 层（从 0 起）的标准差或成本小于 0", i))
		}
		factor := s.Deviation
		if s.Cost > 0 {
			costs++
			factor /= math.Sqrt(s.Cost)
		}
		weights[i] = new(big.Rat).SetFloat64(factor)
		if weights[i] == nil {
			return nil, errNoNumber
		}
		weights[i].Mul(weights[i], new(big.Rat).SetInt64(s.Size))
	}
	if costs != 0 && costs != len(strata) {
		return nil, undefined("COST", "must have a cost above 0 in all strata or in none", "各层须全部给出大于 0 的成本，或全部不给")
	}
	return share(total, strata, weights)
}

// share gives each stratum its part of the total: at least one, at most its size, all together exactly the total. A stratum that would get more than it has, or less than one, gets
// that, and the others share the rest by their weights again; what is left after rounding down goes to the largest remainders, of equal ones to the first. Fractions are exact, so
// the same strata always get the same.
func share(total int64, strata []Stratum, weights []*big.Rat) ([]int64, error) {
	if err := checkShares(total, strata); err != nil {
		return nil, err
	}
	parts := make([]*big.Rat, len(strata))
	for free := settle(strata, parts, nil); len(free) > 0; free = settle(strata, parts, free) {
		rest := new(big.Rat).SetInt64(total)
		for _, p := range parts {
			if p != nil {
				rest.Sub(rest, p)
			}
		}
		spread(strata, weights, parts, free, rest)
	}
	return round(total, parts), nil
}

func checkShares(total int64, strata []Stratum) error {
	if len(strata) == 0 {
		return errEmpty
	}
	var sizes int64
	for i, s := range strata {
		if s.Size < 1 || s.Size > MostSample {
			return undefined("SIZE", fmt.Sprintf("has a size below 1 or above 1,000,000,000 in stratum %d, counted from 0", i),
				fmt.Sprintf("第 %d 层（从 0 起）的规模须在 1 至 1,000,000,000 之间", i))
		}
		sizes += s.Size
	}
	if total < int64(len(strata)) {
		return undefined("TOO_SMALL", fmt.Sprintf("has a sample of %d for %d strata: each needs one", total, len(strata)),
			fmt.Sprintf("样本 %d 不足以分给 %d 层：每层至少一个", total, len(strata)))
	}
	if total > sizes {
		return undefined("TOO_LARGE", fmt.Sprintf("has a sample of %d and a population of %d", total, sizes), fmt.Sprintf("样本 %d 超过总体 %d", total, sizes))
	}
	return nil
}

// settle fixes those of the free strata that got more than they have, or, if these take less away than those below one bring, those; it returns those that are still to be
// shared out: none, when all parts are as they may be. At first all are.
func settle(strata []Stratum, parts []*big.Rat, free []int) []int {
	if free == nil {
		for i := range strata {
			free = append(free, i)
		}
		return free
	}
	one, excess, lack := big.NewRat(1, 1), new(big.Rat), new(big.Rat)
	for _, i := range free {
		size := new(big.Rat).SetInt64(strata[i].Size)
		if parts[i].Cmp(size) > 0 {
			excess.Add(excess, new(big.Rat).Sub(parts[i], size))
		} else if parts[i].Cmp(one) < 0 {
			lack.Add(lack, new(big.Rat).Sub(one, parts[i]))
		}
	}
	if excess.Sign() == 0 && lack.Sign() == 0 {
		return nil
	}
	tops := excess.Cmp(lack) >= 0
	var left []int
	for _, i := range free {
		size := new(big.Rat).SetInt64(strata[i].Size)
		switch {
		case tops && parts[i].Cmp(size) > 0:
			parts[i] = size
		case !tops && parts[i].Cmp(one) < 0:
			parts[i] = new(big.Rat).Set(one)
		default:
			parts[i] = nil
			left = append(left, i)
		}
	}
	return left
}

// spread shares the rest among the free strata by their weights; by their sizes when none of them has a weight.
func spread(strata []Stratum, weights, parts []*big.Rat, free []int, rest *big.Rat) {
	sum := new(big.Rat)
	for _, i := range free {
		sum.Add(sum, weights[i])
	}
	weight := func(i int) *big.Rat { return weights[i] }
	if sum.Sign() == 0 {
		weight = func(i int) *big.Rat { return new(big.Rat).SetInt64(strata[i].Size) }
		for _, i := range free {
			sum.Add(sum, weight(i))
		}
	}
	each := new(big.Rat).Quo(rest, sum)
	for _, i := range free {
		parts[i] = new(big.Rat).Mul(each, weight(i))
	}
}

// round makes whole numbers of the parts.
func round(total int64, parts []*big.Rat) []int64 {
	out, order, rests := make([]int64, len(parts)), make([]int, len(parts)), make([]*big.Rat, len(parts))
	for i, p := range parts {
		whole := new(big.Int).Quo(p.Num(), p.Denom())
		out[i], order[i] = whole.Int64(), i
		rests[i] = new(big.Rat).Sub(p, new(big.Rat).SetInt(whole))
		total -= out[i]
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(rests[b].Cmp(rests[a]), cmp.Compare(a, b)) })
	for _, i := range order[:total] {
		out[i]++
	}
	return out
}
