package churn

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	typedate "google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/purchase"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// serve runs the server behind all interceptors.
func serve(t testing.TB) (*servicetest.Service, *world, segmentationv1.ChurnServiceClient) {
	t.Helper()
	def := definition
	def.Register = func(r grpc.ServiceRegistrar, p *service.Platform) error {
		server, err := NewServer(p.DB, p.Now, p.Pages, settings.NewStore(p.DB, p.Now))
		segmentationv1.RegisterChurnServiceServer(r, server)
		return err
	}
	s := servicetest.Start(t, def)
	return s, newWorld(t, s.DB), segmentationv1.NewChurnServiceClient(s.Conn)
}

func refused(t testing.TB, code codes.Code, text string, err error) {
	t.Helper()
	require.Equal(t, code, status.Code(err), "%v", err)
	require.ErrorContains(t, err, text)
}

func TestGetCustomerChurnRisk(t *testing.T) {
	t.Parallel()
	s, w, client := serve(t)
	m := silent(20)
	m.Territory, m.Sales, m.Previous = "cn/south", "1", "100"
	id, quiet := w.customer(m), w.customer(measures{Territory: "cn/south"})
	w.assess(today, daily, id, quiet)
	m.Sales = "100"
	w.measure(id, m)
	w.assess(today, daily, id, quiet)
	model := purchase.Model{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}
	require.NoError(t, w.part.store.keep(t.Context(), &Model{ID: newID(t), FitDay: ago(1), CreateTime: w.clock.Now(), Model: model}))

	ctx := s.As(t, typev1.Level_BASIC, "cn/south")
	name := aggregate.Name(id) + "/churnRisk"
	got, err := client.GetCustomerChurnRisk(ctx, &segmentationv1.GetCustomerChurnRiskRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, name, got.Name)
	require.True(t, got.AtRisk)
	require.Len(t, got.OpenRisks, 1)
	require.Equal(t, int32(20), got.OpenRisks[0].GetSilence().SilenceDays)
	require.Len(t, got.ClearedRisks, 1)
	require.Equal(t, segmentationv1.ChurnRisk_YEAR_DROP, got.ClearedRisks[0].Reason)
	require.Equal(t, int32(20), got.SilenceDays)
	require.Equal(t, civil.Date(ago(20)).String(), got.LastOrderDate.String())
	require.Equal(t, civil.Date(ago(10)).String(), got.ExpectedOrderDate.String())
	require.Equal(t, civil.Date(ago(5)).String(), got.LimitDate.String())
	h := purchase.History{X: 4, Tx: 480 / 7.0, T: 500 / 7.0}
	require.InDelta(t, model.ProbabilityAlive(h), got.GetProbabilityAlive(), 1e-12)
	require.InDelta(t, model.ExpectedPurchases(h, 90/7.0), got.GetExpectedOrders(), 1e-12)
	require.Equal(t, int32(1), got.SettingsVersion)

	got, err = client.GetCustomerChurnRisk(ctx, &segmentationv1.GetCustomerChurnRiskRequest{Name: aggregate.Name(quiet) + "/churnRisk"})
	require.NoError(t, err)
	require.False(t, got.AtRisk)
	require.Nil(t, got.ProbabilityAlive)
	require.Nil(t, got.LastOrderDate)

	w.run(`update customers set delete_time = $2 where customer_id = $1`, id, w.clock.Now())
	got, err = client.GetCustomerChurnRisk(ctx, &segmentationv1.GetCustomerChurnRiskRequest{Name: name})
	require.NoError(t, err)
	require.False(t, got.AtRisk, "deleted")
	require.Len(t, got.ClearedRisks, 1)

	for _, territories := range [][]string{{"cn/southwest"}, {"cn/north"}} {
		_, err = client.GetCustomerChurnRisk(s.As(t, typev1.Level_EXECUTIVE, territories...), &segmentationv1.GetCustomerChurnRiskRequest{Name: name})
		refused(t, codes.PermissionDenied, "denied, or it does not exist", err)
	}
	unknown := aggregate.Name(newID(t)) + "/churnRisk"
	_, err = client.GetCustomerChurnRisk(ctx, &segmentationv1.GetCustomerChurnRiskRequest{Name: unknown})
	refused(t, codes.PermissionDenied, "denied, or it does not exist", err)
	_, err = client.GetCustomerChurnRisk(s.As(t, typev1.Level_BASIC), &segmentationv1.GetCustomerChurnRiskRequest{Name: unknown})
	refused(t, codes.NotFound, "does not exist", err)
	for _, wrong := range []string{"", "customers/x/churnRisk", aggregate.Name(id), "customers/-/churnRisk", aggregate.Name(id) + "/churnRisk/"} {
		_, err = client.GetCustomerChurnRisk(ctx, &segmentationv1.GetCustomerChurnRiskRequest{Name: wrong})
		refused(t, codes.InvalidArgument, "name", err)
	}
}

