package contactplan

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/policy"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// period is a part of a fiscal year in which a policy's frequencies count.
type period struct {
	kind        policy.Period
	policy      uuid.UUID
	first, next int
}

// periods are those of some years, each with the policy in force on its first day; those without one are left out.
func (f *frame) periods(fiscal []int) []period {
	var all []period
	for _, y := range fiscal {
		first, _ := f.YearBounds(y)
		for kind := policy.Month; kind <= policy.Year; kind++ {
			for month := 0; month < 12; month += kind.Months() {
				start := first.AddDate(0, month, 0)
				if p := policybook.InForce(f.policies, start, y); p != nil {
					all = append(all, period{kind, p.ID, dayOf(start), dayOf(first.AddDate(0, month+kind.Months(), 0))})
				}
			}
		}
	}
	return all
}

// policiesOf are those that any period needs.
func policiesOf(periods []period) []uuid.UUID {
	var ids []uuid.UUID
	for _, p := range periods {
		if !slices.Contains(ids, p.policy) {
			ids = append(ids, p.policy)
		}
	}
	return ids
}

// expand makes of a frequency the contacts that still can be made: of each period as many as it says, each with an equal part of the period as its window.
func (f *frame) expand(list []demand, d *policy.Demand, periods []period) []demand {
	kind, ok := f.Kinds[settings.Activity(d.Activity)]
	if !ok { // nobody is permitted it
		return list
	}
	source := resource.Name("policies", d.Policy) + "#" + d.Rule
	for _, p := range periods {
		if p.kind != d.Period || p.policy != d.Policy {
			continue
		}
		days := p.next - p.first
		for i := range d.Times {
			first, last := p.first+days*i/d.Times, p.first+days*(i+1)/d.Times-1
			if last = max(first, last); last <= f.today {
				continue
			}
			list = append(list, demand{
				key: key{customer: d.Customer, origin: contact.Policy, activity: d.Activity, role: d.Role, period: p.first, number: int16(i)},
				why: source, first: first, last: last, minutes: kind.Minutes, position: f.Layout.PreferredPosition,
			})
		}
	}
	return list
}

// specials are the greetings that a person is to get within some years: nothing that the person has denied.
func (f *frame) specials(list []demand, p *person, years []year) []demand {
	kind, ok := f.Kinds[f.Reaction.SpecialDate]
	if !ok || !p.greetings.reaches(&kind) {
		return list
	}
	name := resource.Name("customers", p.customer, "people", p.id)
	dates := slices.Clone(p.specialDates)
	sources := make([]string, len(dates), len(dates)+1)
	for i := range sources {
		sources[i] = name + "#special_date"
	}
	if p.birth.month != 0 {
		dates, sources = append(dates, special{monthDay: p.birth}), append(sources, name+"#birthday")
	}
	for i, date := range dates {
		for _, y := range years {
			for _, day := range date.within(y) {
				if day <= f.today {
					continue
				}
				list = append(list, demand{
					key: key{customer: p.customer, origin: contact.SpecialDate, source: sources[i], period: day},
					why: sources[i], first: day, last: day, purpose: date.label, with: p,
				})
			}
		}
	}
	return list
}

// within are the days of a year that a date falls on. What is remembered on 29 February is so on 28 February in other years.
func (s *special) within(y year) (days []int) {
	for calendar := midnightOf(y.first).Year(); calendar <= midnightOf(y.next).Year(); calendar++ {
		if s.year != 0 && s.year != calendar || s.month == 0 || s.day == 0 {
			continue
		}
		d := time.Date(calendar, time.Month(s.month), s.day, 0, 0, 0, 0, time.UTC)
		if d.Day() != s.day { // 29 February
			d = d.AddDate(0, 0, -d.Day())
		}
		if day := dayOf(d); day >= y.first && day < y.next {
			days = append(days, day)
		}
	}
	return days
}

// reaches says whether it lets a person be contacted in some way.
func (c *consent) reaches(kind *settings.Kind) bool {
	if len(kind.Media) == 0 {
		return true
	}
	for _, m := range kind.Media {
		if c.granted[m] || !kind.ConsentRequired && !c.denied[m] {
			return true
		}
	}
	return false
}

// meet finds out who of a customer's people is to be met: the first main contact who has not refused the way of contact and may be reached by it. Where there are main contacts
// and all of them refuse, it is refused.
func (f *frame) meet(d *demand, people []*person) {
	kind := f.Kinds[settings.Activity(d.activity)]
	mains := false
	for _, p := range people {
		if !p.main {
			continue
		}
		mains = true
		if !p.refused[d.activity] && p.consent.reaches(&kind) {
			d.with = p
			return
		}
	}
	d.refused = mains
}
