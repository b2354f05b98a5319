package recall_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/recall"
)

// Whatever is booked, what is back never exceeds what is affected nor falls below nothing, an item is RETURNED exactly when all of it is back, and a refusal changes nothing.
func TestReturnsAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		i := &recall.Item{Quantity: decimal.New(rapid.Int64Range(1, 1000).Draw(t, "quantity"), -2), State: recall.ItemState(rapid.IntRange(1, 2).Draw(t, "state"))}
		sum := decimal.Zero
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			before, at := *i, time.Unix(1, 0)
			if rapid.IntRange(0, 9).Draw(t, "close") == 0 {
				if err := i.Close("x", at); err != nil {
					require.Equal(t, "ITEM_CLOSED", fault.From(err).Reason())
					require.Equal(t, before, *i)
				}
				continue
			}
			q := decimal.New(rapid.Int64Range(-500, 500).Draw(t, "q"), -2)
			if err := i.Return(q, at); err != nil {
				require.Contains(t, []string{"ITEM_CLOSED", "RETURN_EXCEEDED"}, fault.From(err).Reason())
				require.Equal(t, before, *i)
				continue
			}
			sum = sum.Add(q)
			require.True(t, sum.Equal(i.Returned))
			require.False(t, i.Returned.IsNegative() || i.Returned.GreaterThan(i.Quantity))
			require.Equal(t, i.Returned.Equal(i.Quantity), i.State == recall.Returned)
		}
	})
}

func TestWhoMayRecall(t *testing.T) {
	t.Parallel()
	everywhere, south := []string{auth.Anywhere}, []string{"cn/south"}
	for _, c := range []struct {
		territory string
		caller    auth.Principal
		want      string
	}{
		{"cn/south", auth.Principal{Level: typev1.Level_MANAGER, Territories: south}, ""},
		{"cn/south/shenzhen", auth.Principal{Level: typev1.Level_MANAGER, Territories: south}, ""},
		{"cn", auth.Principal{Level: typev1.Level_MANAGER, Territories: south}, "TERRITORY"},
		{"cn/southern", auth.Principal{Level: typev1.Level_MANAGER, Territories: south}, "TERRITORY"},
		{"", auth.Principal{Level: typev1.Level_MANAGER, Territories: south, Administrator: true}, "TERRITORY"},
		{"", auth.Principal{Level: typev1.Level_EXECUTIVE, Territories: everywhere}, "ADMINISTRATOR"},
		{"", auth.Principal{Level: typev1.Level_BASIC, Territories: everywhere, Administrator: true}, "ADMINISTRATOR"},
		{"", auth.Principal{Level: typev1.Level_MANAGER, Territories: everywhere, Administrator: true}, ""},
		{"cn", auth.Principal{Level: typev1.Level_MANAGER, Territories: everywhere}, ""},
	} {
		err := (&recall.Recall{Territory: c.territory}).Permit(c.caller)
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, c.want, fault.From(err).Reason(), "%+v", c)
	}
}

func TestRecallsKeepTheRules(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	good := recall.Recall{Title: "x", Reason: "x", Codes: []string{"A"}, OrderStart: &day}
	require.Empty(t, good.Check())
	bad := recall.Recall{OrderStart: &day, OrderEnd: &day}
	var fields []string
	for _, v := range bad.Check() {
		fields = append(fields, v.Field+" "+v.Rule)
	}
	require.Equal(t, []string{"title REQUIRED", "reason REQUIRED", "product_codes PRODUCT", "order_end_time PERIOD"}, fields)
	require.False(t, good.Lead())
	for from := recall.Draft; from <= recall.Cancelled; from++ {
		r := recall.Recall{State: from}
		if err := r.Step(recall.Draft, recall.Started); from == recall.Draft {
			require.NoError(t, err)
			require.Equal(t, recall.Started, r.State)
		} else {
			require.Equal(t, "STATE", fault.From(err).Reason())
		}
	}
}
