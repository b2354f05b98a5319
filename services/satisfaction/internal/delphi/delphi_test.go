package delphi_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/delphi"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

var rules = settings.Delphi{MostMovementPercent: 5, MostVariation: 0.25, MinimumExperts: 3}

func ballots(rows ...[]float64) delphi.Ballots {
	var out delphi.Ballots
	for _, row := range rows {
		var ballot []decimal.Decimal
		for _, w := range row {
			ballot = append(ballot, decimal.NewFromFloat(w))
		}
		out = append(out, ballot)
	}
	return out
}

func TestRoundsUntilTheyAgree(t *testing.T) {
	t.Parallel()
	first := &delphi.Round{Codes: []string{"a", "b"}}
	require.NoError(t, first.Close(ballots([]float64{3, 1}, []float64{5, 1}, []float64{4, 3}), nil, rules))
	require.False(t, first.Stable, "nobody has seen what the others said")
	require.Equal(t, "4", first.Opinions[0].Mean.String())
	require.Nil(t, first.Opinions[0].Movement)
	require.False(t, first.Opinions[0].Varying, "a variation of exactly 0.25")
	require.True(t, first.Opinions[1].Varying)
	require.InDelta(t, 1, first.Concordance.Corrected, 1e-9)

	second := &delphi.Round{Codes: []string{"a", "b"}}
	require.NoError(t, second.Close(ballots([]float64{4, 1.5}, []float64{4, 1.5}, []float64{4.3, 1.5}), first, rules))
	require.False(t, second.Stable)
	require.False(t, second.Opinions[0].Moving, "by 2.5 %")
	require.True(t, second.Opinions[1].Moving, "by 10 %")
	require.InDelta(t, 10, *second.Opinions[1].Movement, 1e-9)

	third := &delphi.Round{Codes: []string{"a", "b"}}
	require.NoError(t, third.Close(ballots([]float64{4, 1.5}, []float64{4, 1.5}, []float64{4.3, 1.5}), second, rules))
	require.True(t, third.Stable)
}

func TestOfTooFewNothingIsTold(t *testing.T) {
	t.Parallel()
	r := &delphi.Round{Codes: []string{"a", "b"}}
	require.NoError(t, r.Close(ballots([]float64{3, 1}, []float64{5, 1}), nil, rules))
	require.Empty(t, r.Opinions)
	require.Empty(t, r.Ballots)
	require.Nil(t, r.Concordance)
	require.EqualValues(t, 2, r.Rated)
	alike := &delphi.Round{Codes: []string{"a", "b"}}
	require.NoError(t, alike.Close(ballots([]float64{1, 1}, []float64{1, 1}, []float64{2, 2}), nil, rules))
	require.Nil(t, alike.Concordance, "there is no order to agree on")
	require.Len(t, alike.Opinions, 2)
}

// In whatever order experts answered, what is kept is the same: from the order nothing can be told.
func TestWhoSaidWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var given delphi.Ballots
		for range rapid.IntRange(3, 8).Draw(t, "experts") {
			given = append(given, []decimal.Decimal{decimal.New(rapid.Int64Range(1, 9).Draw(t, "a"), 0), decimal.New(rapid.Int64Range(1, 9).Draw(t, "b"), 0)})
		}
		one, other := &delphi.Round{Codes: []string{"a", "b"}}, &delphi.Round{Codes: []string{"a", "b"}}
		require.NoError(t, one.Close(given, nil, rules))
		require.NoError(t, other.Close(rapid.Permutation(given).Draw(t, "order"), nil, rules))
		require.Equal(t, fmt.Sprint(one.Ballots), fmt.Sprint(other.Ballots))
		require.Equal(t, fmt.Sprint(one.Opinions), fmt.Sprint(other.Opinions))
	})
}

func TestWhatExpertsMaySay(t *testing.T) {
	t.Parallel()
	r := &delphi.Round{ID: uuid.New(), Codes: []string{"a", "b"}}
	w := decimal.RequireFromString
	for name, c := range map[string]struct {
		codes   []string
		weights []decimal.Decimal
		broken  string
	}{
		"all":              {[]string{"b", "a"}, []decimal.Decimal{w("1000"), w("0.0001")}, ""},
		"one is missing":   {[]string{"a"}, []decimal.Decimal{w("1")}, "ratings MISSING;"},
		"one twice":        {[]string{"a", "b", "a"}, []decimal.Decimal{w("1"), w("1"), w("1")}, "2.code UNIQUE;"},
		"one unknown":      {[]string{"a", "b", "c"}, []decimal.Decimal{w("1"), w("1"), w("1")}, "2.code CODE;"},
		"nothing":          {[]string{"a", "b"}, []decimal.Decimal{w("0"), w("1")}, "0.weight RANGE;"},
		"too much":         {[]string{"a", "b"}, []decimal.Decimal{w("1000.1"), w("1")}, "0.weight RANGE;"},
		"too many decimal": {[]string{"a", "b"}, []decimal.Decimal{w("0.00001"), w("1")}, "0.weight RANGE;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := ""
			for _, v := range r.Check(c.codes, c.weights, func(i int, field string) string { return fmt.Sprintf("%d.%s", i, field) }) {
				broken += v.Field + " " + v.Rule + ";"
			}
			require.Equal(t, c.broken, broken)
		})
	}
}
