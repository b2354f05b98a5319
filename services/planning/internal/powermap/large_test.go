package powermap_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
)

// large is a made-up map of as many people and claims as one may hold: 2,000 people, 200 of ours of whom a few are known, roles, attitudes, 3,000 acquaintances, 1,000 influences.
func large(seed uint64) []powermap.Claim {
	r := rand.New(rand.NewPCG(seed, 1))
	seen := map[powermap.Key]bool{}
	var claims []powermap.Claim
	add := func(g powermap.Given) {
		for range 2 {
			g.Evidence = append(g.Evidence, powermap.Evidence{
				Observer: fmt.Sprint("o", r.IntN(4)), Source: "visit", Day: today.AddDate(0, 0, -r.IntN(400)), Recorder: "o0",
			})
		}
		if c := g.Claim(); !seen[c.Key] {
			seen[c.Key] = true
			claims = append(claims, c)
		}
	}
	weight := func() float64 { return float64(1+r.IntN(100)) / 100 }
	for n := range powermap.MaxPeople {
		who := person(n)
		role := int16(2 + r.IntN(7))
		if n%50 == 0 {
			role = powermap.DecisionMaker
		}
		add(powermap.Given{Kind: powermap.Role, Who: &who, Role: role})
		add(powermap.Given{Kind: powermap.Attitude, Who: &who, Attitude: []int16{3, 4, 4, 4, 4, 4, 4, 5, 5, 5}[r.IntN(10)]})
	}
	for len(claims) < powermap.MaxClaims {
		a, b := r.IntN(powermap.MaxPeople), r.IntN(powermap.MaxPeople)
		if a == b {
			continue
		}
		who, other := person(a), person(b)
		if r.IntN(4) == 0 {
			add(powermap.Given{Kind: powermap.Influence, Who: &who, Other: &other, OtherGiven: true, Weight: weight()})
			continue
		}
		if r.IntN(100) == 0 {
			other = our(r.IntN(powermap.MaxOurs))
		}
		add(powermap.Given{Kind: powermap.Acquaintance, Who: &who, Other: &other, OtherGiven: true, Weight: weight()})
	}
	return claims
}

// Of large maps the chains are held against Bellman and Ford's algorithm, which goes over all edges until nothing gets better, and clusters against flooding from each hostile
// person.
func TestLargeMapsMatchSlowAlgorithms(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		claims := large(seed)
		require.Empty(t, powermap.Bounded("claims", claims))
		a := powermap.Analyze(claims, today, shipped.Evidence)
		for _, confirmed := range []bool{true, false} {
			o, r := &oracle{claims, shipped, today, confirmed}, &a.Claimed
			if confirmed {
				r = &a.Confirmed
			}
			require.NotEmpty(t, r.Deciders)
			flooded(t, o, r)
			relaxed(t, o, r)
		}
	}
}

func relaxed(t *testing.T, o *oracle, r *powermap.Reading) {
	t.Helper()
	const unreached = math.MaxInt64
	cost := map[powermap.Node]int64{}
	for _, n := range o.nodes2000() {
		cost[n] = unreached
		if n.Subject != "" {
			cost[n] = 0
		}
	}
	for _, s := range r.Supporters { // which the test of small maps has looked at
		cost[s.Node] = 0
	}
	for better := true; better; {
		better = false
		for i := range o.claims {
			c := &o.claims[i]
			if c.Kind != powermap.Acquaintance || !o.counts(c) {
				continue
			}
			step := units(c.Weight * o.strength(c))
			for _, way := range [][2]powermap.Node{{c.Who, c.Other}, {c.Other, c.Who}} {
				if from := cost[way[0]]; from != unreached && from+step < cost[way[1]] {
					cost[way[1]], better = from+step, true
				}
			}
		}
	}
	reached := 0
	for _, d := range r.Deciders {
		if d.Chain == nil {
			require.Equal(t, int64(unreached), cost[d.Node])
			continue
		}
		reached++
		var sum int64
		for _, s := range d.Chain.Steps {
			sum += units(s.Claim.Weight * s.Claim.Strength)
		}
		require.Equal(t, cost[d.Node], sum)
	}
	require.Positive(t, reached)
}

