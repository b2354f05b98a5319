package contactplan

import (
	"slices"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/layout"
)

// changes are what is to be written, of any number of owners.
type changes struct {
	added, altered []row
	gone           []*row
	tallies        map[uuid.UUID]*tally // by customer, where anything changed
}

// tally is how a customer's contacts changed.
type tally struct{ added, changed, removed, unplaced int32 }

func (c *changes) of(customer uuid.UUID) *tally {
	if c.tallies == nil {
		c.tallies = map[uuid.UUID]*tally{}
	}
	t := c.tallies[customer]
	if t == nil {
		t = &tally{}
		c.tallies[customer] = t
	}
	return t
}

// figures are what came of a plan.
type figures struct {
	demanded, placed, moved int
	variation, ideal        float64
}

// collect adds what a plan changes to what is to be written, and says what came of it.
func (p *plan) collect(c *changes) (f figures) {
	for i, w := range p.wanted {
		if w == nil {
			continue
		}
		f.demanded++
		next := w.next(p, i)
		if next.State == contact.Planned {
			f.placed++
		}
		switch {
		case w.row == nil:
			next.ID = uuid.Must(uuid.NewV7())
			c.added = append(c.added, next)
			c.of(w.customer).added++
		case next.differs(w.row):
			if w.row.Day != nil && (next.Day == nil || *next.Day != *w.row.Day) {
				f.moved++
			}
			c.altered = append(c.altered, next)
			c.of(w.customer).changed++
		}
	}
	for i, w := range p.wanted { // those of whom nothing changed are not told of
		if w != nil && p.places[i].Day == layout.None && c.tallies[w.customer] != nil {
			c.tallies[w.customer].unplaced++
		}
	}
	for _, r := range p.gone {
		c.gone = append(c.gone, r)
		c.of(r.Customer).removed++
	}
	f.variation, f.ideal = p.evenness()
	return f
}

// next is the row that a demand is to have.
func (w *wanted) next(p *plan, i int) row {
	out := row{
		Customer: w.customer, Owner: p.owner.name, Activity: w.activityOf(p.Numbers), Role: w.role, Origin: w.origin, Source: w.why, Period: w.period,
		Number: w.number, First: w.first, Last: w.last, Minutes: w.minutes, State: contact.Planned, Purpose: w.purpose,
	}
	if w.row != nil {
		out.ID, out.Activity, out.Pinned = w.row.ID, w.row.Activity, w.row.Pinned
	}
	switch {
	case w.kept && w.row != nil:
		out.People = w.row.People
	case w.with != nil:
		out.People = append(out.People, w.with.id.String())
	}
	place := p.places[i]
	switch {
	case p.contacts[i].Fixed:
		out.Day = w.row.Day
	case place.Day == layout.None:
		out.State, out.Obstacle = contact.NotPlaced, int16(place.Obstacle)
	default:
		day := p.from + place.Day
		out.Day = &day
	}
	return out
}

// differs says whether a row is to be written again.
func (r *row) differs(before *row) bool {
	same := r.Owner == before.Owner && r.Source == before.Source && r.First == before.First && r.Last == before.Last && r.Minutes == before.Minutes &&
		r.State == before.State && r.Obstacle == before.Obstacle && r.Purpose == before.Purpose && slices.Equal(r.People, before.People)
	return !same || (r.Day == nil) != (before.Day == nil) || r.Day != nil && *r.Day != *before.Day
}

// evenness is the variation of the load of the working days that could be planned in the years of the owner, and what it could be.
func (p *plan) evenness() (variation, ideal float64) {
	load := slices.Clone(p.horizon.Load)
	var minutes []int32
	for i := range p.contacts {
		c := &p.contacts[i]
		day := p.places[i].Day
		if day == layout.None || c.Elsewhere || c.Minutes == 0 {
			continue
		}
		load[day] += c.Minutes
		if p.planned(p.from + day) {
			minutes = append(minutes, c.Minutes)
		}
	}
	var days []int32
	for d, works := range p.horizon.Works {
		if works && p.horizon.Room[d] > 0 && p.planned(p.from+d) {
			days = append(days, load[d])
		}
	}
	return layout.Variation(days), layout.Ideal(len(days), minutes)
}

// planned says whether a day could be planned.
func (p *plan) planned(day int) bool {
	return day > p.today && slices.ContainsFunc(p.owner.years, func(y year) bool { return day >= y.first && day < y.next })
}
