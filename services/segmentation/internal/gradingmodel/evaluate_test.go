package gradingmodel

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func value(text string) *decimal.Decimal {
	d := decimal.RequireFromString(text)
	return &d
}

func TestShippedBoundaries(t *testing.T) {
	t.Parallel()
	m := shipped(t)
	require.Len(t, m.Factors, 13)
	for factor, values := range map[string]map[string]int16{
		"last_year_profit":   {"300000": 4, "299999.99": 3, "100000": 3, "99999.999999999": 2, "30000": 2, "29999.99": 1, "0": 1, "-5": 1},
		"last_year_sales":    {"1000000": 4, "999999.99": 3, "500000": 3, "499999.99": 2, "50000": 2, "49999.99": 1, "-1": 1},
		"expected_sales":     {"1000000": 4, "999999.99": 3, "500000": 3, "499999.99": 2, "50000": 2, "49999.99": 1},
		"credit_record":      {"0": 4, "3": 4, "3.01": 3, "30": 3, "30.01": 2, "90": 2, "90.01": 1},
		"loyalty":            {"4": 4, "3": 3, "2": 2, "1": 1, "0": 1},
		"cooperation_length": {"5": 4, "4.9167": 3, "3": 3, "2.9167": 2, "1": 2, "0.9167": 1, "0": 1},
		"supply_share":       {"1": 4, "0.9999": 3, "0.51": 3, "0.5099": 2, "0.33": 2, "0.3299": 1, "0": 1},
		"relationship":       {"3": 4, "2": 3, "1": 2, "0": 1, "-1": 1},
	} {
		i := m.Find(factor)
		require.True(t, m.Factors[i].Measurable(), factor)
		for text, level := range values {
			known := make([]Known, len(m.Factors))
			known[i].Value = value(text)
			require.Equal(t, level, m.Evaluate(known).Levels[i], "%s of %s", factor, text)
		}
	}
	for _, factor := range []string{"product_weight", "influence", "prospects", "loss_effect", "strategy_fit", "expected_sales", "loyalty"} {
		i := m.Find(factor)
		require.True(t, m.Factors[i].Judgeable(), factor)
		for level := int16(1); level <= Levels; level++ {
			known := make([]Known, len(m.Factors))
			known[i] = Known{Value: value("0"), Level: level}
			require.Equal(t, level, m.Evaluate(known).Levels[i], "a judgement of %s goes before the measure", factor)
		}
	}
	for i := range m.Factors {
		for level, text := range m.Factors[i].Descriptions {
			require.NotEmpty(t, text.En, "%s level %d", m.Factors[i].ID, level+1)
			require.NotEmpty(t, text.Zh, "%s level %d", m.Factors[i].ID, level+1)
		}
	}
}

// judgedOnly is a model of factors that are judged, of the given weights.
func judgedOnly(weights ...string) *Model {
	m := &Model{ProvisionalBelow: decimal.RequireFromString("0.6")}
	for i, points := range []int64{25, 50, 75, 100} {
		m.Points[i] = decimal.NewFromInt(points)
	}
	for i, border := range []int64{50, 70, 85} {
		m.Borders[i] = decimal.NewFromInt(border)
	}
	for _, w := range weights {
		m.Factors = append(m.Factors, Factor{Kind: Judged, Weight: decimal.RequireFromString(w)})
	}
	return m
}

func judged(levels ...int16) []Known {
	known := make([]Known, len(levels))
	for i, level := range levels {
		known[i].Level = level
	}
	return known
}

func TestBordersAreInclusive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weights []string
		levels  []int16
		score   string
		grade   Grade
	}{
		{[]string{"2", "3"}, []int16{3, 4}, "90", S},
		{[]string{"3", "2"}, []int16{3, 4}, "85", S},
		{[]string{"3.0001", "2"}, []int16{3, 4}, "84.9998", A},
		{[]string{"1", "4"}, []int16{2, 3}, "70", A},
		{[]string{"1.0001", "4"}, []int16{2, 3}, "69.9996", B},
		{[]string{"1", "1"}, []int16{2, 2}, "50", B},
		{[]string{"0.0001", "9999"}, []int16{1, 2}, "50", C}, // 49.99999975 is shown as 50 and is below it
		{[]string{"1", "1"}, []int16{1, 1}, "25", C},
		{[]string{"1", "1"}, []int16{0, 0}, "", None},
	} {
		r := judgedOnly(c.weights...).Evaluate(judged(c.levels...))
		require.Equal(t, c.grade, r.Grade, "%v", c)
		if c.score == "" {
			require.Nil(t, r.Score())
			continue
		}
		require.Equal(t, c.score, r.Score().String(), "%v", c)
	}
}

func TestProvisionalBelowSixtyPercent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weights     []string
		levels      []int16
		provisional bool
	}{
		{[]string{"6", "4"}, []int16{1, 0}, false},
		{[]string{"5.9999", "4.0001"}, []int16{1, 0}, true},
		{[]string{"1", "1", "1", "1", "1"}, []int16{1, 1, 1, 0, 0}, false},
		{[]string{"1", "1", "1", "1", "1"}, []int16{1, 1, 0, 0, 0}, true},
		{[]string{"1"}, []int16{0}, false}, // no grade, so none that is provisional
	} {
		require.Equal(t, c.provisional, judgedOnly(c.weights...).Evaluate(judged(c.levels...)).Provisional, "%v", c)
	}
}

func TestScoreHoldsItsProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 15).Draw(t, "factors")
		m, scaled := judgedOnly(), judgedOnly()
		factor := decimal.New(int64(rapid.IntRange(1, 5000).Draw(t, "scale")), -2)
		for range n {
			w := decimal.New(int64(rapid.IntRange(1, 99_999).Draw(t, "weight")), -4)
			m.Factors = append(m.Factors, Factor{Kind: Judged, Weight: w})
			scaled.Factors = append(scaled.Factors, Factor{Kind: Judged, Weight: w.Mul(factor)})
		}
		levels := rapid.SliceOfN(rapid.Int16Range(0, 4), n, n).Draw(t, "levels")
		r := m.Evaluate(judged(levels...))
		if score := r.Score(); score != nil {
			require.True(t, score.GreaterThanOrEqual(m.Points[0]) && score.LessThanOrEqual(m.Points[3]), "score %s", score)
		}
		s := scaled.Evaluate(judged(levels...))
		require.Equal(t, r.Grade, s.Grade, "only the proportion of the weights matters")
		require.Equal(t, r.Provisional, s.Provisional)
		require.Equal(t, text(r.Score()), text(s.Score()))

		i := rapid.IntRange(0, n-1).Draw(t, "raised")
		if levels[i] == 0 || levels[i] == Levels {
			return
		}
		levels[i]++
		raised := m.Evaluate(judged(levels...))
		require.GreaterOrEqual(t, raised.Grade, r.Grade)
		require.True(t, raised.Points.GreaterThan(r.Points))
	})
}

func text(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func TestBandsAreMonotone(t *testing.T) {
	t.Parallel()
	m := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		f := &m.Factors[rapid.IntRange(0, len(m.Factors)-1).Draw(t, "factor")]
		if !f.Measurable() {
			return
		}
		a := decimal.New(rapid.Int64Range(-1_000, 2_000_000_000).Draw(t, "a"), -3)
		b := a.Add(decimal.New(rapid.Int64Range(0, 1_000_000_000).Draw(t, "more"), -3))
		if f.LowerIsBetter {
			a, b = b, a
		}
		require.LessOrEqual(t, f.Band(a), f.Band(b))
	})
}
