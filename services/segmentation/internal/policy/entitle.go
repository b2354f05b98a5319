package policy

import (
	"cmp"
	"slices"
)

// Standing is what rules see of a customer, by the numbers of the API; 0 = not judged yet.
type Standing struct {
	Class int16 `db:"class"`
	Tier  int16 `db:"tier"`
	Grade int16 `db:"grade"` // 4 S, 3 A, 2 B, 1 C
}

// Meets reports whether a customer of the standing is one that the rule is for.
func (r *Rule) Meets(s Standing) bool {
	in := func(list []int16, value int16) bool { return len(list) == 0 || slices.Contains(list, value) }
	return in(r.Classes, s.Class) && in(r.Tiers, s.Tier) && in(r.Grades, s.Grade)
}

// Met are the rules that a customer of the standing meets, the one that is asked first in front.
func (c *Content) Met(s Standing) []*Rule {
	var met []*Rule
	for i := range c.Rules {
		if r := &c.Rules[i]; r.Meets(s) {
			met = append(met, r)
		}
	}
	slices.SortFunc(met, func(a, b *Rule) int { return cmp.Compare(b.Priority, a.Priority) })
	return met
}

// Granted is an entitlement with the rule that decided it.
type Granted[V comparable] struct {
	Value V
	Rule  *Rule
}

// Entitlements are what the rules give together.
type Entitlements struct {
	Statements  []Granted[Statement] // by kind
	Items       []Granted[Item]      // in the order of the catalogue
	Staffing    []Granted[Staffing]  // one at most
	Frequencies []Granted[Frequency] // by activity and role
	SLAFactor   []Granted[string]    // one at most
}

// Entitle merges the rules that a customer of the standing meets: of each key of entitlement the first rule that says something decides. Each service item is a
// key of its own, so they add up; so is each pair of activity and role.
func (c *Content) Entitle(s Standing) Entitlements {
	var e Entitlements
	decided := map[Key]bool{}
	for _, r := range c.Met(s) {
		e.Statements = grant(e.Statements, decided, r, r.Statements, Statement.key)
		e.Items = grant(e.Items, decided, r, c.items(r), Item.key)
		e.Frequencies = grant(e.Frequencies, decided, r, r.Frequencies, Frequency.key)
		if r.Staffing != nil {
			e.Staffing = grant(e.Staffing, decided, r, []Staffing{*r.Staffing}, Staffing.key)
		}
		if r.SLAFactor != "" {
			e.SLAFactor = grant(e.SLAFactor, decided, r, []string{r.SLAFactor}, factorKey)
		}
	}
	place := map[string]int{}
	for i, item := range c.Items {
		place[item.ID] = i
	}
	slices.SortFunc(e.Items, func(a, b Granted[Item]) int { return cmp.Compare(place[a.Value.ID], place[b.Value.ID]) })
	slices.SortFunc(e.Statements, func(a, b Granted[Statement]) int { return cmp.Compare(a.Value.Kind, b.Value.Kind) })
	slices.SortFunc(e.Frequencies, func(a, b Granted[Frequency]) int {
		return cmp.Or(cmp.Compare(a.Value.Activity, b.Value.Activity), cmp.Compare(a.Value.Role, b.Value.Role))
	})
	return e
}

// grant adds those of a rule's values whose keys no rule before has decided.
func grant[V comparable](list []Granted[V], decided map[Key]bool, r *Rule, values []V, key func(V) Key) []Granted[V] {
	for _, v := range values {
		if !decided[key(v)] {
			decided[key(v)] = true
			list = append(list, Granted[V]{v, r})
		}
	}
	return list
}

// items are the services that a rule gives, in the order of the catalogue.
func (c *Content) items(r *Rule) []Item {
	given := make(map[string]bool, len(r.Items))
	for _, id := range r.Items {
		given[id] = true
	}
	return slices.DeleteFunc(slices.Clone(c.Items), func(item Item) bool { return !given[item.ID] })
}

// Part is a part of the entitlements.
type Part int

// The parts.
const (
	StatementPart Part = iota + 1
	ItemPart
	FrequencyPart
	StaffingPart
	SLAFactorPart
)

// Key tells one entitlement from another. Only one rule decides each.
type Key struct {
	Part Part
	Kind int16  // of a statement; the activity of a frequency
	Role int16  // of a frequency
	Item string // id
}

func (v Statement) key() Key { return Key{Part: StatementPart, Kind: v.Kind} }
func (v Item) key() Key      { return Key{Part: ItemPart, Item: v.ID} }
func (v Frequency) key() Key { return Key{Part: FrequencyPart, Kind: v.Activity, Role: v.Role} }
func (v Staffing) key() Key  { return Key{Part: StaffingPart} }
func factorKey(string) Key   { return Key{Part: SLAFactorPart} }

// byKey are the values alone, whichever rule gave them.
func (e *Entitlements) byKey() map[Key]any {
	all := map[Key]any{}
	collect(all, e.Statements, Statement.key)
	collect(all, e.Items, Item.key)
	collect(all, e.Frequencies, Frequency.key)
	collect(all, e.Staffing, Staffing.key)
	collect(all, e.SLAFactor, factorKey)
	return all
}

func collect[V comparable](all map[Key]any, list []Granted[V], key func(V) Key) {
	for _, g := range list {
		all[key(g.Value)] = g.Value
	}
}
