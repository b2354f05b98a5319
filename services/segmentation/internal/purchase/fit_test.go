package purchase

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// gamma draws from the gamma distribution with this shape and rate 1 (Marsaglia and Tsang, ACM Transactions on Mathematical Software 26(3), 2000).
func gamma(random *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(random, shape+1) * math.Pow(random.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		normal := random.NormFloat64()
		v := math.Pow(1+normal/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(random.Float64()) < normal*normal/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// customer lives the model's story for the time t.
func customer(random *rand.Rand, m Model, t float64) History {
	rate := gamma(random, m.R) / m.Alpha
	leave, stay := gamma(random, m.A), gamma(random, m.B)
	h := History{T: t}
	for at := random.ExpFloat64() / rate; at <= t; at += random.ExpFloat64() / rate {
		h.X, h.Tx = h.X+1, at
		if random.Float64() < leave/(leave+stay) {
			break
		}
	}
	return h
}

// The fit must find parameters close to those of the story, and likelier than they are, but no more so than chance allows: twice the difference of the
// log-likelihoods has a chi-squared distribution with 4 degrees of freedom, which exceeds 23.5 once in 10,000 times.
func TestFitRecoversTheParameters(t *testing.T) {
	t.Parallel()
	const customers = 30_000
	for name, truth := range map[string]Model{
		"as CDNOW":          {R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426},
		"frequent buyers":   {R: 3, Alpha: 9, A: 1.5, B: 9},
		"few drop out":      {R: 0.8, Alpha: 2, A: 0.2, B: 4},
		"time in days":      {R: 0.8, Alpha: 60, A: 0.8, B: 2.5},
		"time in seconds":   {R: 0.8, Alpha: 60 * 86400, A: 0.8, B: 2.5},
		"half of them gone": {R: 1, Alpha: 5, A: 2, B: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(2005, 24))
			p, unit := Population{}, truth.Alpha/truth.R
			for range customers {
				require.NoError(t, p.Add(customer(random, truth, unit*(1+4*random.Float64())), 1))
			}
			m, err := Fit(t.Context(), p)
			require.NoError(t, err)
			var gradient [dimensions]float64
			atTruth := newSample(p, 1).logLikelihood(truth, &gradient)
			require.InDelta(t, newSample(p, 1).logLikelihood(m, &gradient), m.LogLikelihood, 1e-6)
			require.GreaterOrEqual(t, m.LogLikelihood, atTruth)
			require.Less(t, 2*(m.LogLikelihood-atTruth), 23.5)
			require.InEpsilon(t, truth.R/truth.Alpha, m.R/m.Alpha, 0.05, "mean rate")
			require.InEpsilon(t, truth.R, m.R, 0.1)
			require.InEpsilon(t, truth.A/(truth.A+truth.B), m.A/(m.A+m.B), 0.1, "mean probability to drop out")
		})
	}
}

func TestFitIsDeterministicAndWeighs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	one, many := Population{}, Population{}
	for range 400 {
		h := customer(random, cdnow, 39)
		for range 3 {
			require.NoError(t, one.Add(h, 1))
		}
		require.NoError(t, many.Add(h, 3))
	}
	first, err := Fit(t.Context(), one)
	require.NoError(t, err)
	second, err := Fit(t.Context(), many)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

// Time has no unit of its own: measured in another, only alpha and the density change.
func TestFitDoesNotDependOnTheUnitOfTime(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	weeks, days, purchases := Population{}, Population{}, 0.0
	for range 2000 {
		h := customer(random, cdnow, 39)
		require.NoError(t, weeks.Add(h, 1))
		require.NoError(t, days.Add(History{X: h.X, Tx: 7 * h.Tx, T: 7 * h.T}, 1))
		purchases += float64(h.X)
	}
	byWeek, err := Fit(t.Context(), weeks)
	require.NoError(t, err)
	byDay, err := Fit(t.Context(), days)
	require.NoError(t, err)
	require.InEpsilon(t, byWeek.R, byDay.R, 1e-6)
	require.InEpsilon(t, 7*byWeek.Alpha, byDay.Alpha, 1e-6)
	require.InEpsilon(t, byWeek.A, byDay.A, 1e-6)
	require.InEpsilon(t, byWeek.B, byDay.B, 1e-6)
	require.InDelta(t, byWeek.LogLikelihood-purchases*math.Log(7), byDay.LogLikelihood, 1e-6)
}

// At the edge of the model there is no maximum inside; the fit ends at the edge with the right rates.
func TestFitAtTheEdge(t *testing.T) {
	t.Parallel()
	p := Population{}
	require.NoError(t, p.Add(History{X: 5, Tx: 10, T: 10}, 1000))
	m, err := Fit(t.Context(), p)
	require.NoError(t, err)
	require.InEpsilon(t, 0.5, m.R/m.Alpha, 1e-4, "all buy every other day")
	require.Less(t, m.A/(m.A+m.B), 1e-4, "and nobody drops out")
	require.InEpsilon(t, 5, m.ExpectedPurchases(History{X: 5, Tx: 10, T: 10}, 10), 1e-3)
}

func TestFitRefuses(t *testing.T) {
	t.Parallel()
	few, silent := Population{}, Population{}
	require.NoError(t, few.Add(History{X: 2, Tx: 3, T: 4}, MinCustomers-1))
	require.NoError(t, silent.Add(History{T: 4}, 1000))
	for rule, p := range map[string]Population{
		"histories TOO_FEW;":             few,
		"histories NO_REPEAT_PURCHASES;": silent,
		"histories.tx AFTER_END;":        {History{X: 1, Tx: 2, T: 1}: 100},
	} {
		_, err := Fit(t.Context(), p)
		require.Equal(t, rule, broken(err))
	}
	_, err := Fit(t.Context(), Population{})
	require.Equal(t, "histories TOO_FEW;", broken(err))
}

func TestFitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := Population{}
	require.NoError(t, p.Add(History{X: 5, Tx: 9, T: 10}, 1000))
	_, err := Fit(ctx, p)
	require.ErrorIs(t, err, context.Canceled)
}

// Whatever the histories, the fit ends with a model or says why not, and finds nothing less likely than where it started.
func TestFitOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, spread := Population{}, rapid.SampledFrom([]float64{5, 20}).Draw(t, "spread")
		for range rapid.IntRange(1, 6).Draw(t, "groups") {
			h := History{X: rapid.IntRange(0, 50).Draw(t, "x"), T: math.Exp(rapid.Float64Range(-spread, spread).Draw(t, "ln t"))}
			if h.X > 0 {
				h.Tx = h.T * math.Exp(rapid.Float64Range(-spread, 0).Draw(t, "ln tx/t"))
			}
			require.NoError(t, p.Add(h, rapid.Int64Range(1, 1_000_000).Draw(t, "customers")))
		}
		m, err := Fit(context.Background(), p)
		if err != nil {
			require.Contains(t, []string{"histories TOO_FEW;", "histories NO_REPEAT_PURCHASES;", "histories NOT_CONVERGED;"}, broken(err))
			return
		}
		require.NoError(t, m.Check())
		if spread > 5 {
			return // these starts may be beyond the edge
		}
		var gradient [dimensions]float64
		s := newSample(p, 1)
		for _, start := range starts {
			start.Alpha = start.R
			slack := 1e-6 * (1 + math.Abs(m.LogLikelihood))
			require.GreaterOrEqual(t, m.LogLikelihood+slack, s.logLikelihood(start, &gradient))
		}
	})
}
