package powermap

import "slices"

// ground is the claims of a map that count, by whom they are about. Nodes are numbered in their order.
type ground struct {
	nodes        []Node
	attitudes    []opinion
	deciding     [][]*Weighed // claims that he decides
	rising       []*Weighed
	known        [][]edge // acquaintances, from both ends
	influencedBy [][]edge
}

// opinion is how somebody stands to us, and by which claim; nil: it is not known.
type opinion struct {
	attitude int16
	claim    *Weighed
}

// edge leads to a node by a claim.
type edge struct {
	to    int
	claim *Weighed
}

// newGround takes the claims that count: those that are not stale and, of those that matter, the confirmed ones if that is asked. Unconfirmed hostility, which makes nobody
// hostile then, still takes the place of what was said before: else a late doubt would be worth less than a late neutral word.
func newGround(nodes []Node, claims []Weighed, confirmed bool) *ground {
	size := len(nodes)
	g := &ground{
		nodes: nodes, attitudes: make([]opinion, size), deciding: make([][]*Weighed, size), rising: make([]*Weighed, size), known: make([][]edge, size),
		influencedBy: make([][]edge, size),
	}
	for i := range claims {
		c := &claims[i]
		if !c.Stale && (!confirmed || c.Confirmed || c.Kind == Attitude && c.Value == Hostile) {
			g.take(c, confirmed)
		}
	}
	return g
}

func (g *ground) take(c *Weighed, confirmed bool) {
	switch c.Kind {
	case Attitude:
		value := c.Value
		if confirmed && !c.Confirmed {
			value = Neutral
		}
		g.attitudes[c.who] = later(g.attitudes[c.who], opinion{value, c})
	case RisingStar:
		g.rising[c.who] = c
	case Influence:
		g.influencedBy[c.other] = append(g.influencedBy[c.other], edge{c.who, c})
	case Acquaintance:
		g.known[c.who] = append(g.known[c.who], edge{c.other, c})
		g.known[c.other] = append(g.known[c.other], edge{c.who, c})
	case Role, HiddenDecider:
		if c.decides() {
			g.deciding[c.who] = append(g.deciding[c.who], c)
		}
	}
}

// number gives every node of the claims its number, by the order of nodes.
func number(claims []Weighed) []Node {
	var nodes []Node
	index := make(map[Node]int, len(claims))
	add := func(n Node) {
		if _, ok := index[n]; !ok {
			index[n] = 0
			nodes = append(nodes, n)
		}
	}
	for i := range claims {
		add(claims[i].Who)
		if claims[i].edge() {
			add(claims[i].Other)
		}
	}
	slices.SortFunc(nodes, Node.compare)
	for i, n := range nodes {
		index[n] = i
	}
	for i := range claims {
		c := &claims[i]
		c.who = index[c.Who]
		if c.edge() {
			c.other = index[c.Other]
		}
	}
	return nodes
}

// later is the opinion that was observed last, of those of one day the least favourable.
func later(a, b opinion) opinion {
	if a.claim == nil {
		return b
	}
	if c := b.claim.Newest.Compare(a.claim.Newest); c > 0 || c == 0 && b.attitude > a.attitude {
		return b
	}
	return a
}

// supports says whether somebody is a supporter or better.
func (g *ground) supports(i int) bool {
	a := g.attitudes[i].attitude
	return a != Unknown && a <= Supporter
}

// attitude is how somebody stands to us, by the claim that says so.
func (g *ground) attitude(i int) Standing {
	if g.attitudes[i].claim == nil {
		return Standing{Node: g.nodes[i]}
	}
	return g.standing(i, []*Weighed{g.attitudes[i].claim})
}

func (g *ground) standing(i int, claims []*Weighed) Standing {
	s := Standing{Node: g.nodes[i], Attitude: g.attitudes[i].attitude, Claims: claims}
	for _, c := range claims {
		s.Strength = max(s.Strength, c.Strength)
	}
	return s
}
