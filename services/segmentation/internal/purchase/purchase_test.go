package purchase

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// broken is field and rule of an error, "" of none.
func broken(err error) string {
	if err == nil {
		return ""
	}
	names := ""
	for _, v := range fault.From(err).Violations() {
		names += v.Field + " " + v.Rule + ";"
	}
	return names
}

func TestHistoryRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		history History
		broken  string
	}{
		"one purchase only":      {History{T: 38.86}, ""},
		"just begun":             {History{}, ""},
		"bought at the end":      {History{X: 1, Tx: 40, T: 40}, ""},
		"negative count":         {History{X: -1, Tx: 1, T: 2}, "x RANGE;"},
		"too many":               {History{X: MaxPurchases + 1, Tx: 1, T: 2}, "x RANGE;"},
		"negative end":           {History{T: -1}, "t RANGE;"},
		"no number":              {History{T: math.NaN()}, "t RANGE;"},
		"infinite end":           {History{T: math.Inf(1)}, "t RANGE;"},
		"last is no number":      {History{X: 1, Tx: math.NaN(), T: 2}, "tx RANGE;"},
		"negative last":          {History{X: 1, Tx: -1, T: 2}, "tx RANGE;"},
		"last after the end":     {History{X: 1, Tx: 2.5, T: 2}, "tx AFTER_END;"},
		"last without purchases": {History{X: 0, Tx: 1, T: 2}, "tx NO_REPEAT_PURCHASE;"},
		"purchases without last": {History{X: 1, Tx: 0, T: 2}, "tx NO_REPEAT_PURCHASE;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.broken, broken(c.history.Check()))
			p := Population{}
			require.Equal(t, c.broken, broken(p.Add(c.history, 1)))
			require.Equal(t, c.broken == "", len(p) == 1, "what is refused is not counted")
		})
	}
	require.Equal(t, "customers RANGE;", broken(Population{}.Add(History{T: 1}, 0)))
}

func TestModelRules(t *testing.T) {
	t.Parallel()
	require.NoError(t, Model{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}.Check())
	require.Equal(t, "r RANGE;alpha RANGE;a RANGE;b RANGE;", broken(Model{R: 0, Alpha: -1, A: math.NaN(), B: math.Inf(1)}.Check()))
}
