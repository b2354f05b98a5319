package powermap

import (
	"cmp"
	"slices"
	"time"

	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Analysis is what follows from a map on a day.
type Analysis struct {
	Day       time.Time
	Claims    []Weighed // in the order of the map
	Confirmed Reading   // by confirmed claims
	Claimed   Reading   // by all that are not stale
}

// Reading is what follows from one choice of claims.
type Reading struct {
	Sponsors, Supporters, Hostile []Standing // the strongest claim first
	Deciders                      []Decider  // in the order of nodes, like all that follows
	Clusters                      []Cluster  // the largest first
	Stars                         []Star
	SingleThreaded                bool
}

// Standing is somebody with the claims that say so.
type Standing struct {
	Node     Node
	Attitude int16
	Strength float64
	Claims   []*Weighed
}

// Decider is somebody who decides.
type Decider struct {
	Standing
	Hidden    bool // he has not the role
	Covered   bool
	CoveredBy []*Weighed
	Chain     *Chain // nil: there is none
}

// Star is somebody who rises.
type Star struct {
	Standing
	Known bool // to one of ours
}

// Analyze answers what follows from the claims of a map on a day. The claims are in the order of their keys, as a map keeps them; they are not changed.
func Analyze(claims []Claim, on time.Time, rules settings.Evidence) *Analysis {
	a := &Analysis{Day: on, Claims: make([]Weighed, len(claims))}
	for i := range claims {
		a.Claims[i] = weigh(&claims[i], on, rules)
	}
	nodes := number(a.Claims)
	a.Confirmed = read(nodes, a.Claims, rules, true)
	a.Claimed = read(nodes, a.Claims, rules, false)
	return a
}

// Sponsored says whether there is a confirmed sponsor.
func (a *Analysis) Sponsored() bool { return len(a.Confirmed.Sponsors) > 0 }

// read answers by confirmed claims only, or by all that are not stale.
func read(nodes []Node, claims []Weighed, rules settings.Evidence, confirmed bool) Reading {
	g := newGround(nodes, claims, confirmed)
	r := Reading{Deciders: g.deciders(), Stars: g.stars(), Clusters: g.clusters(int(rules.HostileClusterSize))}
	for i := range g.nodes {
		s := g.attitude(i)
		switch {
		case s.Attitude == Hostile:
			r.Hostile = append(r.Hostile, s)
		case g.supports(i):
			r.Supporters = append(r.Supporters, s)
			if s.Attitude != Supporter {
				r.Sponsors = append(r.Sponsors, s)
			}
		}
	}
	for _, list := range [][]Standing{r.Sponsors, r.Supporters, r.Hostile} {
		slices.SortFunc(list, func(a, b Standing) int { return cmp.Or(cmp.Compare(b.Strength, a.Strength), a.Node.compare(b.Node)) })
	}
	r.SingleThreaded = len(r.Supporters) < int(rules.SingleThreadBelow)
	return r
}

// deciders are they who have the role or are hidden deciders, with how they are covered and reached.
func (g *ground) deciders() []Decider {
	var found []Decider
	var chains *routes
	for i, n := range g.nodes {
		if len(g.deciding[i]) == 0 {
			continue
		}
		if chains == nil {
			chains = g.routes()
		}
		d := Decider{Standing: g.standing(i, g.deciding[i]), Hidden: true, CoveredBy: g.coveredBy(i), Chain: chains.to(i)}
		for _, c := range g.deciding[i] {
			d.Hidden = d.Hidden && c.Kind == HiddenDecider
		}
		d.Node, d.Covered = n, len(d.CoveredBy) > 0
		found = append(found, d)
	}
	return found
}

// coveredBy are the claims by which somebody is covered: he supports us himself, one of ours knows him, or one who supports us knows or influences him.
func (g *ground) coveredBy(i int) []*Weighed {
	var by []*Weighed
	if g.supports(i) {
		by = append(by, g.attitudes[i].claim)
	}
	for _, e := range g.known[i] {
		if g.nodes[e.to].Ours() || g.supports(e.to) {
			by = append(by, e.claim)
		}
	}
	for _, e := range g.influencedBy[i] {
		if g.supports(e.to) {
			by = append(by, e.claim)
		}
	}
	return by
}

func (g *ground) stars() []Star {
	var found []Star
	for i := range g.nodes {
		if c := g.rising[i]; c != nil {
			known := slices.ContainsFunc(g.known[i], func(e edge) bool { return g.nodes[e.to].Ours() })
			found = append(found, Star{Standing: g.standing(i, []*Weighed{c}), Known: known})
		}
	}
	return found
}