func TestListChurnRisks(t *testing.T) {
	t.Parallel()
	s, w, client := serve(t)
	south, north := silent(20), silent(30)
	south.Territory, south.Value, south.Tier, south.Sales, south.Previous = "cn/south", "300", 1, "1", "100"
	north.Territory, north.Value, north.Tier = "cn/north", "700.5", 4
	a, b, gone := w.customer(south), w.customer(north), w.customer(north)
	w.assess(today.AddDate(0, 0, -1), daily, a)
	w.assess(today, daily, b, gone)
	w.run(`update customers set delete_time = $2 where customer_id = $1`, gone, w.clock.Now())
	south.Sales = "100"
	w.measure(a, south)
	w.assess(today, daily, a)

	list := func(ctx context.Context, r *segmentationv1.ListChurnRisksRequest) (names []string) {
		r.PageSize = 1
		for {
			page, err := client.ListChurnRisks(ctx, r)
			require.NoError(t, err)
			for _, risk := range page.ChurnRisks {
				names = append(names, risk.Customer+" "+risk.Reason.String())
			}
			if r.PageToken = page.NextPageToken; r.PageToken == "" {
				return names
			}
		}
	}
	silence, drop := " SILENCE", " YEAR_DROP"
	nameA, nameB := aggregate.Name(a), aggregate.Name(b)
	basic, manager := s.As(t, typev1.Level_BASIC), s.As(t, typev1.Level_MANAGER)
	for filter, wanted := range map[string][]string{
		"":                           {nameB + silence, nameA + silence, nameA + drop},
		"open = true":                {nameB + silence, nameA + silence},
		"NOT open":                   {nameA + drop},
		"reason = YEAR_DROP":         {nameA + drop},
		"tier = VIP":                 {nameB + silence},
		`territory = "cn/south"`:     {nameA + silence, nameA + drop},
		"owner = alice AND open":     {nameB + silence, nameA + silence},
		"class = CORE":               nil,
		`raise_date = "2026-01-05"`:  {nameB + silence},
		`clear_date >= "2026-01-05"`: {nameA + drop},
	} {
		require.ElementsMatch(t, wanted, list(basic, &segmentationv1.ListChurnRisksRequest{Filter: filter}), filter)
	}
	require.Equal(t, nameB+silence, list(basic, &segmentationv1.ListChurnRisksRequest{})[0], "the newest first")
	require.Equal(t, []string{nameB + silence, nameA + silence}, list(manager, &segmentationv1.ListChurnRisksRequest{OrderBy: "value desc", Filter: "open = true"}))
	require.Equal(t, []string{nameA + silence, nameB + silence}, list(manager, &segmentationv1.ListChurnRisksRequest{OrderBy: "value", Filter: "open = true"}))
	require.ElementsMatch(t, []string{nameA + silence, nameA + drop}, list(basic, &segmentationv1.ListChurnRisksRequest{Parent: nameA}))
	require.Equal(t, []string{nameB + silence}, list(s.As(t, typev1.Level_BASIC, "cn/north"), &segmentationv1.ListChurnRisksRequest{}))

	page, err := client.ListChurnRisks(manager, &segmentationv1.ListChurnRisksRequest{Parent: nameB})
	require.NoError(t, err)
	require.Equal(t, int64(700), page.ChurnRisks[0].Value.Units)
	require.Equal(t, "CNY", page.ChurnRisks[0].Value.CurrencyCode)
	require.Equal(t, "光谷", page.ChurnRisks[0].DisplayName)
	page, err = client.ListChurnRisks(basic, &segmentationv1.ListChurnRisksRequest{Parent: nameB})
	require.NoError(t, err)
	require.Nil(t, page.ChurnRisks[0].Value)

	for _, r := range []*segmentationv1.ListChurnRisksRequest{{OrderBy: "value desc"}, {Filter: "value > 5"}} {
		_, err = client.ListChurnRisks(basic, r)
		refused(t, codes.PermissionDenied, "value", err)
	}
	_, err = client.ListChurnRisks(basic, &segmentationv1.ListChurnRisksRequest{Filter: "reason = NONE"})
	refused(t, codes.InvalidArgument, "filter", err)
	_, err = client.ListChurnRisks(basic, &segmentationv1.ListChurnRisksRequest{Parent: "customers/-"})
	refused(t, codes.InvalidArgument, "parent", err)
	_, err = client.ListChurnRisks(s.As(t, typev1.Level_BASIC, "cn/north"), &segmentationv1.ListChurnRisksRequest{Parent: nameA})
	refused(t, codes.PermissionDenied, "denied, or it does not exist", err)
}

