package layout

import (
	"container/heap"
	"math"
	"slices"
)

// rounds is how often what is new is evened out.
const rounds = 2

// even moves contacts that are new, each to a better day if there is one now that all have theirs.
func (p *planner) even(fresh []int) {
	for range rounds {
		moved := false
		for _, i := range fresh {
			before := p.day[i]
			if before == None {
				continue
			}
			p.set(i, None)
			after := p.best(i)
			if after == None || p.cost(i, after) >= p.cost(i, before) {
				after = before
			}
			p.set(i, after)
			moved = moved || after != before
		}
		if !moved {
			return
		}
	}
}

// Variation is the coefficient of variation of the load of some days: the standard deviation divided by the mean, 0 when there is no load.
func Variation(load []int32) float64 {
	if len(load) == 0 {
		return 0
	}
	sum, squares := 0.0, 0.0
	for _, minutes := range load {
		sum += float64(minutes)
		squares += float64(minutes) * float64(minutes)
	}
	n := float64(len(load))
	if sum == 0 {
		return 0
	}
	mean := sum / n
	return math.Sqrt(max(squares/n-mean*mean, 0)) / mean
}

// Ideal is the variation that contacts of these minutes could have on so many days if nothing but their length mattered: the longest first, each on the day with the least load.
func Ideal(days int, minutes []int32) float64 {
	if days == 0 {
		return 0
	}
	load := make(loads, days)
	for _, m := range slices.Backward(slices.Sorted(slices.Values(minutes))) {
		load[0] += m
		heap.Fix(&load, 0)
	}
	return Variation(load)
}

type loads []int32

func (l *loads) Len() int           { return len(*l) }
func (l *loads) Less(i, j int) bool { return (*l)[i] < (*l)[j] }
func (l *loads) Swap(i, j int)      { (*l)[i], (*l)[j] = (*l)[j], (*l)[i] }

// Push and Pop make it a heap; it keeps its size.
func (l *loads) Push(any) {}

// Pop is never called.
func (l *loads) Pop() any { return nil }
