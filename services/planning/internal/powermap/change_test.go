package powermap_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
)

// What has changed between two maps on two days is what the oracle says of one and not of the other.
func TestChangesMatchBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		then, now := &oracle{drawn(t), shipped, today.AddDate(0, 0, -200), true}, &oracle{drawn(t), shipped, today, true}
		if rapid.Bool().Draw(t, "the same map") {
			now.claims = then.claims
		}
		want := map[string]int{}
		gone := func(came, went powermap.ChangeKind, is func(*oracle, powermap.Node) bool) {
			for _, n := range then.nodes() {
				if is(then, n) && !is(now, n) {
					want[fmt.Sprint(went, n)]++
				}
			}
			for _, n := range now.nodes() {
				if is(now, n) && !is(then, n) {
					want[fmt.Sprint(came, n)]++
				}
			}
		}
		sponsors := func(o *oracle, n powermap.Node) bool { return o.supports(n) && o.attitude(n) != powermap.Supporter }
		gone(powermap.SponsorWon, powermap.SponsorLost, sponsors)
		gone(powermap.SupporterWon, powermap.SupporterLost, (*oracle).supports)
		gone(powermap.HostileTurned, powermap.HostileGone, func(o *oracle, n powermap.Node) bool { return o.attitude(n) == powermap.Hostile })
		gone(powermap.DeciderFound, powermap.DeciderGone, (*oracle).decides)
		gone(powermap.StarFound, powermap.StarGone, func(o *oracle, n powermap.Node) bool { return o.claimed(n, powermap.RisingStar, 0) })
		gone(powermap.DeciderCovered, powermap.DeciderUncovered, func(o *oracle, n powermap.Node) bool { return then.decides(n) && now.decides(n) && o.covered(n) })
		for i := range now.claims {
			for j := range then.claims {
				c, was := &now.claims[i], &then.claims[j]
				if c.Key == was.Key && now.stale(c) && then.counts(was) {
					want[fmt.Sprint(powermap.ClaimStale, c.Who)]++
				}
			}
		}
		got := map[string]int{}
		last := powermap.ChangeKind(0)
		for _, c := range powermap.Changes(powermap.Analyze(then.claims, then.on, shipped.Evidence), powermap.Analyze(now.claims, now.on, shipped.Evidence)) {
			got[fmt.Sprint(c.Kind, c.Node)]++
			require.GreaterOrEqual(t, c.Kind, last)
			require.NotEmpty(t, c.Claims)
			require.NotEmpty(t, c.Text().Zh)
			last = c.Kind
		}
		require.Equal(t, want, got)
	})
}
