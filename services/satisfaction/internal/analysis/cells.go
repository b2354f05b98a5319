package analysis

import (
	"slices"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// sum is what the database says of a measure: how many there are, their sum and the sum of their squares, exactly.
type sum struct {
	n            int64
	sum, squares float64
}

func (s sum) plus(o sum) sum { return sum{s.n + o.n, s.sum + o.sum, s.squares + o.squares} }

// linear are the sums of a x + b.
func (s sum) linear(a, b float64) sum {
	n := float64(s.n)
	return sum{s.n, a*s.sum + b*n, a*a*s.squares + 2*a*b*s.sum + b*b*n}
}

// cell is what the answers of a stratum say that are of a group.
type cell struct {
	stratum int16
	key     string
	n       int64
	sums    []sum
}

// layer is a stratum, or several that were put together, with what was answered.
type layer struct {
	size, answered int64
	cells          []*cell
}

// layers puts cells into strata. One of fewer than two answers is put together with the next one, the last one with the one before (collapsed strata, Cochran 1977, 5A.12): it
// counts as being like that, and its part of the population is not lost. A stratum that the survey does not know of stands for its answers only, and stays by itself.
func layers(strata []survey.Stratum, cells []*cell) []layer {
	of := map[int16][]*cell{}
	for _, c := range cells {
		of[c.stratum] = append(of[c.stratum], c)
	}
	var out []layer
	var open layer
	for _, s := range strata {
		open.size += s.Size
		open.add(of[s.Number])
		delete(of, s.Number)
		if open.answered > 1 {
			out, open = append(out, open), layer{}
		}
	}
	switch {
	case open.size == 0 && open.answered == 0:
	case len(out) == 0:
		out = append(out, open)
	default:
		last := &out[len(out)-1]
		last.size += open.size
		last.add(open.cells)
	}
	var strange []int16
	for s := range of {
		strange = append(strange, s)
	}
	slices.Sort(strange)
	for _, s := range strange {
		l := layer{}
		l.add(of[s])
		out = append(out, l)
	}
	return out
}

func (l *layer) add(cells []*cell) {
	for _, c := range cells {
		l.answered += c.n
		l.cells = append(l.cells, c)
	}
}

// measure is something that is summed up: the column at says which, A and B what it stands for.
type measure struct {
	at   int
	a, b float64
}

// parts are the sums of a measure by stratum, of one group or (nil) of all.
func parts(layers []layer, m measure, key *string) []stats.DomainPart {
	out := make([]stats.DomainPart, len(layers))
	for i, l := range layers {
		var s sum
		for _, c := range l.cells {
			if key == nil || c.key == *key {
				s = s.plus(c.sums[m.at])
			}
		}
		s = s.linear(m.a, m.b)
		out[i] = stats.DomainPart{Size: l.size, Answered: l.answered, N: s.n, Sum: s.sum, Squares: s.squares}
	}
	return out
}

// weighted are the moments of a measure, each answer weighing as many as it stands for.
func weighted(layers []layer, m measure) (mean, square float64) {
	var total float64
	for _, p := range parts(layers, m, nil) {
		if p.N == 0 {
			continue
		}
		w := 1.0
		if p.Size > 0 {
			w = float64(p.Size) / float64(p.Answered)
		}
		total, mean, square = total+w*float64(p.N), mean+w*p.Sum, square+w*p.Squares
	}
	if total == 0 {
		return 0, 0
	}
	return mean / total, square / total
}
