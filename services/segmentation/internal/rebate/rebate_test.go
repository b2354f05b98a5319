package rebate

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func target(amount string) *Agreement {
	return &Agreement{
		Kind: Target, Currency: "CNY", Target: decimal.NewNullDecimal(dec(amount)),
		Tiers: []Tier{{dec("100"), dec("2")}, {dec("120"), dec("3")}},
	}
}

func TestTotalAtTheEdges(t *testing.T) {
	t.Parallel()
	prepaid := &Agreement{Kind: Prepayment, Currency: "CNY", Tiers: []Tier{{dec("100000"), dec("0.5")}, {dec("500000"), dec("1.25")}}}
	yen := target("1000000")
	yen.Currency = "JPY"
	third := target("3")
	for _, c := range []struct {
		agreement   *Agreement
		base, total string
	}{
		{target("1000000"), "999999.999999999", "0"},
		{target("1000000"), "1000000", "20000"},
		{target("1000000"), "1199999.99", "24000"},
		{target("1000000"), "1199999.74", "23999.99"},
		{target("1000000"), "1200000", "36000"},
		{target("1000000"), "1000000.25", "20000.01"}, // 20000.005: half away from zero
		{target("1000000"), "0", "0"},
		{target("1000000"), "-5000000", "0"},
		{third, "2.999999999", "0"},
		{third, "3", "0.06"},
		{yen, "1000024", "20000"},
		{yen, "1000025", "20001"},
		{prepaid, "99999.99", "0"},
		{prepaid, "100000", "500"},
		{prepaid, "499999.99", "2500"},
		{prepaid, "500000", "6250"},
	} {
		require.Equal(t, c.total, c.agreement.Total(dec(c.base)).String(), "%s of %v", c.base, c.agreement.Target)
	}
}

// More never gives less, whatever was agreed, as long as the rates rise; and a correction brings what was posted exactly to the total.
func TestTotalRises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := target(decimal.New(rapid.Int64Range(1, 1e12).Draw(t, "target"), -2).String())
		cents := rapid.Int64Range(-1e12, 1e12)
		low, high := decimal.New(cents.Draw(t, "a"), -2), decimal.New(cents.Draw(t, "b"), -2)
		if low.GreaterThan(high) {
			low, high = high, low
		}
		require.True(t, a.Total(low).LessThanOrEqual(a.Total(high)))
		first := a.settle(low, decimal.Zero, 0)
		second := a.settle(high, first.Total, 0)
		require.True(t, first.Amount.Add(second.Amount).Equal(a.Total(high)))
		require.True(t, a.settle(high, second.Total, 0).Amount.IsZero())
	})
}

func TestExplain(t *testing.T) {
	t.Parallel()
	a := target("1000000")
	require.Equal(t, "sales of 1200000.00 CNY are 120 % of the target of 1000000.00 CNY; the tier from 120 % gives 3 % of all: 36000.00 CNY",
		a.settle(dec("1200000"), decimal.Zero, 0).Explain().En)
	require.Equal(t, "销售额 999999.999 CNY，完成目标 1000000.00 CNY 的 99.999999%，未达到任何档位，应得 0.00 CNY", a.settle(dec("999999.999"), decimal.Zero, 0).Explain().Zh)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for rule, a := range map[string]*Agreement{
		"target REQUIRED":               {Kind: Target, Currency: "CNY"},
		"target POSITIVE":               {Kind: Target, Currency: "CNY", Target: decimal.NewNullDecimal(decimal.Zero)},
		"target.currency_code CURRENCY": {Kind: Target, Currency: "USD", Target: decimal.NewNullDecimal(dec("1"))},
		"prepaid_days NOT_ALLOWED":      {Kind: Target, Currency: "CNY", Target: decimal.NewNullDecimal(dec("1")), PrepaidDays: 1},
		"target NOT_ALLOWED":            {Kind: Prepayment, Currency: "CNY", Target: decimal.NewNullDecimal(dec("1"))},
		"tiers[1].threshold ORDER":      {Kind: Prepayment, Currency: "CNY", Tiers: []Tier{{dec("1"), dec("1")}, {dec("1"), dec("2")}}},
		"tiers[0].rate_percent RANGE":   {Kind: Prepayment, Currency: "CNY", Tiers: []Tier{{dec("1"), dec("100.1")}}},
	} {
		wrong := a.Check("CNY")
		require.Len(t, wrong, 1, rule)
		require.Equal(t, rule, wrong[0].Field+" "+wrong[0].Rule)
	}
}
