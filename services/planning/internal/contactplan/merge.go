package contactplan

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/layout"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// plan is the contacts of an owner on their way through the layout.
type plan struct {
	*frame
	owner   *owner
	index   map[uuid.UUID]int // of each customer in the layout
	from    int               // the day that the horizon begins with
	horizon layout.Horizon
	// What is laid out: in the layout's order, with what is to be stored of it; nil for what stays as it is.
	contacts []layout.Contact
	wanted   []*wanted
	// gone are contacts that nobody demands any more.
	gone []*row
	// places are the layout's answer.
	places []layout.Place
}

// wanted is a demand with the row that there is of it already, if there is one.
type wanted struct {
	demand
	row *row
}

// merge holds what is demanded of an owner's customers against what is there. People of each customer are in the order of their ids.
func (f *frame) merge(o *owner, demands []demand, rows []*row) *plan {
	p := &plan{frame: f, owner: o}
	p.from = f.today - max(int(f.Layout.MinimumGapDays), 1)
	until := f.today + reserve
	for _, y := range o.years {
		until = max(until, y.next)
	}
	for _, r := range rows { // what is of a year that is not planned for this owner needs its window, too
		until = max(until, min(r.Last+1, f.today+farthest))
	}
	p.horizon = f.horizon(o, p.from, until)
	p.index = make(map[uuid.UUID]int, len(o.customers))
	for i, c := range o.customers {
		p.index[c] = i
	}
	matched := p.match(demands, stored(rows))
	for _, r := range rows {
		if !matched[r] {
			p.rest(r)
		}
	}
	p.order()
	return p
}

// stored are the contacts that a policy or a special date may demand; one that was called off counts where no other is.
func stored(rows []*row) map[key]*row {
	out := make(map[key]*row, len(rows))
	for _, r := range rows {
		if r.Origin > contact.SpecialDate {
			continue
		}
		if k := r.key(); out[k] == nil || r.State != contact.Cancelled {
			out[k] = r
		}
	}
	return out
}

// match adds the demands with what is there of each already.
func (p *plan) match(demands []demand, there map[key]*row) (matched map[*row]bool) {
	matched = make(map[*row]bool, len(there))
	seen := make(map[key]bool, len(demands))
	for i := range demands {
		d := &demands[i]
		if d.origin <= contact.SpecialDate {
			if seen[d.key] { // two special dates of a person on one day
				continue
			}
			seen[d.key] = true
		}
		r := there[d.key]
		if r != nil {
			matched[r] = true
			if !r.free() || r.Day != nil && *r.Day == p.today {
				p.stay(r)
				continue
			}
		}
		p.want(d, r)
	}
	return matched
}

// horizon is an owner's days.
func (f *frame) horizon(o *owner, from, until int) layout.Horizon {
	calendar := f.Calendar(o.calendar)
	n := until - from
	h := layout.Horizon{
		Weekday: int(midnightOf(from).Weekday()), Works: make([]bool, n), Room: make([]int32, n), Load: make([]int32, n), Gap: int(f.Layout.MinimumGapDays),
	}
	for i := range n {
		day := from + i
		away := slices.ContainsFunc(o.absent, func(s span) bool { return day >= s.from && day < s.until })
		if h.Works[i] = calendar.Works(midnightOf(day)) && !away; h.Works[i] {
			h.Room[i] = o.daily
		}
		h.Load[i] = o.load[day]
	}
	return h
}

// stay keeps a contact where it is.
func (p *plan) stay(r *row) {
	elsewhere := r.Owner != p.owner.name
	if elsewhere && r.State == contact.Planned { // who has taken over the customer takes over what is planned
		w := &wanted{demand: demandOf(r), row: r}
		p.contacts, p.wanted = append(p.contacts, p.fixed(r, false)), append(p.wanted, w)
		return
	}
	if r.counts() {
		p.contacts, p.wanted = append(p.contacts, p.fixed(r, elsewhere)), append(p.wanted, nil)
	}
}

