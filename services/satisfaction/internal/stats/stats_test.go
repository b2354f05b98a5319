package stats_test

import (
	"math"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

func d(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func requireRule(t *testing.T, rule string, err error) {
	t.Helper()
	var u *stats.UndefinedError
	require.ErrorAs(t, err, &u)
	require.Equal(t, rule, u.Rule)
	require.NotEmpty(t, u.Text.En)
	require.NotEmpty(t, u.Text.Zh)
	require.Equal(t, "x", fault.From(stats.Violation(err, "x")).Violations()[0].Field)
}

func requireInterval(t *testing.T, low, high float64, got stats.Interval, within float64) {
	t.Helper()
	require.InDelta(t, low, got.Low, within)
	require.InDelta(t, high, got.High, within)
}

// The worked example of the composite.
func TestCompositeIsTheWeightedMean(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		items []stats.Weighted
		want  string
	}{
		"worked example":     {[]stats.Weighted{{d("4"), d("5")}, {d("5"), d("3")}, {d("3"), d("2")}}, "4.1"},
		"rounded":            {[]stats.Weighted{{d("1"), d("1")}, {d("2"), d("2")}}, "1.666666667"},
		"exact":              {[]stats.Weighted{{d("0.1"), d("0.1")}, {d("0.2"), d("0.1")}, {d("0.3"), d("0.1")}}, "0.2"},
		"a weight of zero":   {[]stats.Weighted{{d("4"), d("0")}, {d("5"), d("0.5")}}, "5"},
		"scores below zero":  {[]stats.Weighted{{d("-4"), d("1")}, {d("2"), d("1")}}, "-1"},
		"of very many parts": {[]stats.Weighted{{d("7"), d("1000000000000")}, {d("1"), d("0.000000001")}}, "7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := stats.Composite(c.items)
			require.NoError(t, err)
			require.Equal(t, c.want, got.String())
		})
	}
	_, err := stats.Composite(nil)
	requireRule(t, "EMPTY", err)
	_, err = stats.Composite([]stats.Weighted{{d("4"), d("0")}})
	requireRule(t, "NO_WEIGHT", err)
	_, err = stats.Composite([]stats.Weighted{{d("4"), d("2")}, {d("4"), d("-1")}})
	requireRule(t, "NEGATIVE_WEIGHT", err)
}

// An index lies between its scores, and does not change when all weights grow by one factor.
func TestCompositeStaysWithinItsScores(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var items, scaled []stats.Weighted
		least, most := int64(math.MaxInt64), int64(math.MinInt64)
		factor := decimal.NewFromInt(rapid.Int64Range(1, 1000).Draw(t, "factor"))
		for range rapid.IntRange(1, 20).Draw(t, "items") {
			score := rapid.Int64Range(1, 7).Draw(t, "score")
			least, most = min(least, score), max(most, score)
			i := stats.Weighted{Score: decimal.NewFromInt(score), Weight: decimal.New(rapid.Int64Range(1, 10000).Draw(t, "weight"), -2)}
			items, scaled = append(items, i), append(scaled, stats.Weighted{Score: i.Score, Weight: i.Weight.Mul(factor)})
		}
		got, err := stats.Composite(items)
		require.NoError(t, err)
		again, err := stats.Composite(scaled)
		require.NoError(t, err)
		require.Equal(t, got.String(), again.String())
		require.True(t, got.GreaterThanOrEqual(decimal.NewFromInt(least)) && got.LessThanOrEqual(decimal.NewFromInt(most)))
	})
}

func TestPercentOfAScale(t *testing.T) {
	t.Parallel()
	got, err := stats.Percent(d("4.1"), d("1"), d("5"))
	require.NoError(t, err)
	require.Equal(t, "77.5", got.String())
	_, err = stats.Percent(d("1"), d("5"), d("5"))
	requireRule(t, "SCALE", err)
}

// The soporific data of Student (1908), as the manual of R has their interval.
var sleep = []float64{1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4}

func TestIntervalOfAMean(t *testing.T) {
	t.Parallel()
	m, err := stats.MomentsOf(sleep)
	require.NoError(t, err)
	require.InDelta(t, 1.58, m.Mean, 1e-12)
	i, err := m.Interval(0.95, 0)
	require.NoError(t, err)
	requireInterval(t, 0.7001142, 2.4598858, i, 1e-7)

	half, err := m.Interval(0.95, 20) // half of all: the standard error is that of the infinite one by the square root of 2
	require.NoError(t, err)
	require.InDelta(t, (i.High-i.Low)/math.Sqrt2, half.High-half.Low, 1e-12)
	census, err := m.Interval(0.95, 10)
	require.NoError(t, err)
	requireInterval(t, 1.58, 1.58, census, 1e-12)

	sums, err := stats.MomentsOfSums(3, 6, 14)
	require.NoError(t, err)
	require.Equal(t, stats.Moments{N: 3, Mean: 2, Variance: 1}, sums)
}

