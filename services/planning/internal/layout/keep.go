package layout

import (
	"cmp"
	"slices"
)

// keep puts what is fixed, and what stands well, where it is, and returns the others in the order in which they are to be placed. Where a day has become too short the most
// are kept by keeping short ones.
func (p *planner) keep() (open []int) {
	var standing []int
	for i := range p.contacts {
		c := &p.contacts[i]
		switch {
		case (c.Fixed || c.Elsewhere) && c.At >= 0 && c.At < len(p.Works):
			p.set(i, c.At)
		case c.Fixed || c.Elsewhere: // outside of what is planned
		case c.At != None:
			standing = append(standing, i)
		default:
			open = append(open, i)
		}
	}
	slices.SortStableFunc(standing, func(a, b int) int { return cmp.Compare(p.contacts[a].Minutes, p.contacts[b].Minutes) })
	for _, i := range standing {
		if at := p.contacts[i].At; p.possible(i, at) && p.fits(i, at) {
			p.set(i, at)
		} else {
			open = append(open, i)
		}
	}
	slices.SortStableFunc(open, func(a, b int) int {
		x, y := &p.contacts[a], &p.contacts[b]
		return cmp.Or(cmp.Compare(y.Minutes, x.Minutes), cmp.Compare(x.Last-x.First, y.Last-y.First), cmp.Compare(x.First, y.First))
	})
	return open
}
