package budget_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
)

func cents(n int64) decimal.Decimal { return decimal.New(n, -2) }

// Whatever is booked, what is committed and spent never exceeds what may be, a refused entry changes nothing, and a closed budget takes on nothing new.
func TestBalanceHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := &budget.Budget{Amount: cents(rapid.Int64Range(0, 1000).Draw(t, "amount"))}
		sum := budget.Entry{Amount: b.Amount}
		for range rapid.IntRange(1, 30).Draw(t, "entries") {
			b.Closed = rapid.IntRange(0, 4).Draw(t, "closed") == 0
			e := draw(t, b)
			before := *b
			after, err := b.Apply(&e)
			require.Equal(t, before, *b)
			if err != nil {
				require.Contains(t, []string{"BUDGET_SHORT", "BUDGET_CLOSED"}, fault.From(err).Reason())
				continue
			}
			if b.Closed {
				require.False(t, after.Committed.Add(after.Actual).GreaterThan(b.Committed.Add(b.Actual)), "a closed budget takes on nothing new")
			}
			b = after
			sum.Amount, sum.Overrun = sum.Amount.Add(e.Amount), sum.Overrun.Add(e.Overrun)
			sum.Committed, sum.Actual = sum.Committed.Add(e.Committed), sum.Actual.Add(e.Actual)
			require.False(t, b.Committed.Add(b.Actual).GreaterThan(b.Amount.Add(b.Overrun)))
			require.True(t, b.Amount.Equal(sum.Amount) && b.Overrun.Equal(sum.Overrun) && b.Committed.Equal(sum.Committed) && b.Actual.Equal(sum.Actual))
			require.Equal(t, b.Actual.GreaterThan(b.Amount), b.Exceeded())
		}
	})
}

func draw(t *rapid.T, b *budget.Budget) budget.Entry {
	e := budget.Entry{Kind: budget.Kind(rapid.IntRange(1, 5).Draw(t, "kind"))}
	some := cents(rapid.Int64Range(0, 500).Draw(t, "some"))
	part := decimal.Min(b.Committed, some)
	switch e.Kind {
	case budget.Amount:
		e.Amount = some.Sub(b.Amount)
	case budget.Overrun:
		e.Overrun = some
	case budget.Commit:
		e.Committed = some
	case budget.Release:
		e.Committed = part.Neg()
	case budget.Actual:
		e.Committed, e.Actual = part.Neg(), cents(rapid.Int64Range(0, 500).Draw(t, "actual"))
	}
	return e
}

func TestPays(t *testing.T) {
	t.Parallel()
	customer, other := uuid.New(), uuid.New()
	valid := func(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }
	for name, c := range map[string]struct {
		budget budget.Budget
		pays   bool
	}{
		"all":                 {budget.Budget{}, true},
		"the region":          {budget.Budget{Territory: "cn/south"}, true},
		"the country":         {budget.Budget{Territory: "cn"}, true},
		"the office":          {budget.Budget{Territory: "cn/south/shenzhen"}, false},
		"half a name":         {budget.Budget{Territory: "cn/sou"}, false},
		"the customer":        {budget.Budget{Customer: valid(customer)}, true},
		"another customer":    {budget.Budget{Customer: valid(other)}, false},
		"the activity":        {budget.Budget{Activity: valid(other)}, true},
		"another activity":    {budget.Budget{Activity: valid(customer)}, false},
		"customer, elsewhere": {budget.Budget{Customer: valid(customer), Territory: "cn/north"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.pays, c.budget.Pays(customer, "cn/south", other))
		})
	}
}

func TestAmountsThatCanBeKept(t *testing.T) {
	t.Parallel()
	for text, rules := range map[string][]string{
		"0": nil, "0.0001": nil, "1000000000000": nil, "0.00001": {"DECIMALS"}, "1000000000000.0001": {"RANGE"}, "-0.0001": {"RANGE"}, "-0.00001": {"DECIMALS", "RANGE"},
	} {
		var got []string
		for _, v := range budget.CheckAmount("x", decimal.RequireFromString(text), false) {
			got = append(got, v.Rule)
			require.NotEmpty(t, v.Text.Zh)
		}
		require.Equal(t, rules, got, text)
	}
	require.Len(t, budget.CheckAmount("x", decimal.Zero, true), 1)
}
