package powermap_test

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// The oracle answers the same questions in the plainest way there is: every definition is a loop over all claims, every path is walked.

var today = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// rules are settings, with the last age in days at which evidence counts by them worked out by hand.
type rules struct {
	settings.Evidence
	last int
}

var shipped = rules{settings.Evidence{HalfLifeDays: 180, StaleBelow: 0.25, IndependentObservers: 2, CoachCriteria: 5, SingleThreadBelow: 2, HostileClusterSize: 2}, 360}

var ruleSets = []rules{
	shipped,
	{settings.Evidence{HalfLifeDays: 30, StaleBelow: 0.5, IndependentObservers: 1, SingleThreadBelow: 1, HostileClusterSize: 1}, 30},
	{settings.Evidence{HalfLifeDays: 10, StaleBelow: 0.1, IndependentObservers: 3, SingleThreadBelow: 3, HostileClusterSize: 3}, 33},
	{settings.Evidence{HalfLifeDays: 90, StaleBelow: 0, IndependentObservers: 0, SingleThreadBelow: 0, HostileClusterSize: 0}, math.MaxInt32},
}

// person is the nth of the customer, our the nth of ours.
func person(n int) powermap.Node {
	return powermap.Node{Person: uuid.UUID{0: 1, 14: byte(n >> 8), 15: byte(n)}}
}

func our(n int) powermap.Node { return powermap.Node{Subject: string(rune('a' + n))} }

func same(a, b powermap.Node) bool { return a.Person == b.Person && a.Subject == b.Subject }

type oracle struct {
	claims    []powermap.Claim
	rules     rules
	on        time.Time
	confirmed bool
}

func (o *oracle) age(e powermap.Evidence) int { return int(o.on.Sub(e.Day).Hours() / 24) }

// youngest is the least age of the evidence of a claim that is not of the future, -1 without any.
func (o *oracle) youngest(c *powermap.Claim) int {
	least := -1
	for _, e := range c.Evidence {
		if a := o.age(e); a >= 0 && (least < 0 || a < least) {
			least = a
		}
	}
	return least
}

func (o *oracle) strength(c *powermap.Claim) float64 {
	if a := o.youngest(c); a >= 0 {
		return math.Pow(0.5, float64(a)/float64(o.rules.HalfLifeDays))
	}
	return 0
}

func (o *oracle) stale(c *powermap.Claim) bool {
	a := o.youngest(c)
	return a < 0 || a > o.rules.last
}

func matters(c *powermap.Claim) bool {
	switch c.Kind {
	case powermap.HiddenDecider:
		return true
	case powermap.Role:
		return c.Value == powermap.DecisionMaker
	case powermap.Attitude:
		return c.Value != powermap.Supporter && c.Value != powermap.Neutral
	default:
		return false
	}
}

func (o *oracle) isConfirmed(c *powermap.Claim) bool {
	observers := map[string]bool{}
	for _, e := range c.Evidence {
		if a := o.age(e); a >= 0 && a <= o.rules.last {
			observers[e.Observer] = true
		}
	}
	return !matters(c) || len(observers) >= int(o.rules.IndependentObservers)
}

func (o *oracle) counts(c *powermap.Claim) bool {
	return !o.stale(c) && (!o.confirmed || o.isConfirmed(c))
}

// attitude is how somebody stands: the youngest word counts, of equally young ones the worst; unconfirmed hostility counts as neutral where confirmation is asked.
func (o *oracle) attitude(n powermap.Node) int16 {
	age, worst := -1, powermap.Unknown
	for i := range o.claims {
		c := &o.claims[i]
		if c.Kind != powermap.Attitude || !same(c.Who, n) || o.stale(c) {
			continue
		}
		value := c.Value
		if o.confirmed && !o.isConfirmed(c) {
			if value != powermap.Hostile {
				continue
			}
			value = powermap.Neutral
		}
		switch y := o.youngest(c); {
		case age < 0 || y < age:
			age, worst = y, value
		case y == age:
			worst = max(worst, value)
		}
	}
	return worst
}

func (o *oracle) supports(n powermap.Node) bool {
	a := o.attitude(n)
	return a == powermap.PowerSponsor || a == powermap.Sponsor || a == powermap.Supporter
}

