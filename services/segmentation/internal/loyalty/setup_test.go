package loyalty

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations")})
}

// bundle is the points of a service with a database of its own. The clock stands at Monday 2026-01-05, 17:00 in Shanghai.
type bundle struct {
	*Server
	catalogue *RewardServer
	db        *postgres.DB
	clock     *testkit.Clock
	numbers   *settings.Store
}

func setup(t *testing.T) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	numbers := settings.NewStore(db, clock.Now)
	s, err := NewServer(db, clock.Now, pages, numbers)
	require.NoError(t, err)
	rewards, err := NewRewardServer(db, clock.Now, pages)
	require.NoError(t, err)
	return &bundle{Server: s, catalogue: rewards, db: db, clock: clock, numbers: numbers}
}

func as(ctx context.Context, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: "alice", Level: typev1.Level_EXECUTIVE, Territories: territories})
}

func all(t *testing.T) context.Context {
	t.Helper()
	return as(t.Context(), auth.Anywhere)
}

// customer makes one in the south.
func (b *bundle) customer(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	_, err = b.db.Exec(t.Context(), `insert into customers (customer_id, territory, create_time) values ($1, 'cn/south', $2)`, id, b.clock.Now())
	require.NoError(t, err)
	return id
}

func (b *bundle) order(t testing.TB, customer uuid.UUID, amount, day string) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	_, err = b.db.Exec(t.Context(), `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
		values ($1, $2, cast($3 as date), cast($3 as date), 'CNY', 1, cast($4 as numeric), '{}')`, customer, id, day, amount)
	require.NoError(t, err)
	return id
}

func (b *bundle) correct(t testing.TB, order uuid.UUID, amount string) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), `update orders set amount = cast($2 as numeric) where order_id = $1`, order, amount)
	require.NoError(t, err)
}

// enable switches the programme on from a day on.
func (b *bundle) enable(t testing.TB, start *date.Date) {
	t.Helper()
	_, err := b.UpdateLoyaltyProgramme(as(t.Context(), auth.Anywhere), &segmentationv1.UpdateLoyaltyProgrammeRequest{
		LoyaltyProgramme: &segmentationv1.LoyaltyProgramme{Name: "loyaltyProgramme", Enabled: true, StartDate: start},
	})
	require.NoError(t, err)
}

// assess does what an assessment does around the part.
func (b *bundle) assess(ctx context.Context, customers ...uuid.UUID) ([]assess.Announcement, error) {
	ctx = as(ctx, auth.Anywhere)
	numbers, err := b.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	var announced []assess.Announcement
	err = b.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, b.db, customers)
		if err != nil {
			return err
		}
		scope := assess.Scope{Customers: customers, Day: numbers.Today(b.clock.Now()), Now: b.clock.Now(), Settings: numbers}
		if announced, err = NewPart(b.db, b.clock.Now).Assess(ctx, scope); err != nil {
			return err
		}
		return b.store.announce(ctx, held, announced)
	})
	return announced, err
}

func (b *bundle) mustAssess(t *testing.T, customers ...uuid.UUID) []assess.Announcement {
	t.Helper()
	announced, err := b.assess(t.Context(), customers...)
	require.NoError(t, err)
	return announced
}

func (b *bundle) earn(t *testing.T, customer uuid.UUID, points int64, reference string, expires *date.Date) *segmentationv1.PointEntry {
	t.Helper()
	p, err := b.EarnPoints(all(t), &segmentationv1.EarnPointsRequest{
		Customer: aggregate.Name(customer), Points: points, Reason: "test", Kind: segmentationv1.PointEntry_OTHER, Reference: reference, ExpireDate: expires,
	})
	require.NoError(t, err)
	return p
}

func (b *bundle) redeem(t *testing.T, customer uuid.UUID, points int64) *segmentationv1.PointEntry {
	t.Helper()
	p, err := b.RedeemPoints(all(t), &segmentationv1.RedeemPointsRequest{Customer: aggregate.Name(customer), Points: points, Reason: "test"})
	require.NoError(t, err)
	return p
}

func (b *bundle) reverse(t *testing.T, customer uuid.UUID, entry *segmentationv1.PointEntry) (*segmentationv1.PointEntry, error) {
	t.Helper()
	return b.ReversePoints(all(t), &segmentationv1.ReversePointsRequest{Customer: aggregate.Name(customer), Entry: entry.GetName(), Reason: "test"})
}

func (b *bundle) points(t *testing.T, customer uuid.UUID) *segmentationv1.Points {
	t.Helper()
	p, err := b.GetPoints(all(t), &segmentationv1.GetPointsRequest{Name: aggregate.Name(customer) + "/points"})
	require.NoError(t, err)
	return p
}

func on(year, month, day int32) *date.Date { return &date.Date{Year: year, Month: month, Day: day} }

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

func requireReason(t *testing.T, err error, code codes.Code, reason string) *fault.Error {
	t.Helper()
	require.Error(t, err)
	e := fault.From(err)
	require.Equal(t, code, e.Code(), "%v", err)
	if code != codes.InvalidArgument {
		require.Equal(t, reason, e.Reason(), "%v", err)
		return e
	}
	rules := []string{}
	for _, v := range e.Violations() {
		rules = append(rules, v.Field+" "+v.Rule)
	}
	require.Contains(t, rules, reason)
	return e
}
