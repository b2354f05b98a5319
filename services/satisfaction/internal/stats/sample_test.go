package stats_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// The table of Krejcie & Morgan (1970), at 95 % and 5 points.
func TestSampleSizes(t *testing.T) {
	t.Parallel()
	for population, want := range map[int64]int64{
		0: 385, 10: 10, 50: 45, 100: 80, 500: 218, 1000: 278, 5000: 357, 10_000: 370, 1_000_000: 384, 1: 1,
	} {
		got, err := stats.SampleSize(population, 0.95, 0.05, 0.5)
		require.NoError(t, err)
		require.Equal(t, want, got, population)
	}
	got, err := stats.SampleSize(0, 0.99, 0.03, 0.2)
	require.NoError(t, err)
	require.EqualValues(t, 1180, got) // 2.575829^2 x 0.16 / 0.0009 = 1179.5
	got, err = stats.MeanSampleSize(0, 0.95, 2, 15)
	require.NoError(t, err)
	require.EqualValues(t, 217, got) // (1.959964 x 15 / 2)^2 = 216.08
}

func TestSampleSizesThatDoNotExist(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct {
		population             int64
		confidence, err, share float64
	}{
		"CONFIDENCE": {0, 1, 0.05, 0.5}, "ERROR": {0, 0.95, 0, 0.5}, "PROPORTION": {0, 0.95, 0.05, 1}, "POPULATION": {-1, 0.95, 0.05, 0.5}, "TOO_LARGE": {0, 0.95, 1e-9, 0.5},
	} {
		_, err := stats.SampleSize(c.population, c.confidence, c.err, c.share)
		requireRule(t, rule, err)
	}
	_, err := stats.MeanSampleSize(0, 0.95, 1, 0)
	requireRule(t, "ERROR", err)
}

func strata(sizes ...int64) []stats.Stratum {
	var out []stats.Stratum
	for _, s := range sizes {
		out = append(out, stats.Stratum{Size: s})
	}
	return out
}

func TestAllocations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		total  int64
		strata []stats.Stratum
		neyman bool
		want   []int64
	}{
		"by size":                {100, strata(500, 300, 200), false, []int64{50, 30, 20}},
		"the largest remainders": {10, strata(335, 333, 332), false, []int64{4, 3, 3}},
		"of equal ones the first": {
			4, strata(100, 100, 100), false, []int64{2, 1, 1},
		},
		"at least one":  {10, strata(10_000, 1, 1), false, []int64{8, 1, 1}},
		"at most all":   {60, []stats.Stratum{{Size: 2, Deviation: 9}, {Size: 100, Deviation: 1}}, true, []int64{2, 58}},
		"a census":      {6, strata(1, 2, 3), false, []int64{1, 2, 3}},
		"by deviation":  {90, []stats.Stratum{{Size: 100, Deviation: 1}, {Size: 100, Deviation: 2}}, true, []int64{30, 60}},
		"capped":        {90, []stats.Stratum{{Size: 100, Deviation: 1}, {Size: 40, Deviation: 10}}, true, []int64{50, 40}},
		"by cost, too":  {90, []stats.Stratum{{Size: 100, Deviation: 1, Cost: 1}, {Size: 100, Deviation: 1, Cost: 4}}, true, []int64{60, 30}},
		"one unvarying": {51, []stats.Stratum{{Size: 100, Deviation: 3}, {Size: 100}}, true, []int64{50, 1}},
		"more than vary": {
			50, []stats.Stratum{{Size: 10, Deviation: 3}, {Size: 60}, {Size: 20}}, true, []int64{10, 30, 10},
		},
		"none vary": {10, strata(30, 20), true, []int64{6, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			allocate := stats.Proportional
			if c.neyman {
				allocate = stats.Neyman
			}
			got, err := allocate(c.total, c.strata)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestAllocationsThatDoNotExist(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct {
		total  int64
		strata []stats.Stratum
	}{
		"EMPTY": {1, nil}, "SIZE": {1, strata(0)}, "TOO_SMALL": {1, strata(5, 5)}, "TOO_LARGE": {11, strata(5, 5)}, "NO_NUMBER": {1, []stats.Stratum{{Size: 1, Deviation: -1}}},
		"COST": {2, []stats.Stratum{{Size: 1, Deviation: 1, Cost: 1}, {Size: 1, Deviation: 1}}},
	} {
		_, err := stats.Neyman(c.total, c.strata)
		requireRule(t, rule, err)
	}
}

// However strata are, each gets at least one and at most all of its own, together exactly the total, the same each time; and between two that are not at a bound, neither is
// more than one away from its share.
func TestAllocationsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var list []stats.Stratum
		var sizes int64
		for range rapid.IntRange(1, 12).Draw(t, "strata") {
			s := stats.Stratum{Size: rapid.Int64Range(1, 1000).Draw(t, "size"), Deviation: float64(rapid.IntRange(0, 5).Draw(t, "deviation")), Cost: 1}
			list, sizes = append(list, s), sizes+s.Size
		}
		total := rapid.Int64Range(int64(len(list)), sizes).Draw(t, "total")
		for _, allocate := range []func(int64, []stats.Stratum) ([]int64, error){stats.Proportional, stats.Neyman} {
			got, err := allocate(total, list)
			require.NoError(t, err)
			again, err := allocate(total, list)
			require.NoError(t, err)
			require.Equal(t, got, again)
			var sum int64
			for i, n := range got {
				sum += n
				require.True(t, 1 <= n && n <= list[i].Size)
			}
			require.Equal(t, total, sum)
		}
		requireInProportion(t, total, list)
	})
}

