package powermap

import (
	"cmp"
	"slices"
)

// Cluster is hostile people who are connected by influence among themselves.
type Cluster struct {
	People     []Standing // in the order of nodes
	Influences []*Weighed
}

// clusters are those of at least that many people, the largest first.
func (g *ground) clusters(atLeast int) []Cluster {
	hostile := func(i int) bool { return g.attitudes[i].attitude == Hostile }
	root := make([]int, len(g.nodes))
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for i := range g.nodes {
		for _, e := range g.influencedBy[i] {
			if hostile(i) && hostile(e.to) {
				a, b := find(i), find(e.to)
				root[max(a, b)] = min(a, b) // so that the first of them leads
			}
		}
	}
	found := make([]Cluster, len(g.nodes)) // by who leads
	for i := range g.nodes {
		if !hostile(i) {
			continue
		}
		c := &found[find(i)]
		c.People = append(c.People, g.attitude(i))
		for _, e := range g.influencedBy[i] {
			if hostile(e.to) {
				c.Influences = append(c.Influences, e.claim)
			}
		}
	}
	found = slices.DeleteFunc(found, func(c Cluster) bool { return len(c.People) == 0 || len(c.People) < atLeast })
	slices.SortStableFunc(found, func(a, b Cluster) int { return cmp.Compare(len(b.People), len(a.People)) })
	return found
}
