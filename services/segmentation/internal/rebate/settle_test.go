package rebate

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	pbmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations")})
}

type bundle struct {
	*Server
	db    *postgres.DB
	clock *testkit.Clock
}

func setup(t *testing.T) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	s, err := NewServer(db, clock.Now, pages, settings.NewStore(db, clock.Now))
	require.NoError(t, err)
	return &bundle{Server: s, db: db, clock: clock}
}

func in(t *testing.T, territory string) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: "alice", Level: typev1.Level_MANAGER, Territories: []string{territory}})
}

func (b *bundle) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func (b *bundle) customer(t *testing.T, territory string) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, $2, $3)`, id, territory, b.clock.Now())
	return id
}

func (b *bundle) order(t *testing.T, customer uuid.UUID, day, amount string) {
	t.Helper()
	b.exec(t, `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
		values ($1, gen_random_uuid(), cast($2 as date), cast($2 as date), 'CNY', 1, cast($3 as numeric), '{}')`, customer, day, amount)
}

func (b *bundle) paid(t *testing.T, customer uuid.UUID, due, paid, amount string) {
	t.Helper()
	b.exec(t, `insert into payments values ($1, gen_random_uuid(), 'CNY', 1, cast($4 as numeric), cast($2 as date), cast($3 as date))`, customer, due, paid, amount)
}

func cny(units int64) *pbmoney.Money { return &pbmoney.Money{CurrencyCode: "CNY", Units: units} }

func (b *bundle) agree(t *testing.T, customer uuid.UUID, a *segmentationv1.RebateAgreement) *segmentationv1.RebateAgreement {
	t.Helper()
	out, err := b.CreateRebateAgreement(in(t, auth.Anywhere), &segmentationv1.CreateRebateAgreementRequest{Parent: aggregate.Name(customer), RebateAgreement: a})
	require.NoError(t, err)
	return out
}

func million() *segmentationv1.RebateAgreement {
	return &segmentationv1.RebateAgreement{
		Kind: segmentationv1.RebateAgreement_TARGET, FiscalYear: 2025, Target: cny(1_000_000),
		Tiers: []*segmentationv1.RebateTier{{Threshold: "100", RatePercent: "2"}, {Threshold: "120", RatePercent: "3"}},
	}
}

func (b *bundle) settle(t *testing.T, territory string, dry bool) *segmentationv1.RebateSettlement {
	t.Helper()
	return b.settled(t, territory, &segmentationv1.SettleRebatesRequest{FiscalYear: 2025, DryRun: dry})
}

// settled is what has come of a settlement when it is over.
func (b *bundle) settled(t *testing.T, territory string, r *segmentationv1.SettleRebatesRequest) *segmentationv1.RebateSettlement {
	t.Helper()
	begun, err := b.SettleRebates(in(t, territory), r)
	require.NoError(t, err)
	require.Equal(t, typev1.Operation_PENDING, begun.GetOperation().GetState())
	b.work(t)
	out := b.settlementOf(t, territory, begun.GetName())
	require.Equal(t, typev1.Operation_SUCCEEDED, out.GetOperation().GetState(), out.GetOperation())
	return out
}

func (b *bundle) settlementOf(t *testing.T, territory, name string) *segmentationv1.RebateSettlement {
	t.Helper()
	out, err := b.GetRebateSettlement(in(t, territory), &segmentationv1.GetRebateSettlementRequest{Name: name})
	require.NoError(t, err)
	return out
}

// work does all settlements that can be done now.
func (b *bundle) work(t *testing.T) {
	t.Helper()
	kind := Settling(b.store, b.numbers)
	runner, err := operation.NewRunner(b.db, []operation.Kind{kind}, slog.New(slog.DiscardHandler), b.clock.Now)
	require.NoError(t, err)
	require.NoError(t, runner.Tick(t.Context()))
}

func requireReason(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, []any{code, reason}, []any{fault.From(err).Code(), fault.From(err).Reason()}, "%v", err)
}

func TestSettlingPostsDifferencesOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "cn/south")
	agreed := b.agree(t, c, million())
	for day, amount := range map[string]string{"2024-12-31": "777", "2025-01-01": "600000", "2025-12-31": "399999.99", "2026-01-01": "888"} {
		b.order(t, c, day, amount)
	}
	dry := b.settle(t, auth.Anywhere, true)
	require.Equal(t, []int32{1, 0}, []int32{dry.GetAgreementCount(), dry.GetPostingCount()})
	require.Equal(t, "99.999999", dry.GetRebates()[0].GetAttainmentPercent())
	require.Empty(t, dry.GetRebates()[0].GetName())

	b.order(t, c, "2025-06-01", "0.01")
	require.Equal(t, int64(20000), b.settle(t, auth.Anywhere, true).GetAmount().GetUnits())
	first := b.settle(t, auth.Anywhere, false)
	require.Equal(t, int32(1), first.GetPostingCount())
	require.Equal(t, int64(20000), first.GetRebates()[0].GetAmount().GetUnits())
	require.Equal(t, agreed.GetName(), first.GetRebates()[0].GetAgreement())
	require.Zero(t, b.settle(t, auth.Anywhere, false).GetPostingCount(), "once")

	b.order(t, c, "2025-07-01", "200000")
	require.Equal(t, int64(16000), b.settle(t, auth.Anywhere, false).GetAmount().GetUnits())
	b.order(t, c, "2025-08-01", "-300000")
	require.Equal(t, int64(-36000), b.settle(t, auth.Anywhere, false).GetAmount().GetUnits(), "returns take back")
	list, err := b.ListRebates(in(t, "cn"), &segmentationv1.ListRebatesRequest{Parent: aggregate.Name(c), Filter: "fiscal_year = 2025 AND kind = TARGET"})
	require.NoError(t, err)
	require.Len(t, list.GetRebates(), 3)
	newest := list.GetRebates()[0]
	require.Equal(t, []any{int32(3), int64(0), "90", ""}, []any{newest.GetPostingNumber(), newest.GetTotal().GetUnits(), newest.GetAttainmentPercent(), newest.GetTierThreshold()})
	var subjects []string
	require.NoError(t, b.db.Select(t.Context(), &subjects, `select subject from outbox where aggregate_id = $1 order by version`, c))
	require.Equal(t, []string{"guanxi.segmentation.rebate.posted.v1", "guanxi.segmentation.rebate.posted.v1", "guanxi.segmentation.rebate.posted.v1"}, subjects)
}

func TestConcurrentSettlementsPostOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 20 {
		c := b.customer(t, "cn/south")
		b.agree(t, c, million())
		b.order(t, c, "2025-03-01", "1000000")
	}
	var names []string
	for range 4 {
		begun, err := b.SettleRebates(in(t, auth.Anywhere), &segmentationv1.SettleRebatesRequest{FiscalYear: 2025})
		require.NoError(t, err)
		names = append(names, begun.GetName())
	}
	var replicas sync.WaitGroup
	for range 3 {
		replicas.Go(func() { b.work(t) })
	}
	replicas.Wait()
	b.work(t) // a replica that found another one at work has gone
	var posted int32
	for _, name := range names {
		posted += b.settlementOf(t, auth.Anywhere, name).GetPostingCount()
	}
	require.Equal(t, int32(20), posted)
}

func TestManyAgreementsAreSettledInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `insert into customers (customer_id, territory, create_time) select gen_random_uuid(), 'cn', now() from generate_series(1, $1)`, 2*chunk+1)
	b.exec(t, `insert into rebate_agreements (customer_id, agreement_id, kind, fiscal_year, currency, target, prepaid_days, tiers, author, create_time)
		select customer_id, gen_random_uuid(), 1, 2025, 'CNY', 100, 0, '[{"threshold": "100", "rate": "1"}]', '', now() from customers`)
	b.exec(t, `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
		select customer_id, gen_random_uuid(), '2025-03-01', '2025-03-01', 'CNY', 1, 100, '{}' from customers`)
	out := b.settle(t, auth.Anywhere, false)
	require.Equal(t, []int64{2*chunk + 1, 2*chunk + 1, shown}, []int64{int64(out.GetPostingCount()), out.GetAmount().GetUnits(), int64(len(out.GetRebates()))})
	require.Zero(t, b.settle(t, auth.Anywhere, false).GetPostingCount())
}

func TestPrepayments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "cn/south")
	made := b.agree(t, c, &segmentationv1.RebateAgreement{
		Kind: segmentationv1.RebateAgreement_PREPAYMENT, FiscalYear: 2025, PrepaidDays: 30,
		Tiers: []*segmentationv1.RebateTier{{Threshold: "1000", RatePercent: "1"}, {Threshold: "3000", RatePercent: "2"}},
	})
	require.Nil(t, made.GetTarget())
	b.paid(t, c, "2025-05-31", "2025-05-01", "1000") // 30 days ahead
	b.paid(t, c, "2025-05-31", "2025-05-02", "5000") // 29
	b.paid(t, c, "2025-01-31", "2024-12-31", "5000") // in the year before
	b.exec(t, `insert into payments values ($1, gen_random_uuid(), 'XAU', null, 5, '2025-09-01', '2025-01-01')`, c)
	out := b.settle(t, auth.Anywhere, false).GetRebates()[0]
	require.Equal(t, []any{int64(1000), int64(10), "1000", int32(1)}, []any{
		out.GetBase().GetUnits(), out.GetAmount().GetUnits(), out.GetTierThreshold(), out.GetUnratedCount(),
	})
	b.paid(t, c, "2026-05-31", "2025-12-31", "2000")
	require.Equal(t, int64(50), b.settle(t, auth.Anywhere, false).GetAmount().GetUnits(), "2 % of 3000, less the 10")
}

func TestOnlyWhatIsInReachIsSettled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south, north, gone := b.customer(t, "cn/south"), b.customer(t, "cn/north"), b.customer(t, "cn/south")
	cancelled := b.customer(t, "cn/south")
	for _, c := range []uuid.UUID{south, north, gone} {
		b.agree(t, c, million())
		b.order(t, c, "2025-03-01", "1000000")
	}
	b.order(t, cancelled, "2025-03-01", "1000000")
	ended, err := b.CancelRebateAgreement(in(t, "cn"), &segmentationv1.CancelRebateAgreementRequest{Name: b.agree(t, cancelled, million()).GetName(), Reason: "bankrupt"})
	require.NoError(t, err)
	require.Equal(t, "bankrupt", ended.GetCancelReason())
	again, err := b.CancelRebateAgreement(in(t, "cn"), &segmentationv1.CancelRebateAgreementRequest{Name: ended.GetName(), Reason: "other"})
	require.NoError(t, err)
	require.EqualExportedValues(t, ended, again)
	b.exec(t, `update customers set delete_time = now() where customer_id = $1`, gone)

	_, err = b.SettleRebates(in(t, "cn/south"), &segmentationv1.SettleRebatesRequest{FiscalYear: 2025, Customers: []string{aggregate.Name(north)}})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.SettleRebates(in(t, auth.Anywhere), &segmentationv1.SettleRebatesRequest{FiscalYear: 2025, Customers: []string{aggregate.Name(uuid.New())}})
	requireReason(t, err, codes.NotFound, "NOT_FOUND")
	require.Equal(t, int32(1), b.settle(t, "cn/south", false).GetPostingCount())
	named := b.settled(t, "cn", &segmentationv1.SettleRebatesRequest{FiscalYear: 2025, Customers: []string{aggregate.Name(south)}})
	require.Equal(t, []int32{1, 0}, []int32{named.GetAgreementCount(), named.GetPostingCount()})
	require.Equal(t, int32(1), b.settle(t, auth.Anywhere, false).GetPostingCount(), "that of the north")
	list, err := b.ListRebates(in(t, "cn/south"), &segmentationv1.ListRebatesRequest{Parent: "customers/-"})
	require.NoError(t, err)
	require.Len(t, list.GetRebates(), 1)
	agreements, err := b.ListRebateAgreements(in(t, "cn/south"), &segmentationv1.ListRebateAgreementsRequest{Parent: "customers/-", Filter: "cancel_time:*"})
	require.NoError(t, err)
	require.Len(t, agreements.GetRebateAgreements(), 1)
	_, err = b.ListRebateAgreements(in(t, "cn/south"), &segmentationv1.ListRebateAgreementsRequest{Parent: aggregate.Name(north)})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "cn/south")
	b.agree(t, c, million())
	_, err := b.CreateRebateAgreement(in(t, "cn"), &segmentationv1.CreateRebateAgreementRequest{Parent: aggregate.Name(c), RebateAgreement: million()})
	requireReason(t, err, codes.AlreadyExists, "AGREEMENT_EXISTS")
	_, err = b.CreateRebateAgreement(in(t, "cn/north"), &segmentationv1.CreateRebateAgreementRequest{Parent: aggregate.Name(c), RebateAgreement: million()})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	wrong := million()
	wrong.Target.CurrencyCode = "USD"
	_, err = b.CreateRebateAgreement(in(t, "cn"), &segmentationv1.CreateRebateAgreementRequest{Parent: aggregate.Name(c), RebateAgreement: wrong})
	require.ErrorContains(t, err, "rebate_agreement.target.currency_code")
	_, err = b.SettleRebates(in(t, "cn"), &segmentationv1.SettleRebatesRequest{FiscalYear: 2027})
	requireReason(t, err, codes.FailedPrecondition, "YEAR_NOT_BEGUN")
	_, err = b.CancelRebateAgreement(in(t, "cn"), &segmentationv1.CancelRebateAgreementRequest{Name: agreementName(c, uuid.New()), Reason: "x"})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
}

func TestSettlingWaitsForTheFactsAndCanBeCalledOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "cn/south")
	b.agree(t, c, million())
	b.order(t, c, "2025-03-01", "1000000")
	b.exec(t, `insert into rebuilds values ('segmentation', now())`)
	begun, err := b.SettleRebates(in(t, "cn"), &segmentationv1.SettleRebatesRequest{FiscalYear: 2025})
	require.NoError(t, err)
	b.work(t)
	waiting := b.settlementOf(t, "cn", begun.GetName())
	require.Equal(t, typev1.Operation_RUNNING, waiting.GetOperation().GetState())
	require.Equal(t, "REBUILDING", waiting.GetOperation().GetError().GetReason())
	b.exec(t, `delete from rebuilds`)
	b.clock.Advance(time.Minute)
	b.work(t)
	require.Equal(t, int32(1), b.settlementOf(t, "cn", begun.GetName()).GetPostingCount())

	_, err = b.GetRebateSettlement(in(t, "cn/south"), &segmentationv1.GetRebateSettlementRequest{Name: begun.GetName()})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.CancelRebateSettlement(in(t, "cn"), &segmentationv1.CancelRebateSettlementRequest{Name: begun.GetName()})
	requireReason(t, err, codes.FailedPrecondition, "OPERATION_FINISHED")
	b.order(t, c, "2025-04-01", "1000000")
	begun, err = b.SettleRebates(in(t, "cn"), &segmentationv1.SettleRebatesRequest{FiscalYear: 2025})
	require.NoError(t, err)
	off, err := b.CancelRebateSettlement(in(t, "cn"), &segmentationv1.CancelRebateSettlementRequest{Name: begun.GetName()})
	require.NoError(t, err)
	require.Equal(t, typev1.Operation_CANCELLED, off.GetOperation().GetState())
	b.work(t)
	require.Zero(t, b.settlementOf(t, "cn", begun.GetName()).GetPostingCount())

	b.exec(t, `update operations set state = 1, finish_time = null, request = jsonb_set(request, '{currency}', '"USD"') where state = 5`)
	b.work(t)
	failed := b.settlementOf(t, "cn", begun.GetName())
	require.Equal(t, "SETTINGS_CHANGED", failed.GetOperation().GetError().GetReason())
	b.exec(t, `delete from customers where customer_id = $1`, c)
	b.exec(t, `delete from operations`)
	var left int
	require.NoError(t, b.db.Get(t.Context(), &left, `select count(*) from rebate_settlement_results`))
	require.Zero(t, left)
}
