package stats_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

const near = 1e-9

func partOf(size int64, values []float64) stats.DomainPart {
	p := stats.DomainPart{Size: size, Answered: int64(len(values)), N: int64(len(values))}
	for _, v := range values {
		p.Sum += v
		p.Squares += v * v
	}
	return p
}

// Of the domain of all it is the stratified mean, and two times of one stratum compare by Welch's test.
func TestDomainOfAllIsStratified(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var parts []stats.Part
		var domain []stats.DomainPart
		for range rapid.IntRange(1, 4).Draw(t, "strata") {
			values := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 5), func(i int) float64 { return float64(i) }), 2, 20).Draw(t, "values")
			size := int64(len(values) + rapid.IntRange(0, 50).Draw(t, "others"))
			m, err := stats.MomentsOf(values)
			require.NoError(t, err)
			parts, domain = append(parts, stats.Part{Size: size, Moments: m}), append(domain, partOf(size, values))
		}
		want, err := stats.Stratified(parts, 0.95)
		require.NoError(t, err)
		got, err := stats.DomainMean(domain, 0.95)
		require.NoError(t, err)
		require.InDelta(t, want.Mean, got.Mean, near)
		require.NotNil(t, got.StandardError)
		require.InDelta(t, want.StandardError, *got.StandardError, 1e-7)
		if want.StandardError > 1e-6 {
			require.InDelta(t, want.Interval.Low, got.Interval.Low, 1e-6)
			require.InDelta(t, want.Interval.High, got.Interval.High, 1e-6)
		}
	})
}

func TestChangedIsWelch(t *testing.T) {
	t.Parallel()
	before, after := []float64{1, 2, 3, 4, 5, 3}, []float64{4, 5, 4, 5, 5, 3, 4}
	a, err := stats.DomainMean([]stats.DomainPart{partOf(0, before)}, 0.95)
	require.NoError(t, err)
	b, err := stats.DomainMean([]stats.DomainPart{partOf(1000, after)}, 0.95)
	require.NoError(t, err)
	got, err := stats.Changed(a, b, 0.95)
	require.NoError(t, err)
	first, err := stats.MomentsOf(before)
	require.NoError(t, err)
	second, err := stats.MomentsOf(after)
	require.NoError(t, err)
	want, err := stats.Welch(first, second, 0.95)
	require.NoError(t, err)
	require.InDelta(t, want.PValue, got.PValue, near)
	require.InDelta(t, want.Freedom, got.Freedom, 1e-6)
	require.InDelta(t, want.Low, got.Low, near)
	require.InDelta(t, first.Deviation(), a.Deviation, near)
}

// A segment's answers weigh as many as they stand for, and its size is part of the doubt.
func TestDomainMean(t *testing.T) {
	t.Parallel()
	// Two strata of 100 and 900, ten answers each; of the segment 5 and 2 of them.
	parts := []stats.DomainPart{{Size: 100, Answered: 10, N: 5, Sum: 20, Squares: 82}, {Size: 900, Answered: 10, N: 2, Sum: 4, Squares: 10}}
	got, err := stats.DomainMean(parts, 0.95)
	require.NoError(t, err)
	require.InDelta(t, (10*20.0+90*4)/(10*5+90*2), got.Mean, near)
	require.Positive(t, *got.StandardError)

	one, err := stats.DomainMean([]stats.DomainPart{{Answered: 1, N: 1, Sum: 3, Squares: 9}}, 0.95)
	require.NoError(t, err)
	require.Nil(t, one.Interval, "nobody knows how the others feel")
	census, err := stats.DomainMean([]stats.DomainPart{{Size: 1, Answered: 1, N: 1, Sum: 3, Squares: 9}}, 0.95)
	require.NoError(t, err)
	require.Equal(t, &stats.Interval{Low: 3, High: 3}, census.Interval)
	_, err = stats.DomainMean([]stats.DomainPart{{Answered: 3}}, 0.95)
	require.Error(t, err)
	_, err = stats.Changed(one, one, 0.95)
	require.Error(t, err)
}

// Of a plain sample the interval of a share is Wilson's of as many answers, less one.
func TestShareInterval(t *testing.T) {
	t.Parallel()
	d, err := stats.DomainMean([]stats.DomainPart{{Answered: 101, N: 101, Sum: 60, Squares: 60}}, 0.95)
	require.NoError(t, err)
	got, err := d.ShareInterval(0.95)
	require.NoError(t, err)
	want, err := stats.Proportion{Count: 60, Of: 101}.Interval(0.95, 0)
	require.NoError(t, err)
	require.InDelta(t, want.Low, got.Low, 0.001)
	require.InDelta(t, want.High, got.High, 0.001)
	all, err := stats.DomainMean([]stats.DomainPart{{Answered: 10, N: 10, Sum: 10, Squares: 10}}, 0.95)
	require.NoError(t, err)
	got, err = all.ShareInterval(0.95)
	require.NoError(t, err)
	require.Less(t, got.Low, 0.8)
	require.False(t, math.IsNaN(got.Low))
}
