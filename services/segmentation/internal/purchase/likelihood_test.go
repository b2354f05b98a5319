package purchase

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// cdnow are the parameters that the paper publishes for its data (table 2), in weeks.
var cdnow = Model{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}

// alone is the log-likelihood of one history.
func alone(m Model, h History) (value float64, gradient [dimensions]float64) {
	value = newSample(Population{h: 1}, 1).logLikelihood(m, &gradient)
	return value, gradient
}

// integral is that of exp(f(v)) over all v that matter here.
func integral(f func(v float64) float64) (sum float64) {
	const step = 1.0 / 64
	for v := -700.0; v <= 700; v += step {
		sum += math.Exp(f(v)) * step
	}
	return sum
}

// story is the likelihood as the model tells it, before anything is solved: the density of the purchases of one customer with rate lambda and dropout
// probability p (equation 3 of the paper), integrated numerically over the gamma and the beta distribution.
func story(m Model, h History) float64 {
	x := float64(h.X)
	rate := func(until float64) float64 { // mean of lambda^x e^(-lambda until), with lambda = e^v
		density := func(v float64) float64 { return m.R*v - m.Alpha*math.Exp(v) }
		return integral(func(v float64) float64 { return density(v) + x*v - until*math.Exp(v) }) / integral(density)
	}
	dropout := func(gone, stayed float64) float64 { // mean of p^gone (1-p)^stayed, with p = 1/(1+e^-v)
		density := func(v float64) float64 { return -m.A*math.Log1p(math.Exp(-v)) - m.B*math.Log1p(math.Exp(v)) }
		return integral(func(v float64) float64 {
			return density(v) - gone*math.Log1p(math.Exp(-v)) - stayed*math.Log1p(math.Exp(v))
		}) / integral(density)
	}
	likelihood := dropout(0, x) * rate(h.T)
	if h.X > 0 {
		likelihood += dropout(1, x-1) * rate(h.Tx)
	}
	return math.Log(likelihood)
}

func TestLikelihoodIsThatOfTheStory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		model   Model
		history History
	}{
		"never again":           {cdnow, History{T: 38.86}},
		"not observed yet":      {cdnow, History{}},
		"one, long ago":         {cdnow, History{X: 1, Tx: 1.71, T: 38.86}},
		"two, of late":          {cdnow, History{X: 2, Tx: 30.43, T: 38.86}},
		"at the very end":       {cdnow, History{X: 7, Tx: 29.43, T: 29.43}},
		"many":                  {cdnow, History{X: 60, Tx: 38, T: 40}},
		"all alike":             {Model{R: 40, Alpha: 80, A: 20, B: 60}, History{X: 9, Tx: 12, T: 40}},
		"few drop out":          {Model{R: 1, Alpha: 1, A: 0.05, B: 2}, History{X: 3, Tx: 4, T: 5}},
		"nearly all drop out":   {Model{R: 1, Alpha: 1, A: 2, B: 0.05}, History{X: 1, Tx: 4, T: 5}},
		"a uniform probability": {Model{R: 2, Alpha: 3, A: 1, B: 1}, History{X: 4, Tx: 4, T: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := alone(c.model, c.history)
			require.InDelta(t, story(c.model, c.history), got, 1e-10)
		})
	}
}

// With whole parameters all gamma functions are factorials. r = alpha = a = b = 1, x = 1, tx = 1, T = 3:
// alive B(1,2)/B(1,1) * 1/4^2 = 1/32, dropped out B(2,1)/B(1,1) * 1/2^2 = 1/8, together 5/32.
func TestLikelihoodByHand(t *testing.T) {
	t.Parallel()
	unit := Model{R: 1, Alpha: 1, A: 1, B: 1}
	got, _ := alone(unit, History{X: 1, Tx: 1, T: 3})
	require.InDelta(t, math.Log(5.0/32), got, 1e-15)
	got, _ = alone(unit, History{T: 3})
	require.InDelta(t, math.Log(1.0/4), got, 1e-15)
	require.InDelta(t, 1.0/5, unit.ProbabilityAlive(History{X: 1, Tx: 1, T: 3}), 1e-15)
}

func anyModel(t *rapid.T, spread float64) Model {
	parameter := func(name string) float64 { return math.Exp(rapid.Float64Range(-spread, spread).Draw(t, name)) }
	return Model{R: parameter("r"), Alpha: parameter("alpha"), A: parameter("a"), B: parameter("b")}
}

func anyHistory(t *rapid.T) History {
	h := History{X: rapid.IntRange(0, 300).Draw(t, "x"), T: rapid.Float64Range(0.1, 200).Draw(t, "t")}
	if h.X > 0 {
		h.Tx = h.T * rapid.Float64Range(0.001, 1).Draw(t, "tx/t")
	}
	return h
}

func TestGradient(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, h := anyModel(t, 4), anyHistory(t)
		value, gradient := alone(m, h)
		const step = 1e-4
		for i := range dimensions {
			at := [dimensions]float64{math.Log(m.R), math.Log(m.Alpha), math.Log(m.A), math.Log(m.B)}
			moved := func(by float64) float64 {
				there := at
				there[i] += by
				value, _ := alone(modelAt(there[:]), h)
				return value
			}
			slope := (8*(moved(step)-moved(-step)) - (moved(2*step) - moved(-2*step))) / (12 * step)
			require.InDelta(t, slope, gradient[i], 1e-7*(1+math.Abs(value)), "parameter %d", i)
		}
	})
}

func TestLikelihoodIsFinite(t *testing.T) {
	t.Parallel()
	for _, h := range []History{
		{X: 200, Tx: 38, T: 40},
		{X: MaxPurchases, Tx: 38, T: 40},
		{X: MaxPurchases, Tx: math.SmallestNonzeroFloat64, T: MaxTime},
		{X: 1, Tx: MaxTime, T: MaxTime},
		{T: MaxTime},
	} {
		for _, m := range []Model{cdnow, {R: 1e-8, Alpha: 1e-8, A: 1e-8, B: 1e-8}, {R: 1e8, Alpha: 1e8, A: 1e8, B: 1e8}, {R: 1e8, Alpha: 1e-8, A: 1e8, B: 1e-8}} {
			value, gradient := alone(m, h)
			for _, number := range append(gradient[:], value, m.ProbabilityAlive(h), m.ExpectedPurchases(h, 52)) {
				require.False(t, math.IsNaN(number) || math.IsInf(number, 0), "%+v %+v: %v %v", m, h, value, gradient)
			}
		}
	}
}