// nodes2000 are the nodes of a large map, found in no time.
func (o *oracle) nodes2000() []powermap.Node {
	seen := map[powermap.Node]bool{}
	for _, c := range o.claims {
		seen[c.Who] = true
		if c.Kind == powermap.Acquaintance || c.Kind == powermap.Influence {
			seen[c.Other] = true
		}
	}
	var out []powermap.Node
	for n := range seen {
		out = append(out, n)
	}
	return out
}

func flooded(t *testing.T, o *oracle, r *powermap.Reading) {
	t.Helper()
	hostile, next := map[powermap.Node]bool{}, map[powermap.Node][]powermap.Node{}
	for _, s := range r.Hostile {
		hostile[s.Node] = true
	}
	for i := range o.claims {
		c := &o.claims[i]
		if c.Kind == powermap.Influence && o.counts(c) && hostile[c.Who] && hostile[c.Other] {
			next[c.Who], next[c.Other] = append(next[c.Who], c.Other), append(next[c.Other], c.Who)
		}
	}
	sizes, seen := map[int]int{}, map[powermap.Node]bool{}
	for n := range hostile {
		size := 0
		for todo := []powermap.Node{n}; len(todo) > 0; todo = todo[1:] {
			if at := todo[0]; !seen[at] {
				seen[at] = true
				size++
				todo = append(todo, next[at]...)
			}
		}
		if size >= 2 {
			sizes[size]++
		}
	}
	got := map[int]int{}
	for _, c := range r.Clusters {
		got[len(c.People)]++
	}
	require.Equal(t, sizes, got)
}

// A line of people who all decide has two million steps, of which not all are told; how strong each chain is and how long is.
func TestALongLineIsToldInPart(t *testing.T) {
	t.Parallel()
	first, ours := person(0), our(1)
	evidence := []powermap.Evidence{{Observer: "x", Day: today}}
	start := powermap.Given{Kind: powermap.Acquaintance, Who: &first, Other: &ours, Weight: 0.999, Evidence: evidence}
	claims := []powermap.Claim{start.Claim()}
	for n := range powermap.MaxPeople {
		who, next := person(n), person(n+1)
		decides := powermap.Given{Kind: powermap.Role, Who: &who, Role: powermap.DecisionMaker, Evidence: evidence}
		claims = append(claims, decides.Claim())
		if n < powermap.MaxPeople-1 {
			knows := powermap.Given{Kind: powermap.Acquaintance, Who: &who, Other: &next, Weight: 0.999, Evidence: evidence}
			claims = append(claims, knows.Claim())
		}
	}
	deciders := powermap.Analyze(claims, today, shipped.Evidence).Claimed.Deciders
	require.Len(t, deciders, powermap.MaxPeople)
	told := 0
	for i, d := range deciders {
		require.Equal(t, i+1, d.Chain.Length)
		require.InEpsilon(t, math.Pow(0.999, float64(i+1)), d.Chain.Strength, 1e-9)
		require.NotEmpty(t, d.Chain.Text().Zh)
		told += len(d.Chain.Steps)
	}
	require.LessOrEqual(t, told, powermap.MaxSteps)
	require.Greater(t, told, powermap.MaxSteps/2)
}

// BenchmarkAnalyze answers all questions of a map that is as large as one may be, by both readings.
func BenchmarkAnalyze(b *testing.B) {
	claims := large(1)
	for b.Loop() {
		powermap.Analyze(claims, today, shipped.Evidence)
	}
	b.ReportMetric(float64(len(claims)), "claims")
}

// BenchmarkChanges compares two such maps.
func BenchmarkChanges(b *testing.B) {
	then, now := powermap.Analyze(large(1), today.AddDate(0, -3, 0), shipped.Evidence), powermap.Analyze(large(2), today, shipped.Evidence)
	for b.Loop() {
		powermap.Changes(then, now)
	}
}
