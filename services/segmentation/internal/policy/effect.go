package policy

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Group is all customers of one standing, counted by the database. before and after are the two windows of an evaluation; a simulation asks for the count only.
type Group struct {
	Standing
	Figures
}

// Figures are what is summed up of customers.
type Figures struct {
	Customers          int64               `db:"customers"`
	AtRisk             int64               `db:"at_risk"`
	SalesBefore        decimal.Decimal     `db:"sales_before"`
	SalesAfter         decimal.Decimal     `db:"sales_after"`
	GrossBefore        decimal.NullDecimal `db:"gross_before"` // null: no order states one
	GrossAfter         decimal.NullDecimal `db:"gross_after"`
	ComplaintsBefore   int64               `db:"complaints_before"`
	ComplaintsAfter    int64               `db:"complaints_after"`
	MeasuredBefore     int64               `db:"measured_before"` // how many times satisfaction was
	MeasuredAfter      int64               `db:"measured_after"`
	SatisfactionBefore decimal.Decimal     `db:"satisfaction_before"` // the sum
	SatisfactionAfter  decimal.Decimal     `db:"satisfaction_after"`
}

func (f *Figures) add(o *Figures) {
	f.Customers += o.Customers
	f.AtRisk += o.AtRisk
	f.SalesBefore = f.SalesBefore.Add(o.SalesBefore)
	f.SalesAfter = f.SalesAfter.Add(o.SalesAfter)
	f.GrossBefore = plus(f.GrossBefore, o.GrossBefore)
	f.GrossAfter = plus(f.GrossAfter, o.GrossAfter)
	f.ComplaintsBefore += o.ComplaintsBefore
	f.ComplaintsAfter += o.ComplaintsAfter
	f.MeasuredBefore += o.MeasuredBefore
	f.MeasuredAfter += o.MeasuredAfter
	f.SatisfactionBefore = f.SatisfactionBefore.Add(o.SatisfactionBefore)
	f.SatisfactionAfter = f.SatisfactionAfter.Add(o.SatisfactionAfter)
}

func plus(a, b decimal.NullDecimal) decimal.NullDecimal {
	return decimal.NullDecimal{Decimal: a.Decimal.Add(b.Decimal), Valid: a.Valid || b.Valid}
}

// Window are the two windows of an evaluation: [Before, After) and [After, End), as midnight UTC of business days.
type Window struct{ Before, After, End time.Time }

// windowOf are the 12 whole months that end with the month of a day, and the 12 before: those of the measures.
func windowOf(day time.Time) Window {
	month := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	return Window{Before: month.AddDate(0, -23, 0), After: month.AddDate(0, -11, 0), End: month.AddDate(0, 1, 0)}
}

// Effect are the figures of the customers who meet a rule.
type Effect struct {
	Rule *Rule // nil: all customers
	Figures
	Crew Crew
}

// Effects sums groups up by rule, the rule that is asked first in front; a customer counts under each rule that it meets.
func (c *Content) Effects(groups []Group) (rules []Effect, total Effect) {
	crews := c.staffing(groups)
	for i := range c.Rules {
		e := Effect{Rule: &c.Rules[i], Crew: crews[c.Rules[i].ID]}
		for j := range groups {
			if e.Rule.Meets(groups[j].Standing) {
				e.add(&groups[j].Figures)
			}
		}
		total.Crew.Customers += e.Crew.Customers
		total.Crew.Specialists += e.Crew.Specialists
		rules = append(rules, e)
	}
	for j := range groups {
		total.add(&groups[j].Figures)
	}
	slices.SortFunc(rules, func(a, b Effect) int { return cmp.Compare(b.Rule.Priority, a.Rule.Priority) })
	return rules, total
}

// Crew is whom a staffing rule looks after, and with how many.
type Crew struct{ Customers, Specialists int64 }

// staffing counts for each rule that says something of it the customers whose staffing it decides.
func (c *Content) staffing(groups []Group) map[string]Crew {
	customers, crews := map[string]int64{}, map[string]Crew{}
	for j := range groups {
		e := c.Entitle(groups[j].Standing)
		for _, g := range e.Staffing {
			customers[g.Rule.ID] += groups[j].Customers
		}
	}
	for i := range c.Rules {
		if r := &c.Rules[i]; r.Staffing != nil {
			crews[r.ID] = Crew{customers[r.ID], r.Staffing.Needed(customers[r.ID])}
		}
	}
	return crews
}

// Simulation is what a content would change that took the place of another.
type Simulation struct {
	Customers, Affected int64
	Migrations          map[Migration]int64
	Changes             map[Key]Change
	Staffing            map[string]*Need // by rule
}

// Migration is from which rule to which; empty: no rule.
type Migration struct{ From, To string }

// Change is for how many customers an entitlement changes.
type Change struct{ Gained, Lost, Changed int64 }

// Need is what a staffing rule takes.
type Need struct{ CustomersBefore, SpecialistsBefore, CustomersAfter, SpecialistsAfter int64 }

// Simulate compares two contents over the groups.
func Simulate(before, after *Content, groups []Group) Simulation {
	s := Simulation{Migrations: map[Migration]int64{}, Changes: map[Key]Change{}, Staffing: map[string]*Need{}}
	for _, g := range groups {
		s.Customers += g.Customers
		s.Migrations[Migration{first(before.Met(g.Standing)), first(after.Met(g.Standing))}] += g.Customers
		if s.compare(before.Entitle(g.Standing), after.Entitle(g.Standing), g.Customers) {
			s.Affected += g.Customers
		}
	}
	for id, n := range before.staffing(groups) {
		s.need(id).CustomersBefore, s.need(id).SpecialistsBefore = n.Customers, n.Specialists
	}
	for id, n := range after.staffing(groups) {
		s.need(id).CustomersAfter, s.need(id).SpecialistsAfter = n.Customers, n.Specialists
	}
	return s
}

func first(met []*Rule) string {
	if len(met) == 0 {
		return ""
	}
	return met[0].ID
}

func (s *Simulation) need(rule string) *Need {
	if s.Staffing[rule] == nil {
		s.Staffing[rule] = &Need{}
	}
	return s.Staffing[rule]
}

// compare counts what changes for so many customers and reports whether anything does.
func (s *Simulation) compare(before, after Entitlements, customers int64) (affected bool) {
	was, will := before.byKey(), after.byKey()
	keys := maps.Clone(was)
	maps.Copy(keys, will)
	for key := range keys {
		a, had := was[key]
		b, has := will[key]
		if had && has && a == b {
			continue
		}
		affected = true
		change := s.Changes[key]
		switch {
		case !had:
			change.Gained += customers
		case !has:
			change.Lost += customers
		default:
			change.Changed += customers
		}
		s.Changes[key] = change
	}
	return affected
}
