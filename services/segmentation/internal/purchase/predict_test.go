package purchase

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Fader and Hardie's own example: E(Y(39) | x=2, tx=30.43, T=38.86) = 1.226 (Implementing the BG/NBD Model for Customer Base Analysis in Excel, 2005).
func TestPublishedExpectation(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 1.226, cdnow.ExpectedPurchases(History{X: 2, Tx: 30.43, T: 38.86}, 39), 5e-4)
}

const digits = 400 // bits of the numbers below

func number(v float64) *big.Float { return new(big.Float).SetPrec(digits).SetFloat64(v) }

func add(a, b *big.Float) *big.Float { return number(0).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return number(0).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return number(0).Mul(a, b) }
func quo(a, b *big.Float) *big.Float { return number(0).Quo(a, b) }

// power is base^exponent for an exponent in quarters.
func power(base *big.Float, exponent float64) *big.Float {
	root := number(0).Sqrt(number(0).Sqrt(base))
	result := number(1)
	for range int(exponent * 4) {
		result = mul(result, root)
	}
	return result
}

// equation10 is the conditional expectation as the paper has it, with the series of the hypergeometric function summed in 400 bits. r must be in quarters.
func equation10(m Model, h History, horizon float64) float64 {
	x, one := number(float64(h.X)), number(1)
	shape, stayed := add(number(m.R), x), add(number(m.B), x)
	lower := sub(add(number(m.A), stayed), one)
	end := add(number(m.Alpha), number(h.T))
	after := add(end, number(horizon))
	z := quo(number(horizon), after)
	sum, term := number(1), number(1)
	for k := 0.0; term.MantExp(nil) > sum.MantExp(nil)-digits; k++ {
		factor := quo(mul(add(shape, number(k)), add(stayed, number(k))), mul(add(lower, number(k)), number(k+1)))
		term = mul(term, mul(factor, z))
		sum = add(sum, term)
	}
	n := m.R + float64(h.X)
	bracket := sub(one, mul(power(quo(end, after), n), sum))
	expected := mul(quo(lower, sub(number(m.A), one)), bracket)
	if h.X > 0 {
		odds := mul(quo(number(m.A), sub(stayed, one)), power(quo(end, add(number(m.Alpha), number(h.Tx))), n))
		expected = quo(expected, add(one, odds))
	}
	result, _ := expected.Float64()
	return result
}

func TestExpectedPurchasesIsEquation10(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		model   Model
		history History
		horizon float64
	}{
		"as CDNOW":              {Model{R: 0.25, Alpha: 4.414, A: 0.793, B: 2.426}, History{X: 2, Tx: 30.43, T: 38.86}, 39},
		"never again":           {Model{R: 0.25, Alpha: 4.414, A: 0.793, B: 2.426}, History{T: 38.86}, 39},
		"one day":               {Model{R: 0.25, Alpha: 4.414, A: 0.793, B: 2.426}, History{X: 2, Tx: 30.43, T: 38.86}, 1.0 / 7},
		"hardly any time":       {Model{R: 0.25, Alpha: 4.414, A: 0.793, B: 2.426}, History{X: 2, Tx: 30.43, T: 38.86}, 1e-9},
		"a long horizon":        {Model{R: 0.25, Alpha: 4.414, A: 0.793, B: 2.426}, History{X: 2, Tx: 30.43, T: 38.86}, 2000},
		"a new customer":        {Model{R: 0.5, Alpha: 2, A: 0.5, B: 3}, History{}, 100},
		"a just above 1":        {Model{R: 0.5, Alpha: 7, A: 1 + 1e-12, B: 3}, History{X: 5, Tx: 20, T: 25}, 30},
		"a just below 1":        {Model{R: 0.5, Alpha: 7, A: 1 - 1e-12, B: 3}, History{X: 5, Tx: 20, T: 25}, 30},
		"a = 2":                 {Model{R: 1, Alpha: 7, A: 2, B: 3}, History{X: 5, Tx: 20, T: 25}, 30},
		"hardly any dropout":    {Model{R: 0.75, Alpha: 4, A: 1e-6, B: 2}, History{X: 5, Tx: 20, T: 25}, 30},
		"much dropout":          {Model{R: 0.75, Alpha: 4, A: 1000, B: 2}, History{X: 5, Tx: 24, T: 25}, 30},
		"all drop out alike":    {Model{R: 0.75, Alpha: 4, A: 3000, B: 9000}, History{X: 5, Tx: 24, T: 25}, 30},
		"all buy alike":         {Model{R: 500, Alpha: 1000, A: 0.8, B: 2.4}, History{X: 12, Tx: 24, T: 25}, 30},
		"200 purchases":         {Model{R: 0.25, Alpha: 4.414, A: 0.793, B: 2.426}, History{X: 200, Tx: 38, T: 40}, 39},
		"2000 of late":          {Model{R: 0.25, Alpha: 4.414, A: 0.793, B: 2.426}, History{X: 2000, Tx: 39.999, T: 40}, 39},
		"a + b + x - 1 below 0": {Model{R: 0.25, Alpha: 4, A: 0.25, B: 0.125}, History{T: 40}, 39},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := equation10(c.model, c.history, c.horizon)
			require.InEpsilon(t, want, c.model.ExpectedPurchases(c.history, c.horizon), 1e-11)
		})
	}
}

// At a = 1 equation 10 is 0/0. With b+x = 1 as well p is uniform, and for n = 1 the integral of tau/(1+p tau) is ln(1+tau).
func TestExpectedPurchasesAtAEqualOne(t *testing.T) {
	t.Parallel()
	for _, alpha := range []float64{minParameter, 1e-6, 2, 1e6, maxParameter} {
		for _, horizon := range []float64{1e-6, 30, MaxTime} {
			m := Model{R: 1, Alpha: alpha, A: 1, B: 1}
			require.InEpsilon(t, math.Log1p(horizon/alpha), m.ExpectedPurchases(History{}, horizon), 1e-13, "%g in %g", horizon, alpha)
		}
	}
}

func TestAliveWithoutRepeatPurchase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := History{T: rapid.Float64Range(0, MaxTime).Draw(t, "t")}
		require.Equal(t, 1.0, anyModel(t, 40).ProbabilityAlive(h)) //nolint:testifylint // exactly 1
	})
}

func TestPredictionsAreOfOnePiece(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, h := anyModel(t, rapid.SampledFrom([]float64{2, 8, 40}).Draw(t, "spread")), anyHistory(t)
		longer := h
		longer.T += rapid.Float64Range(0, 1000).Draw(t, "silence")
		now, later := m.ProbabilityAlive(h), m.ProbabilityAlive(longer)
		require.GreaterOrEqual(t, later, 0.0)
		require.LessOrEqual(t, now, 1.0)
		require.LessOrEqual(t, later, now*(1+1e-12), "silence makes nobody livelier")

		horizon := rapid.Float64Range(0, 1000).Draw(t, "horizon")
		further := horizon + rapid.Float64Range(0, 1e6).Draw(t, "further")
		soon, much := m.ExpectedPurchases(h, horizon), m.ExpectedPurchases(h, further)
		require.GreaterOrEqual(t, soon, 0.0)
		require.GreaterOrEqual(t, much, soon*(1-1e-10))
		most := now * (m.R + float64(h.X)) / (m.Alpha + h.T) * further // if nobody dropped out
		require.LessOrEqual(t, much, most*(1+1e-10))
		require.False(t, math.IsNaN(much) || math.IsInf(much, 0))
	})
}
