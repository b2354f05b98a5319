package coach_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/coach"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

var (
	today   = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	shipped = settings.Evidence{HalfLifeDays: 180, StaleBelow: 0.25, IndependentObservers: 2, CoachCriteria: 5}
)

// said is that an observer says of criteria that they hold, or by a negative number that they do not, some days ago.
func said(observer string, days int, criteria ...int) []coach.Observation {
	var out []coach.Observation
	for _, c := range criteria {
		out = append(out, coach.Observation{Criterion: coach.Criterion(max(c, -c)), Holds: c > 0, Observer: observer, Day: today.AddDate(0, 0, -days)})
	}
	return out
}

func TestACoachIsVerified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		observations [][]coach.Observation
		held         int32
		agreeing     []string
		quality      float64
		verified     bool
	}{
		"of nothing":              {nil, 0, nil, 0, false},
		"by one":                  {[][]coach.Observation{said("li", 0, 1, 2, 3, 4, 5)}, 5, []string{"li"}, 5.0 / 8, false},
		"by two":                  {[][]coach.Observation{said("li", 0, 1, 2, 3, 4, 5), said("wang", 0, 5)}, 5, []string{"li", "wang"}, 5.0 / 8, true},
		"by two together":         {[][]coach.Observation{said("li", 0, 1, 2, 3), said("wang", 0, 4, 5, 6)}, 6, []string{"li", "wang"}, 6.0 / 8, true},
		"of four":                 {[][]coach.Observation{said("li", 0, 1, 2, 3, 4), said("wang", 0, 4)}, 4, []string{"li", "wang"}, 4.0 / 8, false},
		"half a year ago":         {[][]coach.Observation{said("li", 180, 1, 2, 3, 4, 5), said("wang", 0, 6)}, 6, []string{"li", "wang"}, (5*0.5 + 1) / 8, true},
		"the second a year ago":   {[][]coach.Observation{said("li", 0, 1, 2, 3, 4, 5), said("wang", 360, 5)}, 5, []string{"li", "wang"}, 5.0 / 8, true},
		"longer ago":              {[][]coach.Observation{said("li", 0, 1, 2, 3, 4, 5), said("wang", 361, 5)}, 5, []string{"li"}, 5.0 / 8, false},
		"the second doubts":       {[][]coach.Observation{said("li", 0, 1, 2, 3, 4, 5, 6), said("wang", 1, 7, -8, -1)}, 7, []string{"li"}, (6 + math.Exp2(-1.0/180)) / 8, false},
		"a later no":              {[][]coach.Observation{said("li", 9, 1, 2, 3, 4, 5), said("wang", 2, 4, 3, -5)}, 4, []string{"li", "wang"}, (2*math.Exp2(-9.0/180) + 2*math.Exp2(-2.0/180)) / 8, false},
		"an earlier no":           {[][]coach.Observation{said("wang", 9, 6, 7, -5), said("li", 0, 1, 2, 3, 4, 5)}, 7, []string{"li", "wang"}, (5 + 2*math.Exp2(-9.0/180)) / 8, true},
		"a no of the same day":    {[][]coach.Observation{said("wang", 0, 4, 3, -5), said("li", 0, 1, 2, 3, 4, 5)}, 4, []string{"li", "wang"}, 4.0 / 8, false},
		"he has changed his mind": {[][]coach.Observation{said("li", 0, 1, 2, 3, 4, 5), said("wang", 9, 1, 2), said("wang", 8, -1, -2)}, 5, []string{"li"}, 5.0 / 8, false},
		"before it was observed":  {[][]coach.Observation{said("li", -1, 1, 2, 3, 4, 5), said("wang", -1, 1)}, 0, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var one coach.Coach
			for _, o := range c.observations {
				one.Observe(o)
			}
			j := one.Judge(today, shipped)
			require.Equal(t, c.held, j.Held)
			require.Equal(t, c.agreeing, j.Agreeing)
			require.InDelta(t, c.quality, j.Quality, 1e-12)
			require.Equal(t, c.verified, j.Verified)
			retired := one
			retired.RetireTime = &today
			require.False(t, retired.Judge(today, shipped).Verified)
		})
	}
}

func drawnObservations(t *rapid.T) []coach.Observation {
	var out []coach.Observation
	for range rapid.IntRange(0, 30).Draw(t, "observations") {
		criterion := rapid.IntRange(1, 8).Draw(t, "criterion")
		if rapid.IntRange(0, 3).Draw(t, "no") == 0 {
			criterion = -criterion
		}
		out = append(out, said(rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "observer"), rapid.IntRange(-1, 400).Draw(t, "days"), criterion)...)
	}
	return out
}

// The order of recording does not matter, and time alone makes nobody better.
func TestJudgementsDecay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		observations := drawnObservations(t)
		var one, other coach.Coach
		one.Observe(observations)
		for _, o := range rapid.Permutation(observations).Draw(t, "order") {
			other.Observe([]coach.Observation{o})
		}
		j := one.Judge(today, shipped)
		require.Equal(t, j, other.Judge(today, shipped))
		require.True(t, slices.IsSortedFunc(other.Observations, func(a, b coach.Observation) int { return b.Day.Compare(a.Day) }))
		require.LessOrEqual(t, j.Quality, 1.0)

		// Without any no, what is left of it a while later is less.
		only := slices.DeleteFunc(slices.Clone(observations), func(o coach.Observation) bool { return !o.Holds || o.Day.After(today) })
		yes := coach.Coach{Observations: only}
		now, later := yes.Judge(today, shipped), yes.Judge(today.AddDate(0, 0, rapid.IntRange(1, 400).Draw(t, "later")), shipped)
		require.LessOrEqual(t, later.Held, now.Held)
		require.LessOrEqual(t, later.Quality, now.Quality)
		require.True(t, now.Verified || !later.Verified)
	})
}

func TestStrengthIsNumberAndQuality(t *testing.T) {
	t.Parallel()
	of := func(observations ...[]coach.Observation) *coach.Coach {
		c := &coach.Coach{ID: uuid.Must(uuid.NewV7())}
		for _, o := range observations {
			c.Observe(o)
		}
		return c
	}
	good := of(said("li", 0, 1, 2, 3, 4, 5, 6, 7, 8), said("wang", 0, 1))
	fair := of(said("li", 180, 1, 2, 3, 4, 5, 6), said("wang", 180, 1))
	doubtful := of(said("li", 0, 1, 2, 3, 4, 5, 6))
	gone := of(said("li", 0, 1, 2, 3, 4, 5, 6, 7, 8), said("wang", 0, 1))
	gone.RetireTime = &today
	s := coach.Sum([]*coach.Coach{doubtful, fair, gone, good}, today, shipped)
	require.Equal(t, 3, s.Count)
	require.Equal(t, []*coach.Coach{good, fair}, []*coach.Coach{s.Verified[0].Coach, s.Verified[1].Coach})
	require.InDelta(t, 1+3.0/8, s.Figure, 1e-12)
	require.Equal(t, "3 位教练中有 2 位通过验证，质量合计 1.375。", s.Text().Zh)
	require.Equal(t, "2 of 3 coaches are verified; their qualities come to 1.375.", s.Text().En)
	none := coach.Sum([]*coach.Coach{doubtful}, today, shipped)
	require.Zero(t, none.Figure)
	require.Contains(t, none.Text().Zh, "1 位教练")
}
