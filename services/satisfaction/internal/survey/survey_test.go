package survey_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// However a sample is shared out, each stratum gets one at least and all of it at most, and together they are the sample.
func TestAllocationSumsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := survey.Plan{
			Method: survey.Method(rapid.Int16Range(1, 3).Draw(t, "method")), Allocation: survey.Allocation(rapid.Int16Range(1, 2).Draw(t, "allocation")),
			Size: rapid.SampledFrom([]int64{0, 1, 50, 5000}).Draw(t, "size"), Error: rapid.SampledFrom([]float64{0.01, 0.05, 0.2}).Draw(t, "error"),
			Expected: []survey.Expected{{Label: "a", Deviation: rapid.Float64Range(0, 3).Draw(t, "deviation")}, {Label: "b", Deviation: 1}},
		}
		plan.By = []survey.Dimension{survey.ByClass}
		require.Empty(t, plan.Complete())
		var strata []survey.Stratum
		var population, planned int64
		for i, size := range rapid.SliceOfN(rapid.Int64Range(1, 3000), 1, 8).Draw(t, "sizes") {
			strata = append(strata, survey.Stratum{Number: int16(i + 1), Label: string(rune('a' + i)), Size: size})
			population += size
		}
		census, err := plan.Allocate(strata, 100, 0.95)
		require.NoError(t, err)
		for _, s := range strata {
			require.GreaterOrEqual(t, s.Planned, int64(1))
			require.LessOrEqual(t, s.Planned, s.Size)
			planned += s.Planned
		}
		require.Equal(t, planned == population, census)
		if plan.Method == survey.Census || plan.Method == survey.Automatic && plan.Size == 0 && population <= 100 {
			require.True(t, census)
		} else if plan.Size > 0 {
			require.Equal(t, min(max(plan.Size, int64(len(strata))), population), planned)
		}
	})
}

// With 95 % and 5 points, 384.16 are asked of a population without end, 278 of 1000 (Cochran).
func TestSampleSizeOfPlan(t *testing.T) {
	t.Parallel()
	plan := survey.Plan{}
	require.Empty(t, plan.Complete())
	strata := []survey.Stratum{{Number: 1, Label: "all", Size: 1000}}
	census, err := plan.Allocate(strata, 100, 0.95)
	require.NoError(t, err)
	require.False(t, census)
	require.EqualValues(t, 278, strata[0].Planned)
	_, err = plan.Allocate(nil, 100, 0.95)
	require.ErrorContains(t, err, "POPULATION_EMPTY")
}

func TestQuotaCountsWhatItSays(t *testing.T) {
	t.Parallel()
	x := survey.Case{Stratum: 1, Class: 2, Tier: 1, Lifecycle: 4, Territory: "cn/south/shenzhen", Channel: 4}
	for _, c := range []struct {
		condition survey.Condition
		want      bool
	}{
		{survey.Condition{}, true},
		{survey.Condition{Classes: []int32{1, 2}, Tiers: []int32{1}, Channels: []int32{4}}, true},
		{survey.Condition{Classes: []int32{1}}, false},
		{survey.Condition{Classes: []int32{2}, Tiers: []int32{2}}, false},
		{survey.Condition{Territories: []string{"cn/south"}}, true},
		{survey.Condition{Territories: []string{"cn/sou"}}, false},
		{survey.Condition{Roles: []survey.Role{survey.Current}}, true},
		{survey.Condition{Roles: []survey.Role{survey.Former, survey.Potential}}, false},
		{survey.Condition{Channels: []int32{1}}, false},
		{survey.Condition{Strata: []string{"all"}}, false},
	} {
		require.Equal(t, c.want, c.condition.Counts(x), "%+v", c.condition)
	}
}