func (o *oracle) nodes() []powermap.Node {
	var out []powermap.Node
	for _, c := range o.claims {
		for _, n := range []powermap.Node{c.Who, c.Other} {
			if (n.Subject != "" || n.Person != uuid.Nil) && !slices.ContainsFunc(out, func(m powermap.Node) bool { return same(m, n) }) {
				out = append(out, n)
			}
		}
	}
	return out
}

func (o *oracle) claimed(n powermap.Node, kind powermap.Kind, value int16) bool {
	return slices.ContainsFunc(o.claims, func(c powermap.Claim) bool {
		return c.Kind == kind && c.Value == value && same(c.Who, n) && o.counts(&c)
	})
}

func (o *oracle) decides(n powermap.Node) bool {
	return o.claimed(n, powermap.Role, powermap.DecisionMaker) || o.claimed(n, powermap.HiddenDecider, 0)
}

// link is what an acquaintance of two is worth, and whether there is one.
func (o *oracle) link(a, b powermap.Node) (float64, bool) {
	for i := range o.claims {
		c := &o.claims[i]
		if c.Kind == powermap.Acquaintance && o.counts(c) && (same(c.Who, a) && same(c.Other, b) || same(c.Who, b) && same(c.Other, a)) {
			return c.Weight * o.strength(c), true
		}
	}
	return 0, false
}

func (o *oracle) influences(a, b powermap.Node) bool {
	return slices.ContainsFunc(o.claims, func(c powermap.Claim) bool {
		return c.Kind == powermap.Influence && same(c.Who, a) && same(c.Other, b) && o.counts(&c)
	})
}

func (o *oracle) covered(n powermap.Node) bool {
	return o.supports(n) || slices.ContainsFunc(o.nodes(), func(m powermap.Node) bool {
		_, knows := o.link(m, n)
		return knows && (m.Subject != "" || o.supports(m)) || o.supports(m) && o.influences(m, n)
	})
}

// path is the whole cost and the steps of a chain.
type path struct {
	cost  int64
	steps int
}

// best walks every path from all who can begin one.
func (o *oracle) best(target powermap.Node) (best path, found bool) {
	all := o.nodes()
	seen := map[powermap.Node]bool{}
	var walk func(at powermap.Node, so path)
	walk = func(at powermap.Node, so path) {
		if same(at, target) {
			if !found || cmp.Or(cmp.Compare(so.cost, best.cost), cmp.Compare(so.steps, best.steps)) < 0 {
				best, found = so, true
			}
			return
		}
		seen[at] = true
		for _, next := range all {
			if worth, knows := o.link(at, next); knows && worth > 0 && !seen[next] {
				walk(next, path{so.cost + units(worth), so.steps + 1})
			}
		}
		delete(seen, at)
	}
	for _, n := range all {
		if n.Subject != "" || o.supports(n) {
			walk(n, path{})
		}
	}
	return best, found
}

// units is the whole number by which chains are compared.
func units(worth float64) int64 { return int64(math.Round(-math.Log(worth) * 1e9)) }

// clusters is the transitive closure of influence between hostile people, either way.
func (o *oracle) clusters() [][]powermap.Node {
	var hostile []powermap.Node
	for _, n := range o.nodes() {
		if o.attitude(n) == powermap.Hostile {
			hostile = append(hostile, n)
		}
	}
	size := len(hostile)
	joined := make([][]bool, size)
	for i := range joined {
		joined[i] = make([]bool, size)
		for j := range joined[i] {
			joined[i][j] = i == j || o.influences(hostile[i], hostile[j]) || o.influences(hostile[j], hostile[i])
		}
	}
	for k := range size {
		for i := range size {
			for j := range size {
				joined[i][j] = joined[i][j] || joined[i][k] && joined[k][j]
			}
		}
	}
	var out [][]powermap.Node
	for i := range size {
		if slices.Contains(joined[i][:i], true) { // told already
			continue
		}
		var group []powermap.Node
		for j := range size {
			if joined[i][j] {
				group = append(group, hostile[j])
			}
		}
		if len(group) >= int(o.rules.HostileClusterSize) {
			out = append(out, group)
		}
	}
	return out
}
