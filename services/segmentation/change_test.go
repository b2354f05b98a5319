package segmentation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation"
)

// Other numbers judge everybody anew, though nothing about a customer has changed and the clock stands still.
func TestSettingsJudgeEverybodyAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "Huawei")
	b.order(t, c, "1", 3, 1_500, 0)
	b.settled(t)
	tier := func() *segmentationv1.CustomerTier {
		at, err := b.standings.GetTier(b.admin(t), &segmentationv1.GetTierRequest{Name: c + "/tier"})
		require.NoError(t, err)
		return at
	}
	require.Equal(t, segmentationv1.Tier_REGULAR, tier().GetTier())
	numbers, err := b.settings.GetSettings(b.admin(t), &segmentationv1.GetSettingsRequest{Name: "segmentationSettings"})
	require.NoError(t, err)
	numbers.TierBands[2].LowerEdge = "1000"
	for _, label := range []string{"", "again"} { // two changes share a run, or have one each
		numbers.TierHysteresis += 0.01
		_, err = b.settings.UpdateSettings(b.admin(t), &segmentationv1.UpdateSettingsRequest{
			Settings: numbers, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"tier_bands", "tier_hysteresis"}},
		})
		require.NoError(t, err, label)
		numbers.Etag = ""
	}
	require.Eventually(t, func() bool { return tier().GetTier() == segmentationv1.Tier_MID }, testkit.Patience, tick)
	require.Eventually(t, func() bool { return b.operations(t, "segmentation-assessment", 1, 2) == 0 }, testkit.Patience, tick)
	require.LessOrEqual(t, b.operations(t, "segmentation-assessment", 3), 2)
}

// Another rate values what is there anew, in the background; the tier follows.
func TestRatesValueEverythingAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "Huawei")
	b.order(t, c, "1", 3, 1_500, 0)
	b.settled(t)
	_, err := b.settings.UpdateSettings(b.admin(t), &segmentationv1.UpdateSettingsRequest{Settings: &segmentationv1.Settings{
		Name: "segmentationSettings", CurrencyCode: "USD",
		ExchangeRates: []*segmentationv1.ExchangeRate{{CurrencyCode: "CNY", Rate: "10", EffectiveDate: b.today()}},
	}})
	require.NoError(t, err)
	b.finished(t, "segmentation-revaluation", 1)
	var rated int
	require.NoError(t, b.DB.Get(t.Context(), &rated, `select count(*) from orders where rate is not null`))
	require.Zero(t, rated, "the rate is of today, the order of three days ago")
	_, err = b.settings.UpdateSettings(b.admin(t), &segmentationv1.UpdateSettingsRequest{Settings: &segmentationv1.Settings{
		Name: "segmentationSettings", ExchangeRates: []*segmentationv1.ExchangeRate{{CurrencyCode: "CNY", Rate: "10", EffectiveDate: &date.Date{Year: 2020, Month: 1, Day: 1}}},
	}})
	require.NoError(t, err)
	b.finished(t, "segmentation-revaluation", 2)
	require.Eventually(t, func() bool {
		class, err := b.standings.GetClass(b.admin(t), &segmentationv1.GetClassRequest{Name: c + "/class"})
		require.NoError(t, err)
		return class.GetValue().GetUnits() == 15_000 && class.GetValue().GetCurrencyCode() == "USD"
	}, testkit.Patience, tick)

	var measured int
	_, err = b.DB.Exec(t.Context(), `update measures set last_year_sales = -1`)
	require.NoError(t, err)
	_, err = b.settings.UpdateSettings(b.admin(t), &segmentationv1.UpdateSettingsRequest{
		Settings: &segmentationv1.Settings{Name: "segmentationSettings", FiscalYearStartMonth: 4},
	})
	require.NoError(t, err)
	b.finished(t, "segmentation-revaluation", 3)
	require.Eventually(t, func() bool {
		require.NoError(t, b.DB.Get(t.Context(), &measured, `select count(*) from measures where last_year_sales >= 0`))
		return measured == 1
	}, testkit.Patience, tick, "the fiscal year is another one, and all are measured by it")
}

// operations is how many of a kind are in one of the states.
func (b *bundle) operations(t *testing.T, kind string, states ...int) (n int) {
	t.Helper()
	for _, state := range states {
		var some int
		require.NoError(t, b.DB.Get(t.Context(), &some, `select count(*) from operations where kind = $1 and state = $2`, kind, state))
		n += some
	}
	return n
}

func (b *bundle) finished(t *testing.T, kind string, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return b.operations(t, kind, 3) == n }, testkit.Patience, tick)
}

// Who hears of years of orders within a moment judges when all of them are there: between any two of them every customer has been silent for long.
func TestNobodyIsWarnedOfWhileHistoryComesIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Stop(t)
	for i := range 10 {
		c := b.customer(t, fmt.Sprint(i))
		for j := range 40 {
			b.order(t, c, fmt.Sprint(j), 1+(39-j)*30, 1000, 0)
		}
	}
	b.Clock.Advance(time.Minute)
	b.Service = b.profile.Beside(t, segmentation.Definition())
	b.settled(t)
	var warned, judged int
	require.NoError(t, b.DB.Get(t.Context(), &judged, `select count(*) from standings where tier > 0`))
	require.Equal(t, 10, judged)
	require.NoError(t, b.DB.Get(t.Context(), &warned, `select count(*) from churn_risks`))
	require.Zero(t, warned)
	var moves int
	require.NoError(t, b.DB.Get(t.Context(), &moves, `select count(*) from standing_moves where dimension = 5`))
	require.Equal(t, 10, moves, "one stage each, that of today")
}
