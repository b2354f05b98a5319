package layout

import "slices"

// planner is the plan as it comes into being.
type planner struct {
	Horizon
	contacts []Contact
	day      []int     // of each contact
	load     []int32   // minutes of each day
	around   []int32   // minutes of the days around each day, it included
	worked   []float64 // how many of these days are worked, 1 at least
	count    []int32   // contacts without minutes of each day
	on       [][]int32 // those on a day that take time and may be moved
	of       [][]int32 // those of a customer that take time and have a day
	journal  []change
}

// change is a step that can be taken back.
type change struct{ contact, before int }

func newPlanner(h Horizon, contacts []Contact) *planner {
	n, customers := len(h.Works), 0
	for i := range contacts {
		customers = max(customers, contacts[i].Customer+1)
	}
	p := &planner{
		Horizon: h, contacts: contacts, day: make([]int, len(contacts)), load: make([]int32, n), count: make([]int32, n),
		on: make([][]int32, n), of: make([][]int32, customers),
	}
	copy(p.load, h.Load)
	p.survey()
	for i := range p.day {
		p.day[i] = None
	}
	return p
}

// possible says whether a contact may be on a day, whatever else is on it.
func (p *planner) possible(i, d int) bool {
	c := &p.contacts[i]
	if c.Refused || d < c.First || d > c.Last || slices.Contains(c.Avoid, d) {
		return false
	}
	return c.Minutes == 0 || !c.Ownerless && p.Works[d]
}

// fits says whether a day has room for a contact, and is at a distance from others of its customer.
func (p *planner) fits(i, d int) bool {
	c := &p.contacts[i]
	if c.Minutes == 0 {
		return true
	}
	return p.load[d]+c.Minutes <= p.Room[d] && p.clear(i, d)
}

func (p *planner) clear(i, d int) bool {
	for _, other := range p.of[p.contacts[i].Customer] {
		if int(other) != i && p.near(int(other), d) {
			return false
		}
	}
	return true
}

func (p *planner) near(other, d int) bool {
	distance := p.day[other] - d
	return max(distance, -distance) < p.Gap
}

// set puts a contact on a day, or takes it off its day (None).
func (p *planner) set(i, d int) {
	before := p.day[i]
	if before == d {
		return
	}
	c := &p.contacts[i]
	p.day[i] = d
	p.weigh(c, before, -1)
	p.weigh(c, d, 1)
	if c.Minutes == 0 {
		return
	}
	if before == None {
		p.of[c.Customer] = append(p.of[c.Customer], int32(i))
	} else if d == None {
		p.of[c.Customer] = without(p.of[c.Customer], i)
	}
	if c.Fixed || c.Elsewhere {
		return
	}
	if before != None {
		p.on[before] = without(p.on[before], i)
	}
	if d != None {
		p.on[d] = append(p.on[d], int32(i))
	}
}

// weigh adds a contact to what is on a day, or takes it away.
func (p *planner) weigh(c *Contact, d int, sign int32) {
	switch {
	case d == None:
	case c.Minutes == 0:
		p.count[d] += sign
	case !c.Elsewhere:
		p.load[d] += sign * c.Minutes
		p.surround(d, sign*c.Minutes)
	}
}

// survey sums up what is around each day.
func (p *planner) survey() {
	n := len(p.Works)
	p.around, p.worked = make([]int32, n), make([]float64, n)
	for d, works := range p.Works {
		p.surround(d, p.load[d])
		for near := max(d-reach, 0); works && near <= min(d+reach, n-1); near++ {
			p.worked[near]++
		}
	}
	for d := range p.worked {
		p.worked[d] = max(p.worked[d], 1)
	}
}

func (p *planner) surround(d int, minutes int32) {
	for near := max(d-reach, 0); near <= min(d+reach, len(p.around)-1); near++ {
		p.around[near] += minutes
	}
}

func without(list []int32, i int) []int32 {
	at := slices.Index(list, int32(i))
	return slices.Delete(list, at, at+1)
}
