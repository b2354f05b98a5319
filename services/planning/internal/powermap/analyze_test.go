package powermap_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
)

func nodesOf(list []powermap.Standing) []powermap.Node {
	out := []powermap.Node{}
	for _, s := range list {
		out = append(out, s.Node)
	}
	return out
}

func (o *oracle) all(which func(powermap.Node) bool) []powermap.Node {
	out := []powermap.Node{}
	for _, n := range o.nodes() {
		if which(n) {
			out = append(out, n)
		}
	}
	return out
}

// Both readings of small maps, by four settings, answer as the oracle does, which tries everything.
func TestAnswersMatchBruteForce(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for range 10 { // of a hundred maps each
		rapid.Check(t, func(t *rapid.T) {
			claims := drawn(t)
			by := rapid.SampledFrom(ruleSets).Draw(t, "rules")
			a := powermap.Analyze(claims, today, by.Evidence)
			matches(t, &oracle{claims, by, today, true}, &a.Confirmed, seen)
			matches(t, &oracle{claims, by, today, false}, &a.Claimed, seen)
			weighed(t, &oracle{claims: claims, rules: by, on: today}, a)
		})
	}
	for _, what := range []string{"sponsor", "covered", "uncovered", "hidden", "chain", "long chain", "no chain", "cluster", "large cluster", "star"} {
		require.Positive(t, seen[what], "no map had a %s: the test has proven less than it should", what)
	}
}

func matches(t *rapid.T, o *oracle, r *powermap.Reading, seen map[string]int) {
	count := func(what string, is bool) {
		if is {
			seen[what]++
		}
	}
	sponsors := o.all(func(n powermap.Node) bool {
		a := o.attitude(n)
		return a == powermap.PowerSponsor || a == powermap.Sponsor
	})
	count("sponsor", len(sponsors) > 0)
	require.ElementsMatch(t, sponsors, nodesOf(r.Sponsors))
	require.ElementsMatch(t, o.all(o.supports), nodesOf(r.Supporters))
	require.ElementsMatch(t, o.all(func(n powermap.Node) bool { return o.attitude(n) == powermap.Hostile }), nodesOf(r.Hostile))
	require.Equal(t, len(r.Supporters) < int(o.rules.SingleThreadBelow), r.SingleThreaded)

	var deciding []powermap.Node
	for i := range r.Deciders {
		d := &r.Deciders[i]
		deciding = append(deciding, d.Node)
		require.Equal(t, o.covered(d.Node), d.Covered, "%v", d.Node)
		require.Equal(t, !o.claimed(d.Node, powermap.Role, powermap.DecisionMaker), d.Hidden)
		count("covered", d.Covered)
		count("uncovered", !d.Covered)
		count("hidden", d.Hidden)
		chained(t, o, d, count)
	}
	require.ElementsMatch(t, o.all(o.decides), deciding)

	var stars []powermap.Node
	for i := range r.Stars {
		stars = append(stars, r.Stars[i].Node)
		known := slices.ContainsFunc(o.nodes(), func(n powermap.Node) bool { _, knows := o.link(n, r.Stars[i].Node); return knows && n.Subject != "" })
		require.Equal(t, known, r.Stars[i].Known)
	}
	count("star", len(stars) > 0)
	require.ElementsMatch(t, o.all(func(n powermap.Node) bool { return o.claimed(n, powermap.RisingStar, 0) }), stars)

	want, got := o.clusters(), [][]powermap.Node{}
	for i := range r.Clusters {
		got = append(got, nodesOf(r.Clusters[i].People))
		count("large cluster", len(r.Clusters[i].People) > 2)
	}
	count("cluster", len(want) > 0)
	require.Len(t, got, len(want))
	for _, group := range want {
		require.True(t, slices.ContainsFunc(got, func(g []powermap.Node) bool { return sameNodes(g, group) }), "%v is not among %v", group, got)
	}
}

func sameNodes(a, b []powermap.Node) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(n powermap.Node) bool { return !slices.Contains(b, n) })
}

// chained holds a chain to the best there is, and to being one at all.
func chained(t *rapid.T, o *oracle, d *powermap.Decider, count func(string, bool)) {
	best, found := o.best(d.Node)
	require.Equal(t, found, d.Chain != nil)
	count("no chain", !found)
	if !found {
		return
	}
	steps := d.Chain.Steps
	count("chain", len(steps) > 0)
	count("long chain", len(steps) > 2)
	so, product := path{}, 1.0
	for i, s := range steps {
		worth, knows := o.link(s.From, s.To)
		require.True(t, knows)
		so, product = path{so.cost + units(worth), so.steps + 1}, product*worth
		if i > 0 {
			require.Equal(t, steps[i-1].To, s.From)
		}
	}
	require.Equal(t, best, so)
	require.Equal(t, len(steps), d.Chain.Length)
	require.InEpsilon(t, product, d.Chain.Strength, 1e-9)
	if len(steps) == 0 {
		require.True(t, o.supports(d.Node))
		return
	}
	require.Equal(t, steps[0].From.Ours(), d.Chain.Ours)
	require.True(t, d.Chain.Ours || o.supports(steps[0].From))
	require.Equal(t, d.Node, steps[len(steps)-1].To)
}