func TestMeansThatAreNotKnown(t *testing.T) {
	t.Parallel()
	_, err := stats.MomentsOf(nil)
	requireRule(t, "EMPTY", err)
	_, err = stats.MomentsOf([]float64{1, math.NaN()})
	requireRule(t, "NO_NUMBER", err)
	one, err := stats.MomentsOf([]float64{4})
	require.NoError(t, err)
	_, err = one.Interval(0.95, 0)
	requireRule(t, "TOO_FEW", err)
	alone, err := one.Interval(0.95, 1)
	require.NoError(t, err)
	requireInterval(t, 4, 4, alone, 0)
	two, err := stats.MomentsOf([]float64{4, 5})
	require.NoError(t, err)
	_, err = two.Interval(0.95, 1)
	requireRule(t, "POPULATION", err)
	_, err = two.Interval(1, 0)
	requireRule(t, "CONFIDENCE", err)
}

// The examples of Newcombe (1998), method 3.
func TestIntervalOfAProportion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p         stats.Proportion
		low, high float64
	}{
		{stats.Proportion{Count: 81, Of: 263}, 0.2553, 0.3662},
		{stats.Proportion{Count: 15, Of: 148}, 0.0624, 0.1605},
		{stats.Proportion{Count: 0, Of: 20}, 0, 0.1611},
		{stats.Proportion{Count: 1, Of: 29}, 0.0061, 0.1718},
	} {
		i, err := c.p.Interval(0.95, 0)
		require.NoError(t, err)
		requireInterval(t, c.low, c.high, i, 5e-5)
		known, err := c.p.Interval(0.95, 2*c.p.Of)
		require.NoError(t, err)
		require.Less(t, known.High-known.Low, i.High-i.Low)
		census, err := c.p.Interval(0.95, c.p.Of)
		require.NoError(t, err)
		requireInterval(t, c.p.Share(), c.p.Share(), census, 0)
	}
	for _, p := range []stats.Proportion{{}, {Count: 2, Of: 1}, {Count: -1, Of: 1}} {
		_, err := p.Interval(0.95, 0)
		require.Error(t, err)
	}
	_, err := stats.Proportion{Count: 1, Of: 10}.Interval(0.95, 9)
	requireRule(t, "POPULATION", err)
}

func TestTheSatisfied(t *testing.T) {
	t.Parallel()
	five, err := stats.CSAT(5, []int64{99, 1, 2, 3, 4, 5})
	require.NoError(t, err)
	require.Equal(t, stats.Proportion{Count: 9, Of: 15}, five)
	seven, err := stats.CSAT(7, []int64{0, 1, 1, 1, 1, 1, 1, 1})
	require.NoError(t, err)
	require.Equal(t, stats.Proportion{Count: 3, Of: 7}, seven)
	_, err = stats.CSAT(5, make([]int64, 6))
	requireRule(t, "EMPTY", err)
	_, err = stats.CSAT(10, make([]int64, 11))
	requireRule(t, "SCALE", err)
	_, err = stats.CSAT(5, make([]int64, 8))
	requireRule(t, "SCALE", err)
}

func TestRecommendation(t *testing.T) {
	t.Parallel()
	r := stats.Recommendation{Promoters: 95, Passives: 95, Detractors: 60}
	score, err := r.Score()
	require.NoError(t, err)
	require.InDelta(t, 14.0, score, 1e-12)
	i, err := r.Interval(0.95, 0)
	require.NoError(t, err)
	// 1.959964 x sqrt((0.62 - 0.14^2) / 250) x 100 = 9.605
	requireInterval(t, 4.395, 23.605, i, 1e-3)

	var counted stats.Recommendation
	for score := range 11 {
		require.True(t, counted.Add(score))
	}
	require.False(t, counted.Add(11) || counted.Add(-1))
	require.Equal(t, stats.Recommendation{Promoters: 2, Passives: 2, Detractors: 7}, counted)

	alone := stats.Recommendation{Promoters: 1}
	unanimous, err := alone.Interval(0.95, 0)
	require.NoError(t, err)
	require.Less(t, unanimous.Low, 50.0, "one answer does not tell of all")
	require.InDelta(t, 100, unanimous.High, 0)
	census, err := alone.Interval(0.95, 1)
	require.NoError(t, err)
	requireInterval(t, 100, 100, census, 0)
	_, err = new(stats.Recommendation).Interval(0.95, 0)
	requireRule(t, "EMPTY", err)
	_, err = r.Interval(0.95, 249)
	requireRule(t, "POPULATION", err)
}

// Whoever answered, the score lies in its interval and both on the scale; a known population makes it narrower.
func TestRecommendationHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.Int64Range(0, 500)
		r := stats.Recommendation{Promoters: count.Draw(t, "promoters"), Passives: count.Draw(t, "passives"), Detractors: count.Draw(t, "detractors")}
		if r.N() == 0 {
			return
		}
		score, err := r.Score()
		require.NoError(t, err)
		i, err := r.Interval(0.95, 0)
		require.NoError(t, err)
		require.True(t, -100 <= i.Low && i.Low <= score && score <= i.High && i.High <= 100)
		known, err := r.Interval(0.95, r.N()+rapid.Int64Range(0, 1000).Draw(t, "rest"))
		require.NoError(t, err)
		require.True(t, i.Low <= known.Low && known.High <= i.High)
	})
}