func requireInProportion(t *rapid.T, total int64, list []stats.Stratum) {
	got, err := stats.Proportional(total, list)
	require.NoError(t, err)
	for i := range list {
		for j := range list {
			if got[i] > 1 && got[i] < list[i].Size && got[j] > 1 && got[j] < list[j].Size {
				one, other := float64(got[i])/float64(list[i].Size), float64(got[j])/float64(list[j].Size)
				require.LessOrEqual(t, one-other, 1/float64(list[i].Size)+1/float64(list[j].Size)+1e-9)
			}
		}
	}
}

// The agricultural census of Lohr (Sampling: Design and Analysis, 3.2): the total is 909,736,035 with a standard error of 50,417,248.
func TestStratifiedMeanOfLohr(t *testing.T) {
	t.Parallel()
	part := func(size, n int64, mean, variance float64) stats.Part {
		return stats.Part{Size: size, Moments: stats.Moments{N: n, Mean: mean, Variance: variance}}
	}
	parts := []stats.Part{
		part(1054, 103, 300504.16, 29618183543), part(220, 21, 97629.81, 7647472708), part(1382, 135, 211315.04, 53587487856), part(422, 41, 662295.51, 396185950266),
	}
	e, err := stats.Stratified(parts, 0.95)
	require.NoError(t, err)
	require.InEpsilon(t, 909736035, 3078*e.Mean, 1e-7)
	require.InEpsilon(t, 50417248, 3078*e.StandardError, 1e-7)
	require.InEpsilon(t, e.Mean-e.Interval.Low, e.Interval.High-e.Mean, 1e-9)
	require.Greater(t, e.Freedom, 41.0)
}

func TestStratifiedAtTheEdges(t *testing.T) {
	t.Parallel()
	m := func(n int64, mean float64) stats.Moments { return stats.Moments{N: n, Mean: mean, Variance: 1} }
	census, err := stats.Stratified([]stats.Part{{2, m(2, 4)}, {1, m(1, 7)}}, 0.95)
	require.NoError(t, err)
	require.InDelta(t, 5, census.Mean, 1e-12)
	requireInterval(t, 5, 5, *census.Interval, 1e-12)
	single, err := stats.Stratified([]stats.Part{{20, m(5, 4)}, {20, m(1, 6)}}, 0.95)
	require.NoError(t, err)
	require.InDelta(t, 5, single.Mean, 1e-12)
	require.Nil(t, single.Interval)
	_, err = stats.Stratified([]stats.Part{{20, m(5, 4)}, {20, m(0, 0)}}, 0.95)
	requireRule(t, "EMPTY_STRATUM", err)
	_, err = stats.Stratified([]stats.Part{{2, m(5, 4)}}, 0.95)
	requireRule(t, "POPULATION", err)
	_, err = stats.Stratified(nil, 0.95)
	requireRule(t, "EMPTY", err)
	require.Equal(t, stats.Moments{N: 4, Mean: 0.25, Variance: 0.25}, stats.Proportion{Count: 1, Of: 4}.Moments())
}