// weighed holds strength, staleness and confirmation of every claim to the oracle's.
func weighed(t *rapid.T, o *oracle, a *powermap.Analysis) {
	for i := range o.claims {
		c, w := &o.claims[i], &a.Claims[i]
		require.InDelta(t, o.strength(c), w.Strength, 1e-12)
		require.Equal(t, o.stale(c), w.Stale)
		require.Equal(t, !o.stale(c) && o.isConfirmed(c), w.Confirmed)
	}
}

// The answer does not depend on the order in which a map is read.
func TestAnswersAreReproducible(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		claims := drawn(t)
		shuffled := rapid.Permutation(claims).Draw(t, "order")
		one, other := powermap.Analyze(claims, today, shipped.Evidence), powermap.Analyze(shuffled, today, shipped.Evidence)
		require.Equal(t, chainsOf(one), chainsOf(other))
		require.Equal(t, nodesOf(one.Claimed.Supporters), nodesOf(other.Claimed.Supporters))
		require.Len(t, other.Claimed.Clusters, len(one.Claimed.Clusters))
		for i := range one.Claimed.Clusters {
			require.Equal(t, nodesOf(one.Claimed.Clusters[i].People), nodesOf(other.Claimed.Clusters[i].People))
		}
	})
}

func chainsOf(a *powermap.Analysis) [][]powermap.Node {
	var out [][]powermap.Node
	for _, d := range a.Claimed.Deciders {
		way := []powermap.Node{d.Node}
		if d.Chain != nil {
			for _, s := range d.Chain.Steps {
				way = append(way, s.From, s.To)
			}
		}
		out = append(out, way)
	}
	return out
}

// The next day of staleness is the first on which the reading of staleness differs from the day before.
func TestNextStaleIsTheFirstDayThatDiffers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		claims := drawn(t)
		by := rapid.SampledFrom(ruleSets[:3]).Draw(t, "rules")
		var fresh []powermap.Evidence
		for _, c := range claims {
			for _, e := range c.Evidence {
				if powermap.Fresh(e.Day, today, by.Evidence) {
					fresh = append(fresh, e)
				}
			}
		}
		next, ok := powermap.NextStale(claims, today, by.Evidence)
		require.Equal(t, len(fresh) > 0, ok)
		if !ok {
			return
		}
		stale := func(n int) bool {
			return slices.ContainsFunc(fresh, func(e powermap.Evidence) bool { return !powermap.Fresh(e.Day, next.AddDate(0, 0, n), by.Evidence) })
		}
		require.True(t, stale(0))
		require.False(t, stale(-1))
	})
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	for _, r := range ruleSets[:3] {
		require.Equal(t, r.last, powermap.Lifetime(r.Evidence))
	}
	never := ruleSets[3].Evidence
	require.True(t, powermap.Fresh(today.AddDate(-100, 0, 0), today, never))
	_, ok := powermap.NextStale([]powermap.Claim{{Evidence: []powermap.Evidence{{Day: today}}}}, today, never)
	require.False(t, ok)
	onlyToday := shipped.Evidence
	onlyToday.StaleBelow = 1
	require.Zero(t, powermap.Lifetime(onlyToday))
	require.InDelta(t, math.Sqrt2/2, powermap.Strength(today.AddDate(0, 0, -90), today, shipped.Evidence), 1e-15)
}

// Of two chains that are worth the same and as long, the one is told whose last introducer comes first by name, though the other is found first.
func TestEqualChainsAreDecidedByName(t *testing.T) {
	t.Parallel()
	one, two, chief, ours := person(1), person(2), person(3), our(1)
	evidence := []powermap.Evidence{{Observer: "x", Day: today}}
	knows := func(a, b powermap.Node, weight float64) powermap.Claim {
		g := powermap.Given{Kind: powermap.Acquaintance, Who: &a, Other: &b, Weight: weight, Evidence: evidence}
		return g.Claim()
	}
	decides := powermap.Given{Kind: powermap.HiddenDecider, Who: &chief, Evidence: evidence}
	claims := []powermap.Claim{knows(ours, one, 0.5), knows(ours, two, 1), knows(one, chief, 1), knows(two, chief, 0.5), decides.Claim()}
	steps := powermap.Analyze(claims, today, shipped.Evidence).Claimed.Deciders[0].Chain.Steps
	require.Equal(t, []powermap.Node{ours, one}, []powermap.Node{steps[0].From, steps[0].To})
}
