package supply

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Shares are taken when each is from 0 to 100 and all that are known are 100 at most together, and only then.
func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	share := rapid.Custom(func(t *rapid.T) decimal.Decimal {
		return decimal.New(rapid.Int64Range(-500, 10_500).Draw(t, "hundredths"), -2)
	})
	rapid.Check(t, func(t *rapid.T) {
		p := Position{ProductLine: " pumps ", OurShare: share.Draw(t, "ours"), AsOf: today}
		fits, sum := !outside(p.OurShare), p.OurShare
		for i := range rapid.IntRange(0, 4).Draw(t, "rivals") {
			c := Competitor{Name: string(rune('a' + i))}
			if rapid.Bool().Draw(t, "known") {
				known := share.Draw(t, "theirs")
				c.Share, fits, sum = &known, fits && !outside(known), sum.Add(known)
			}
			p.Competitors = append(p.Competitors, c)
		}
		require.Equal(t, fits && !sum.GreaterThan(hundred), len(p.Check(today)) == 0)
		require.Equal(t, "pumps", p.ProductLine)
	})
}
