package powermap_test

import (
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
)

// drawn is a small map. Ages lie about the borders of all rules.
func drawn(t *rapid.T) []powermap.Claim {
	ages := []int{-1, 0, 0, 0, 0, 0, 1, 2, 10, 30, 31, 33, 34, 90, 180, 359, 360, 361, 900}
	// Of edges there are more than of the others, so that there are ways.
	kinds := []powermap.Kind{
		powermap.Role, powermap.Role, powermap.Attitude, powermap.Attitude, powermap.Influence, powermap.Influence, powermap.Acquaintance, powermap.Acquaintance,
		powermap.Acquaintance, powermap.Acquaintance, powermap.HiddenDecider, powermap.RisingStar,
	}
	people, ours := rapid.IntRange(1, 7).Draw(t, "people"), rapid.IntRange(0, 2).Draw(t, "ours")
	anybody := func(label string) powermap.Node {
		if n := rapid.IntRange(0, people+ours-1).Draw(t, label); n >= people {
			return our(n - people)
		}
		return person(rapid.IntRange(0, people-1).Draw(t, label))
	}
	known := map[powermap.Key]bool{}
	var claims []powermap.Claim
	for range rapid.IntRange(0, 40).Draw(t, "claims") {
		g := powermap.Given{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		who := person(rapid.IntRange(0, people-1).Draw(t, "who"))
		g.Who = &who
		switch g.Kind {
		case powermap.Role:
			g.Role = int16(rapid.IntRange(1, 3).Draw(t, "role"))
		case powermap.Attitude:
			g.Attitude = rapid.SampledFrom([]int16{1, 2, 3, 4, 5, 5, 5}).Draw(t, "attitude")
		case powermap.Acquaintance:
			other := anybody("other")
			g.Other = &other
		case powermap.Influence:
			other := person(rapid.IntRange(0, people-1).Draw(t, "influenced"))
			g.Other = &other
		default:
		}
		if g.Other != nil {
			g.OtherGiven, g.Weight = true, rapid.SampledFrom([]float64{0.25, 0.5, 0.5, 0.75, 1}).Draw(t, "weight")
		}
		for range rapid.IntRange(1, 3).Draw(t, "evidence") {
			g.Evidence = append(g.Evidence, powermap.Evidence{
				Observer: rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "observer"), Source: "s", Day: today.AddDate(0, 0, -rapid.SampledFrom(ages).Draw(t, "age")),
			})
		}
		if g.Other != nil && same(*g.Other, who) {
			continue
		}
		c := g.Claim()
		if !known[c.Key] {
			known[c.Key] = true
			claims = append(claims, c)
		}
	}
	return claims
}
