package stats_test

import (
	"math"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// Four answers on three items.
var answers = [][]float64{{1, 2, 2}, {2, 1, 3}, {3, 4, 4}, {4, 3, 7}}

func TestReliabilityByHand(t *testing.T) {
	t.Parallel()
	r, err := stats.ReliabilityOf(answers)
	require.NoError(t, err)
	// Variances 5/3, 5/3, 14/3; covariances 1, 8/3, 4/3; the sum's variance 8 + 2 x 5 = 18.
	require.InDelta(t, 1.5*(1-8.0/18), r.Alpha, 1e-12)
	mean := (1/(5.0/3) + (8.0/3)/math.Sqrt(5.0/3*14/3) + (4.0/3)/math.Sqrt(5.0/3*14/3)) / 3
	require.InDelta(t, 3*mean/(1+2*mean), r.Standardized, 1e-12)
	require.EqualValues(t, 4, r.N)
	// Without the first item: variances 5/3 + 14/3, covariance 4/3.
	require.InDelta(t, 2*(1-(19.0/3)/9), *r.Items[0].Deleted, 1e-12)
	require.InDelta(t, (11.0/3)/math.Sqrt(5.0/3*9), *r.Items[0].Total, 1e-12)
	require.InDelta(t, 2.5, r.Items[0].Mean, 1e-12)
	require.InDelta(t, math.Sqrt(5.0/3), r.Items[0].Deviation, 1e-12)
}

func TestReliabilityThatIsNotKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		responses [][]float64
		rule      string
	}{
		"nobody":         {nil, "EMPTY"},
		"one respondent": {[][]float64{{1, 2}}, "TOO_FEW_RESPONDENTS"},
		"no item":        {[][]float64{{}, {}}, "TOO_FEW_ITEMS"},
		"one item":       {[][]float64{{1}, {2}}, "TOO_FEW_ITEMS"},
		"an item alike":  {[][]float64{{1, 5}, {2, 5}}, "NO_VARIANCE"},
		"cancelled out":  {[][]float64{{1, 5}, {2, 4}}, "NO_VARIANCE"},
		"ragged":         {[][]float64{{1, 5}, {2}}, "RAGGED"},
		"no number":      {[][]float64{{1, 5}, {2, math.NaN()}}, "NO_NUMBER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := stats.ReliabilityOf(c.responses)
			requireRule(t, c.rule, err)
		})
	}
	two, err := stats.ReliabilityOf([][]float64{{1, 1}, {2, 2}, {3, 3}})
	require.NoError(t, err)
	require.InDelta(t, 1, two.Alpha, 1e-12)
	require.InDelta(t, 1, *two.Items[0].Total, 1e-12)
	require.Nil(t, two.Items[0].Deleted, "one item alone has no alpha")
	mirrored, err := stats.ReliabilityOf([][]float64{{1, 5, 1}, {2, 4, 2}, {3, 3, 5}})
	require.NoError(t, err)
	require.Nil(t, mirrored.Items[2].Total, "the others cancel each other out")
	require.Nil(t, mirrored.Items[2].Deleted)
}

// Whatever is answered, there is a number or a reason; and neither who answered first nor a shifted scale matters.
func TestReliabilityDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, k := rapid.IntRange(2, 20).Draw(t, "n"), rapid.IntRange(2, 6).Draw(t, "k")
		rows, turned := make([][]float64, n), make([][]float64, n)
		for i := range rows {
			for range k {
				rows[i] = append(rows[i], float64(rapid.IntRange(1, 7).Draw(t, "grade")))
			}
			for _, v := range rows[i] {
				turned[n-1-i] = append(turned[n-1-i], v+1000)
			}
		}
		one, err := stats.ReliabilityOf(rows)
		other, errOther := stats.ReliabilityOf(turned)
		if err != nil {
			require.Error(t, errOther)
			return
		}
		require.NoError(t, errOther)
		require.InDelta(t, one.Alpha, other.Alpha, 1e-6*(1+math.Abs(one.Alpha)))
		require.LessOrEqual(t, one.Alpha, 1+1e-9)
		for _, i := range one.Items {
			if i.Total != nil {
				require.LessOrEqual(t, math.Abs(*i.Total), 1+1e-9)
			}
		}
	})
}

// The applicants of Siegel (1956), by three executives: R = 8, 14, 11, 11, 11, 8, s = 25.5, W = 0.16.
func TestConcordanceOfSiegel(t *testing.T) {
	t.Parallel()
	c, err := stats.ConcordanceOf([][]float64{{1, 6, 3, 2, 5, 4}, {1, 5, 6, 4, 2, 3}, {6, 3, 2, 5, 4, 1}})
	require.NoError(t, err)
	require.InDelta(t, 25.5/157.5, c.W, 1e-12)
	require.InDelta(t, c.W, c.Corrected, 1e-12, "nobody ties")
	require.InDelta(t, 3*5*25.5/157.5, c.ChiSquare, 1e-12)
	require.InDelta(t, 0.787, c.PValue, 1e-3)
}

