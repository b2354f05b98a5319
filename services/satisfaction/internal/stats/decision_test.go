package stats_test

import (
	"math"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// By hand: t = -2.2 / sqrt((3.8 + 7.9) / 15), with (3.8 + 7.9)^2 / ((3.8^2 + 7.9^2) / 14) degrees of freedom.
func TestWelch(t *testing.T) {
	t.Parallel()
	before, after := stats.Moments{N: 15, Mean: 23.0, Variance: 3.8}, stats.Moments{N: 15, Mean: 20.8, Variance: 7.9}
	got, err := stats.Welch(before, after, 0.95)
	require.NoError(t, err)
	require.InDelta(t, -2.2, got.Change, 1e-12)
	require.InDelta(t, -2.491, got.Statistic, 1e-3)
	require.InDelta(t, 24.9, got.Freedom, 0.1)
	require.InDelta(t, 0.0198, got.PValue, 5e-4)
	require.True(t, got.Beyond(0.95))
	require.False(t, got.Beyond(0.99))
	require.Less(t, got.High, 0.0)
	_, err = stats.Welch(before, stats.Moments{N: 1}, 0.95)
	requireRule(t, "TOO_FEW", err)
	_, err = stats.Welch(stats.Moments{N: 2}, stats.Moments{N: 2, Mean: 1}, 0.95)
	requireRule(t, "NO_VARIANCE", err)
}

// Newcombe (1998): 56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339.
func TestTwoProportions(t *testing.T) {
	t.Parallel()
	got, err := stats.TwoProportions(stats.Proportion{Count: 48, Of: 80}, stats.Proportion{Count: 56, Of: 70}, 0.95)
	require.NoError(t, err)
	require.InDelta(t, 0.2, got.Change, 1e-12)
	requireInterval(t, 0.0524, 0.3339, got.Interval, 5e-5)
	require.InDelta(t, 2.65, got.Statistic, 0.01)
	require.InDelta(t, 0.0080, got.PValue, 3e-4)
	_, err = stats.TwoProportions(stats.Proportion{Of: 80}, stats.Proportion{Of: 70}, 0.95)
	requireRule(t, "NO_VARIANCE", err)
	_, err = stats.TwoProportions(stats.Proportion{}, stats.Proportion{Of: 70}, 0.95)
	requireRule(t, "EMPTY", err)
}

// To swap the waves turns the change round and leaves its p as it is.
func TestDifferencesAreSymmetric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) stats.Proportion {
			of := rapid.Int64Range(2, 1000).Draw(t, name)
			return stats.Proportion{Count: rapid.Int64Range(0, of).Draw(t, name+" counted"), Of: of}
		}
		a, b := draw("a"), draw("b")
		one, err := stats.TwoProportions(a, b, 0.9)
		other, errOther := stats.TwoProportions(b, a, 0.9)
		require.Equal(t, err != nil, errOther != nil)
		if err == nil {
			require.InDelta(t, one.PValue, other.PValue, 1e-12)
			require.InDelta(t, one.Low, -other.High, 1e-12)
			require.True(t, one.PValue >= 0 && one.PValue <= 1)
		}
	})
}

func TestQuadrants(t *testing.T) {
	t.Parallel()
	point := func(importance, performance string) stats.Point {
		return stats.Point{Importance: d(importance), Performance: d(performance)}
	}
	items := []stats.Point{point("5", "2"), point("5", "4"), point("1", "2"), point("1", "4")}
	got, lines, err := stats.Quadrants(items, stats.AtMean)
	require.NoError(t, err)
	require.Equal(t, []stats.Quadrant{stats.Urgent, stats.Keep, stats.LowPriority, stats.NiceToHave}, got)
	require.Equal(t, "3 3", lines.Importance.String()+" "+lines.Performance.String())

	skewed := append(slices.Clone(items), point("1", "30"))
	got, lines, err = stats.Quadrants(skewed, stats.AtMedian)
	require.NoError(t, err)
	require.Equal(t, "1 4", lines.Importance.String()+" "+lines.Performance.String())
	require.Equal(t, stats.Keep, got[3], "on both lines")

	// Three times a third is on the line, though no decimal is.
	alike := []stats.Point{point("0.1", "3.3"), point("0.1", "3.3"), point("0.1", "3.3")}
	got, _, err = stats.Quadrants(alike, stats.AtMean)
	require.NoError(t, err)
	require.Equal(t, []stats.Quadrant{stats.Keep, stats.Keep, stats.Keep}, got)
	_, _, err = stats.Quadrants(nil, stats.AtMean)
	requireRule(t, "EMPTY", err)
}

func TestDerivedImportance(t *testing.T) {
	t.Parallel()
	r, err := stats.Correlation([]float64{1, 2, 3, 4}, []float64{2, 1, 4, 3})
	require.NoError(t, err)
	require.InDelta(t, 0.6, r, 1e-12)
	_, err = stats.Correlation([]float64{1, 1}, []float64{1, 2})
	requireRule(t, "NO_VARIANCE", err)
	_, err = stats.Correlation([]float64{1}, []float64{1})
	requireRule(t, "TOO_FEW", err)
	_, err = stats.Correlation([]float64{1}, nil)
	requireRule(t, "RAGGED", err)
	_, err = stats.Correlation([]float64{1, math.NaN()}, []float64{1, 2})
	requireRule(t, "NO_NUMBER", err)
}

