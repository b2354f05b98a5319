package layout

import (
	"cmp"
	"slices"
)

const (
	// chain is how many contacts may be moved one for the other to make room for one.
	chain = 2
	// effort bounds how many ways of making room are tried for one contact, so that a hopeless year does not take for ever.
	effort = 400
	// choices is how many contacts of a day are tried to be moved.
	choices = 3
)

// makeRoom places a contact by moving others that may be moved: those of its customer that are too close, and those that fill the day. A contact moved finds a day for itself
// or, as long as depth allows, has another one moved. Nothing is changed when it fails.
func (p *planner) makeRoom(i, depth int, left *int) bool {
	if depth == 0 {
		return false
	}
	c := &p.contacts[i]
	if c.Minutes == 0 || c.Ownerless || c.Refused {
		return false
	}
	var days []int
	for d := c.First; d <= c.Last; d++ {
		if p.possible(i, d) && c.Minutes <= p.Room[d] {
			days = append(days, d)
		}
	}
	slices.SortStableFunc(days, func(a, b int) int { return cmp.Compare(p.cost(i, a), p.cost(i, b)) })
	for _, d := range days {
		for _, out := range p.blockers(i, d) {
			if *left--; *left < 0 {
				return false
			}
			if p.exchange(i, d, out, depth, left) {
				return true
			}
		}
	}
	return false
}

// exchange puts a contact on a day whose blockers are moved elsewhere.
func (p *planner) exchange(i, d int, out []int, depth int, left *int) bool {
	mark := len(p.journal)
	for _, o := range out {
		p.note(o, None)
	}
	if p.fits(i, d) {
		p.note(i, d)
		if !slices.ContainsFunc(out, func(o int) bool { return !p.settle(o, depth-1, left) }) {
			p.journal = p.journal[:mark]
			return true
		}
	}
	for len(p.journal) > mark {
		last := p.journal[len(p.journal)-1]
		p.journal = p.journal[:len(p.journal)-1]
		p.set(last.contact, last.before)
	}
	return false
}

func (p *planner) settle(i, depth int, left *int) bool {
	if d := p.best(i); d != None {
		p.note(i, d)
		return true
	}
	return p.deeper(i, depth, left)
}

// deeper is makeRoom within an exchange: what it has done can still be taken back.
func (p *planner) deeper(i, depth int, left *int) bool {
	before := slices.Clone(p.day)
	if !p.makeRoom(i, depth, left) {
		return false
	}
	for j, d := range before {
		if p.day[j] != d {
			p.journal = append(p.journal, change{j, d})
		}
	}
	return true
}

func (p *planner) note(i, d int) {
	p.journal = append(p.journal, change{i, p.day[i]})
	p.set(i, d)
}

// blockers are the sets of contacts each of which would make room for a contact on a day: those too close, and with them one that is long enough, or the two longest. What has
// no day of old is moved before what has, short before long.
func (p *planner) blockers(i, d int) [][]int {
	var tight []int
	for _, o := range p.of[p.contacts[i].Customer] {
		if int(o) == i || !p.near(int(o), d) {
			continue
		}
		if other := &p.contacts[o]; other.Fixed || other.Elsewhere {
			return nil
		}
		tight = append(tight, int(o))
	}
	if len(tight) > chain {
		return nil
	}
	missing := p.load[d] + p.contacts[i].Minutes - p.Room[d]
	for _, o := range tight {
		if p.day[o] == d {
			missing -= p.contacts[o].Minutes
		}
	}
	if missing <= 0 {
		if len(tight) == 0 {
			return nil // it fits: nobody is in the way
		}
		return [][]int{tight}
	}
	return p.fillers(d, missing, tight)
}

func (p *planner) fillers(d int, missing int32, tight []int) (sets [][]int) {
	var others []int
	for _, o := range p.on[d] {
		if !slices.Contains(tight, int(o)) {
			others = append(others, int(o))
		}
	}
	standing := func(i int) int {
		if p.contacts[i].At == p.day[i] {
			return 1
		}
		return 0
	}
	slices.SortFunc(others, func(a, b int) int {
		return cmp.Or(cmp.Compare(standing(a), standing(b)), cmp.Compare(p.contacts[a].Minutes, p.contacts[b].Minutes), cmp.Compare(a, b))
	})
	for _, o := range others {
		if p.contacts[o].Minutes >= missing && len(sets) < choices {
			sets = append(sets, append(slices.Clone(tight), o))
		}
	}
	if len(sets) > 0 || len(others) < 2 {
		return sets
	}
	slices.SortFunc(others, func(a, b int) int {
		return cmp.Or(cmp.Compare(p.contacts[b].Minutes, p.contacts[a].Minutes), cmp.Compare(a, b))
	})
	if p.contacts[others[0]].Minutes+p.contacts[others[1]].Minutes >= missing {
		sets = append(sets, append(slices.Clone(tight), others[0], others[1]))
	}
	return sets
}