func TestBacktestChurnRules(t *testing.T) {
	t.Parallel()
	s, w, client := serve(t)
	w.hand()
	manager := s.As(t, typev1.Level_MANAGER)
	asOf := func(days int) *typedate.Date { return civil.Date(ago(days)) }
	run := func(r *segmentationv1.BacktestChurnRulesRequest) *segmentationv1.ChurnBacktest {
		begun, err := client.BacktestChurnRules(manager, r)
		require.NoError(t, err)
		require.Zero(t, begun.CustomerCount)
		require.Empty(t, begun.Results)
		w.work()
		got, err := client.GetChurnBacktest(manager, &segmentationv1.GetChurnBacktestRequest{Name: begun.Name})
		require.NoError(t, err)
		require.Equal(t, typev1.Operation_SUCCEEDED, got.Operation.State, got.Operation)
		return got
	}
	got := run(&segmentationv1.BacktestChurnRulesRequest{AsOfDate: asOf(200)})
	require.Equal(t, int32(180), got.HorizonDays)
	require.Equal(t, int64(8), got.CustomerCount)
	require.Equal(t, int64(5), got.ChurnedCount)
	require.Len(t, got.Results, 7)
	require.Equal(t, int64(5), got.Results[0].WarnedCount)
	require.InDelta(t, 0.6, got.Results[0].GetPrecision(), 1e-12)
	require.InDelta(t, 0.6, got.Results[1].GetRecall(), 1e-12)
	require.Nil(t, got.Results[3].Precision)
	require.Equal(t, int32(1), got.SettingsVersion)
	require.Equal(t, int32(3), got.ChurnRules.MinIntervals)
	require.Len(t, got.ChurnRules.TierSilences, 5)
	require.Nil(t, got.PurchaseModel)

	changed := &segmentationv1.ChurnRules{MinIntervals: 3, DeviationFactor: 3, MedianFactor: 0.7, ComplaintDays: 1, ModelMinCustomers: 10}
	got = run(&segmentationv1.BacktestChurnRulesRequest{AsOfDate: asOf(200), ChurnRules: changed})
	require.Zero(t, got.Results[0].WarnedCount, "17 days are within a rhythm that tolerates 17; the other rules are off")
	changed.MedianFactor = 0.6
	got = run(&segmentationv1.BacktestChurnRulesRequest{AsOfDate: asOf(200), ChurnRules: changed})
	require.Equal(t, int64(1), got.Results[0].WarnedCount, "of 17 days of silence, not of 16")

	_, err := client.BacktestChurnRules(s.As(t, typev1.Level_BASIC), &segmentationv1.BacktestChurnRulesRequest{AsOfDate: asOf(200)})
	refused(t, codes.PermissionDenied, "", err)
	twice := &segmentationv1.TierSilence{Tier: segmentationv1.Tier_VIP, Days: 3}
	for field, r := range map[string]*segmentationv1.BacktestChurnRulesRequest{
		"as_of_date [HORIZON]":            {AsOfDate: asOf(179)},
		"as_of_date [DATE]":               {AsOfDate: &typedate.Date{Year: 2025, Month: 2, Day: 30}},
		"as_of_date":                      {},
		"horizon_days":                    {AsOfDate: asOf(200), HorizonDays: -1},
		"active_days":                     {AsOfDate: asOf(200), ActiveDays: -1},
		"churn_rules.min_intervals":       {AsOfDate: asOf(200), ChurnRules: &segmentationv1.ChurnRules{ComplaintDays: 1, ModelMinCustomers: 10}},
		"churn_rules.tier_silences[1].ti": {AsOfDate: asOf(200), ChurnRules: &segmentationv1.ChurnRules{MinIntervals: 3, ComplaintDays: 1, ModelMinCustomers: 10, TierSilences: []*segmentationv1.TierSilence{twice, twice}}},
	} {
		_, err = client.BacktestChurnRules(manager, r)
		refused(t, codes.InvalidArgument, field, err)
	}
	w.run(`delete from orders where order_day > $1`, ago(30))
	_, err = client.BacktestChurnRules(manager, &segmentationv1.BacktestChurnRulesRequest{AsOfDate: asOf(200)})
	refused(t, codes.InvalidArgument, "HORIZON", err)
	begun, err := client.BacktestChurnRules(manager, &segmentationv1.BacktestChurnRulesRequest{AsOfDate: asOf(200), HorizonDays: 100})
	require.NoError(t, err)
	south := s.As(t, typev1.Level_MANAGER, "cn/south")
	_, err = client.GetChurnBacktest(south, &segmentationv1.GetChurnBacktestRequest{Name: begun.Name})
	refused(t, codes.PermissionDenied, "", err)
	_, err = client.CancelChurnBacktest(south, &segmentationv1.CancelChurnBacktestRequest{Name: begun.Name})
	refused(t, codes.PermissionDenied, "", err)
	off, err := client.CancelChurnBacktest(manager, &segmentationv1.CancelChurnBacktestRequest{Name: begun.Name})
	require.NoError(t, err)
	require.Equal(t, typev1.Operation_CANCELLED, off.Operation.State)
	begun, err = client.BacktestChurnRules(manager, &segmentationv1.BacktestChurnRulesRequest{AsOfDate: asOf(200), HorizonDays: 100})
	require.NoError(t, err)
	w.run(`update operations set request = jsonb_set(request, '{version}', '7') where state = 1`)
	w.work()
	failed, err := client.GetChurnBacktest(manager, &segmentationv1.GetChurnBacktestRequest{Name: begun.Name})
	require.NoError(t, err)
	require.Equal(t, "SETTINGS_CHANGED", failed.Operation.Error.Reason)
	require.Empty(t, failed.Results)
}

// work does all back-tests that can be done now.
func (w *world) work() {
	w.Helper()
	kind := Backtesting(w.DB, settings.NewStore(w.DB, w.clock.Now))
	runner, err := operation.NewRunner(w.DB, []operation.Kind{kind}, slog.New(slog.DiscardHandler), w.clock.Now)
	require.NoError(w, err)
	require.NoError(w, runner.Tick(w.Context()))
}