func (p *plan) fixed(r *row, elsewhere bool) layout.Contact {
	return layout.Contact{Customer: p.index[r.Customer], Minutes: r.Minutes, At: *r.Day - p.from, Fixed: true, Elsewhere: elsewhere}
}

// want adds what is to be placed.
func (p *plan) want(d *demand, r *row) {
	first, last := max(d.first, p.today+1), d.last
	if d.origin >= contact.Retention {
		first = max(d.first, p.today)
	}
	c := layout.Contact{
		Customer: p.index[d.customer], First: first - p.from, Last: min(last-p.from, len(p.horizon.Works)-1), Minutes: d.minutes, Position: d.position,
		Refused: d.refused, Ownerless: p.owner.name == "", At: layout.None,
	}
	if d.with != nil {
		c.Liked = d.with.liked
		for _, day := range d.with.refusedDays {
			if day >= first && day <= last {
				c.Avoid = append(c.Avoid, day-p.from)
			}
		}
	}
	if r != nil && r.Day != nil && *r.Day >= first {
		c.At = *r.Day - p.from
	}
	p.contacts, p.wanted = append(p.contacts, c), append(p.wanted, &wanted{demand: *d, row: r})
}

// rest decides about a contact that no demand has asked for.
func (p *plan) rest(r *row) {
	ours := slices.ContainsFunc(p.owner.years, func(y year) bool { return r.Period >= y.first && r.Period < y.next })
	over := r.Last <= p.today
	switch {
	case r.State == contact.Cancelled:
	case !r.free() || over && r.Origin <= contact.SpecialDate || r.Last < p.today || r.Day != nil && *r.Day == p.today:
		p.stay(r)
	case r.Origin <= contact.SpecialDate && ours:
		p.gone = append(p.gone, r)
	default: // reactions, and what is of a year that is not planned for this owner
		d := demandOf(r)
		p.want(&d, r)
	}
}

// demandOf is a contact as a demand for itself.
func demandOf(r *row) demand {
	return demand{key: r.key(), why: r.Source, first: r.First, last: r.Last, minutes: r.Minutes, purpose: r.Purpose, position: reactionPosition, kept: true}
}

// reactionPosition is where in its window a reaction is best: as soon as possible.
const reactionPosition = 0

// order makes the plan independent of the order in which the database gave its rows.
func (p *plan) order() {
	at := make([]int, len(p.contacts))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int {
		x, y := p.wanted[a], p.wanted[b]
		if x == nil || y == nil {
			return cmp.Compare(boolean(x != nil), boolean(y != nil))
		}
		return cmp.Or(bytes.Compare(x.customer[:], y.customer[:]), cmp.Compare(x.origin, y.origin), cmp.Compare(x.source, y.source),
			cmp.Compare(x.activity, y.activity), cmp.Compare(x.role, y.role), cmp.Compare(x.period, y.period), cmp.Compare(x.number, y.number))
	})
	contacts, list := make([]layout.Contact, len(at)), make([]*wanted, len(at))
	for i, j := range at {
		contacts[i], list[i] = p.contacts[j], p.wanted[j]
	}
	p.contacts, p.wanted = contacts, list
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// lay finds the days.
func (p *plan) lay() { p.places = layout.Plan(p.horizon, p.contacts) }

// needsRoom says whether something that had a day, or is new, has none because other customers' contacts are in its way.
func (p *plan) needsRoom() bool {
	for i, w := range p.wanted {
		if w != nil && p.places[i].Obstacle == layout.NoCapacity && !p.contacts[i].Fixed && (w.row == nil || w.row.Day != nil) {
			return true
		}
	}
	return false
}

// activityOf is the way of contact of a demand.
func (w *wanted) activityOf(n *settings.Numbers) int16 {
	if w.origin == contact.SpecialDate {
		return int16(n.Reaction.SpecialDate)
	}
	return w.activity
}