// By hand.
func TestConcordanceWithTies(t *testing.T) {
	t.Parallel()
	// Ranks 1 2 3 4 and 1 2.5 2.5 4; sums 2, 4.5, 5.5, 8 around 5: S = 9 + 0.25 + 0.25 + 9 = 18.5; sum(t^3 - t) = 6.
	c, err := stats.ConcordanceOf([][]float64{{10, 20, 30, 40}, {1, 2, 2, 9}})
	require.NoError(t, err)
	require.InDelta(t, 12*18.5/(4*60), c.W, 1e-12)
	require.InDelta(t, 12*18.5/(4*60-2*6), c.Corrected, 1e-12)
	require.InDelta(t, 2*3*12*18.5/(4*60-2*6), c.ChiSquare, 1e-12)

	alike, err := stats.ConcordanceOf([][]float64{{1, 1, 2}, {1, 1, 2}, {5, 5, 5}})
	require.NoError(t, err)
	require.False(t, math.IsNaN(alike.Corrected))
	full, err := stats.ConcordanceOf([][]float64{{1, 1, 2}, {3, 3, 8}})
	require.NoError(t, err)
	require.InDelta(t, 1, full.Corrected, 1e-12, "they agree fully, ties and all")
	require.Less(t, full.W, 1.0)
}

func TestConcordanceThatIsNotKnown(t *testing.T) {
	t.Parallel()
	for rule, ratings := range map[string][][]float64{
		"TOO_FEW_EXPERTS": {{1, 2}}, "TOO_FEW_ITEMS": {{1}, {2}}, "RAGGED": {{1, 2}, {1}}, "NO_VARIANCE": {{1, 1}, {2, 2}}, "NO_NUMBER": {{1, math.Inf(1)}, {2, 2}},
	} {
		_, err := stats.ConcordanceOf(ratings)
		requireRule(t, rule, err)
	}
	_, err := stats.ConcordanceOf(nil)
	requireRule(t, "TOO_FEW_EXPERTS", err)
}

func opinion(t *testing.T, weights ...string) *stats.Opinion {
	t.Helper()
	var list []decimal.Decimal
	for _, w := range weights {
		list = append(list, d(w))
	}
	o, err := stats.OpinionOf(list)
	require.NoError(t, err)
	return o
}

func TestOpinion(t *testing.T) {
	t.Parallel()
	o := opinion(t, "4", "1", "2", "3")
	require.Equal(t, "2.5", o.Mean.String())
	require.Equal(t, []string{"1.75", "2.5", "3.25"}, []string{o.Low.String(), o.Median.String(), o.High.String()})
	require.InDelta(t, math.Sqrt(5.0/3), o.Deviation, 1e-12)
	require.InDelta(t, math.Sqrt(5.0/3)/2.5, o.Variation, 1e-12)
	one := opinion(t, "7")
	require.Equal(t, []string{"7", "7", "7"}, []string{one.Low.String(), one.Median.String(), one.High.String()})
	require.Zero(t, one.Variation)
	_, err := stats.OpinionOf(nil)
	requireRule(t, "EMPTY", err)
	_, err = stats.OpinionOf([]decimal.Decimal{d("1"), d("0")})
	requireRule(t, "WEIGHT", err)
}

// Exactly 5 % and exactly 0.25 are still stable.
func TestStability(t *testing.T) {
	t.Parallel()
	rule := stats.Stability{MostMovementPercent: d("5"), MostVariation: d("0.25")}
	calm := opinion(t, "0.2", "0.2", "0.2")
	// Mean 4, deviation 1: a variation of 0.25.
	edge := opinion(t, "3", "4", "5")
	beyond := opinion(t, "2.999", "4", "5.001")
	for name, c := range map[string]struct {
		round, before   []*stats.Opinion
		stable          bool
		moving, varying []int
	}{
		"the first":        {[]*stats.Opinion{calm}, nil, false, nil, nil},
		"unmoved":          {[]*stats.Opinion{calm, edge}, []*stats.Opinion{calm, edge}, true, nil, nil},
		"moved by 5 %":     {[]*stats.Opinion{opinion(t, "0.21", "0.21")}, []*stats.Opinion{calm}, true, nil, nil},
		"moved back by 5%": {[]*stats.Opinion{opinion(t, "0.19")}, []*stats.Opinion{calm}, true, nil, nil},
		"moved further":    {[]*stats.Opinion{calm, opinion(t, "0.2100001")}, []*stats.Opinion{calm, calm}, false, []int{1}, nil},
		"apart":            {[]*stats.Opinion{beyond}, []*stats.Opinion{edge}, false, nil, []int{0}},
		"one is new":       {[]*stats.Opinion{calm, calm}, []*stats.Opinion{calm, nil}, false, nil, nil},
		"nothing":          {nil, nil, false, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stable, moving, varying := rule.Holds(c.round, c.before)
			require.Equal(t, c.stable, stable)
			require.Equal(t, c.moving, moving)
			require.Equal(t, c.varying, varying)
		})
	}
	require.InDelta(t, 5, opinion(t, "0.21").Movement(calm), 1e-9)
}