var cases = stats.Stock{SalesResponse: 0.0015, TradingMargin: 0.75, AnnualSales: 80_000, CarryingCostRate: 0.25, ProductCost: 10, DemandDeviation: 500}

// The worked example of the optimum service level.
func TestOptimumLevel(t *testing.T) {
	t.Parallel()
	o, err := stats.OptimumLevel(cases)
	require.NoError(t, err)
	require.InDelta(t, 90.00, o.AnnualGain, 1e-9)
	require.InDelta(t, 1250, o.CostPerZ, 1e-9)
	require.InDelta(t, 0.072, o.MarginalZ, 1e-12)
	require.Equal(t, 93, o.Percent)
	require.InDelta(t, 92.7, o.Continuous, 0.05)
	require.Equal(t, 92, o.Worth.From)
	require.InDelta(t, 88.4, o.Worth.Cost, 0.05)
	require.Equal(t, 94, o.Refused.To)
	require.InDelta(t, 98.73, o.Refused.Cost, 0.005)
}

func TestOptimumLevelAtTheEnds(t *testing.T) {
	t.Parallel()
	dear := cases
	dear.ProductCost = 1000
	o, err := stats.OptimumLevel(dear)
	require.NoError(t, err)
	require.Equal(t, stats.LeastLevel, o.Percent)
	require.InDelta(t, stats.LeastLevel, o.Continuous, 0)
	require.Nil(t, o.Worth)
	require.NotNil(t, o.Refused)
	cheap := cases
	cheap.ProductCost = 0.01
	o, err = stats.OptimumLevel(cheap)
	require.NoError(t, err)
	require.Equal(t, stats.MostLevel, o.Percent)
	require.Nil(t, o.Refused)
	require.Less(t, o.Continuous, 100.0)
	cheap.DemandDeviation = 0
	_, err = stats.OptimumLevel(cheap)
	requireRule(t, "POSITIVE", err)
}

// The more a percent brings the higher the level; and the whole optimum is one of the two neighbours of the continuous one, or the one above.
func TestOptimumLevelGrowsWithTheGain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := cases
		s.TradingMargin = rapid.Float64Range(0.01, 100).Draw(t, "margin")
		o, err := stats.OptimumLevel(s)
		require.NoError(t, err)
		s.TradingMargin *= 1.1
		more, err := stats.OptimumLevel(s)
		require.NoError(t, err)
		require.GreaterOrEqual(t, more.Percent, o.Percent)
		require.GreaterOrEqual(t, more.Continuous, o.Continuous)
		if o.Percent < stats.MostLevel {
			require.InDelta(t, o.Continuous, o.Percent, 1)
		}
	})
}

// The worked example: a pizza is due in 30 minutes, 3.00 off when 10 minutes late, delivery costs 2.00 and 0.15 less per minute.
func TestTolerance(t *testing.T) {
	t.Parallel()
	got, err := stats.ToleranceOf(d("3"), d("10"), d("0.15"), d("2"))
	require.NoError(t, err)
	require.Equal(t, []string{"0.03", "2.5", "0.1875", "1.625", "1.8125"}, []string{
		got.K.String(), got.Deviation.String(), got.Loss.String(), got.Delivery.String(), got.MinimumCost.String(),
	})
	for _, wrong := range [][4]string{{"0", "10", "0.15", "2"}, {"3", "0", "0.15", "2"}, {"3", "10", "-1", "2"}, {"3", "10", "0.15", "-2"}} {
		_, err := stats.ToleranceOf(d(wrong[0]), d(wrong[1]), d(wrong[2]), d(wrong[3]))
		require.Error(t, err)
	}
}

// No other deviation costs less.
func TestToleranceIsTheMinimum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) decimal.Decimal { return decimal.New(rapid.Int64Range(1, 10_000).Draw(t, name), -2) }
		penalty, deviation, decrease, target := draw("penalty"), draw("deviation"), draw("decrease"), draw("target")
		got, err := stats.ToleranceOf(penalty, deviation, decrease, target)
		require.NoError(t, err)
		cost := func(at decimal.Decimal) decimal.Decimal {
			return target.Sub(decrease.Mul(at)).Add(penalty.Mul(at).Mul(at).DivRound(deviation.Mul(deviation), 20))
		}
		other := draw("other")
		require.True(t, got.MinimumCost.LessThanOrEqual(cost(other).Add(d("0.000000001"))))
	})
}

func TestTwoPoints(t *testing.T) {
	t.Parallel()
	r, err := stats.TwoPoints(stats.Observed{Service: d("95"), Sales: d("80600")}, stats.Observed{Service: d("90"), Sales: d("80000")})
	require.NoError(t, err)
	require.Equal(t, []string{"120", "69200", "0.0015", "80360"}, []string{r.Slope.String(), r.Intercept.String(), r.Response.String(), r.At(d("93")).String()})
	third, err := stats.TwoPoints(stats.Observed{Service: d("90"), Sales: d("100")}, stats.Observed{Service: d("93"), Sales: d("101")})
	require.NoError(t, err)
	require.Equal(t, "101", third.At(d("93")).String(), "no rounding on the way")
	_, err = stats.TwoPoints(stats.Observed{Service: d("90"), Sales: d("1")}, stats.Observed{Service: d("90.0"), Sales: d("2")})
	requireRule(t, "SAME_LEVEL", err)
	_, err = stats.TwoPoints(stats.Observed{Service: d("90")}, stats.Observed{Service: d("91"), Sales: d("2")})
	requireRule(t, "POSITIVE", err)
}
