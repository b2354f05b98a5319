package powermap

import (
	"cmp"
	"container/heap"
	"math"
)

// Chain leads from one of ours, or somebody who supports us, to somebody over acquaintances.
type Chain struct {
	Strength float64 // the product of its steps
	Length   int     // 0: he supports us himself
	Ours     bool    // whether it begins with one of ours
	Steps    []Step  // none, too, when others have taken all that a reading tells
}

// MaxSteps is how many steps of chains a reading tells: a map could be one long line of people who all decide.
const MaxSteps = 5000

// Step is one acquaintance.
type Step struct {
	From, To Node
	Claim    *Weighed
}

// value is what an acquaintance is worth to a chain: closeness by freshness.
func (w *Weighed) value() float64 { return w.Weight * w.Strength }

// nano is the unit of costs: chains are compared by whole numbers, so that equal ones are equal whatever the order in which they are added up.
const nano = 1e9

// cost turns the greatest product into the least sum.
func cost(value float64) int64 { return int64(math.Round(-math.Log(value) * nano)) }

// routes are the best chains from all who can begin one to everybody.
type routes struct {
	*ground
	best []label
	left int // steps that may yet be told
}

// label is the best chain to a node that is known so far.
type label struct {
	reached bool
	cost    int64
	steps   int
	product float64
	begin   int // where it begins
	from    int // the node before
	claim   *Weighed
}

// before orders chains: the least cost, then the fewest steps.
func (l label) before(o label) bool {
	return !o.reached || l.cost < o.cost || l.cost == o.cost && l.steps < o.steps
}

// routes is Dijkstra's algorithm, begun at all of ours and all who support us at once.
func (g *ground) routes() *routes {
	r := &routes{ground: g, best: make([]label, len(g.nodes)), left: MaxSteps}
	q := &queue{}
	for i, n := range g.nodes {
		if n.Ours() || g.supports(i) {
			r.best[i] = label{reached: true, product: 1, begin: i}
			heap.Push(q, entry{node: i})
		}
	}
	for q.Len() > 0 {
		next, _ := heap.Pop(q).(entry)
		at := r.best[next.node]
		if at.cost != next.cost || at.steps != next.steps {
			continue // a better one has been found since
		}
		for _, e := range g.known[next.node] {
			value := e.claim.value()
			if value <= 0 { // so old that nothing is left of it
				continue
			}
			l := at.extended(next.node, value, e.claim)
			switch old := r.best[e.to]; {
			case l.before(old):
				r.best[e.to] = l
				heap.Push(q, entry{node: e.to, cost: l.cost, steps: l.steps})
			case !old.before(l) && l.from < old.from: // as good, by somebody who comes first
				r.best[e.to] = l
			}
		}
	}
	return r
}

// extended is the chain by one more acquaintance, of the node that it ends at so far.
func (l label) extended(node int, value float64, claim *Weighed) label {
	return label{reached: true, cost: l.cost + cost(value), steps: l.steps + 1, product: l.product * value, begin: l.begin, from: node, claim: claim}
}

// to is the best chain to a node; nil when there is none.
func (r *routes) to(i int) *Chain {
	end := r.best[i]
	if !end.reached {
		return nil
	}
	c := &Chain{Strength: end.product, Length: end.steps, Ours: r.nodes[end.begin].Ours()}
	if end.steps > r.left {
		return c
	}
	r.left -= end.steps
	c.Steps = make([]Step, end.steps)
	for at := end; at.steps > 0; at = r.best[i] {
		c.Steps[at.steps-1] = Step{From: r.nodes[at.from], To: r.nodes[i], Claim: at.claim}
		i = at.from
	}
	return c
}

// entry is a node to be looked at.
type entry struct {
	node  int
	cost  int64
	steps int
}

// queue is a heap of entries.
type queue struct{ entries []entry }

// Len implements heap.Interface.
func (q *queue) Len() int { return len(q.entries) }

// Less implements heap.Interface.
func (q *queue) Less(i, j int) bool {
	a, b := q.entries[i], q.entries[j]
	return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.steps, b.steps), cmp.Compare(a.node, b.node)) < 0
}

// Swap implements heap.Interface.
func (q *queue) Swap(i, j int) { q.entries[i], q.entries[j] = q.entries[j], q.entries[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) { q.entries = append(q.entries, x.(entry)) }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := q.entries[len(q.entries)-1]
	q.entries = q.entries[:len(q.entries)-1]
	return last
}
