package loyalty

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/events"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
)

// merging hears of merges as the service does.
type merging struct {
	*bundle
	handle func(context.Context, events.Delivery) error
}

func setupMerging(t *testing.T) *merging {
	t.Helper()
	b := setup(t)
	aliases, err := alias.Open(t.Context(), b.db)
	require.NoError(t, err)
	points := &Merges{Store: b.store, Settings: b.numbers}
	return &merging{bundle: b, handle: fact.NewStore(b.db, b.clock.Now).Following(aliases, points.Before, points.After).Subscription().Handle}
}

func (b *merging) hear(ctx context.Context, t require.TestingT, customer uuid.UUID, data proto.Message) {
	event, err := events.New(ctx, b.clock.Now(), customer, data)
	require.NoError(t, err)
	require.NoError(t, b.db.InTx(ctx, func(ctx context.Context) error { return b.handle(ctx, events.Delivery{Event: event}) }))
}

func (b *merging) merge(ctx context.Context, t require.TestingT, merged, survivor uuid.UUID) {
	b.hear(ctx, t, merged, &profilev1.CustomerMerged{Customer: aggregate.Name(merged), Survivor: aggregate.Name(survivor)})
}

func (b *merging) unmerge(ctx context.Context, t require.TestingT, merged, survivor uuid.UUID, along ...string) {
	b.hear(ctx, t, merged, &profilev1.CustomerUnmerged{
		Customer: aggregate.Name(merged), Survivor: aggregate.Name(survivor), After: &profilev1.Customer{Territory: "cn/south"}, Resources: along,
	})
}

// Points of both are the survivor's, none is credited twice, and each has its own again afterwards.
func TestPointsOfMergedCustomers(t *testing.T) {
	t.Parallel()
	b := setupMerging(t)
	b.enable(t, on(2026, 1, 1))
	merged, survivor := b.customer(t), b.customer(t)
	b.order(t, merged, "100", "2026-01-02")
	b.order(t, survivor, "1000", "2026-01-02")
	b.mustAssess(t, merged, survivor)
	b.earn(t, merged, 10, "campaign", nil)
	b.earn(t, survivor, 10, "campaign", nil)
	own, other := b.points(t, survivor).GetBalance(), b.points(t, merged).GetBalance()

	b.merge(all(t), t, merged, survivor)
	b.mustAssess(t, survivor)
	require.Equal(t, own+other, b.points(t, survivor).GetBalance())
	b.requireBooked(t.Context(), t)
	b.redeem(t, survivor, own+5) // of both

	b.unmerge(all(t), t, merged, survivor)
	b.mustAssess(t, merged, survivor)
	require.Equal(t, other, b.points(t, merged).GetBalance(), "it has not spent any")
	p := b.points(t, survivor)
	require.Equal(t, int64(-5), p.GetBalance()-p.GetDebt())
	var references []string
	require.NoError(t, b.db.Select(t.Context(), &references, `select reference from points_lots where kind = 3`))
	require.Equal(t, []string{"campaign", "campaign"}, references)
}

// Points of an order that came under the old name go with it, also those that were spent meanwhile.
func TestPointsOfWhatCameUnderTheOldName(t *testing.T) {
	t.Parallel()
	b := setupMerging(t)
	b.enable(t, on(2026, 1, 1))
	merged, survivor := b.customer(t), b.customer(t)
	b.order(t, survivor, "100", "2026-01-02")
	b.mustAssess(t, survivor)
	own := b.points(t, survivor).GetBalance()
	b.merge(all(t), t, merged, survivor)
	late := b.order(t, survivor, "500", "2026-01-03")
	b.mustAssess(t, survivor)
	earned := b.points(t, survivor).GetBalance() - own
	require.Positive(t, earned)
	b.redeem(t, survivor, own+3)
	b.unmerge(all(t), t, merged, survivor, "orders/"+late.String(), "people/x")
	b.mustAssess(t, merged, survivor)
	require.Equal(t, earned, b.points(t, merged).GetBalance())
	require.Equal(t, int64(3), b.points(t, survivor).GetDebt())
	b.requireBooked(t.Context(), t)
}

// A debt of one meets points of the other, and is there again afterwards.
func TestDebtsOfMergedCustomers(t *testing.T) {
	t.Parallel()
	for _, debtor := range []int{0, 1} {
		b := setupMerging(t)
		b.enable(t, on(2026, 1, 1))
		both := []uuid.UUID{b.customer(t), b.customer(t)}
		order := b.order(t, both[debtor], "1000", "2026-01-02")
		b.mustAssess(t, both...)
		spent := b.points(t, both[debtor]).GetBalance()
		b.redeem(t, both[debtor], spent)
		b.correct(t, order, "0")
		b.mustAssess(t, both...)
		require.Equal(t, spent, b.points(t, both[debtor]).GetDebt())
		b.earn(t, both[1-debtor], spent+7, "x", nil)
		before := b.figures(t.Context(), t)

		b.merge(all(t), t, both[0], both[1])
		require.Equal(t, int64(7), b.points(t, both[1]).GetBalance())
		require.Zero(t, b.points(t, both[1]).GetDebt())
		b.unmerge(all(t), t, both[0], both[1])
		require.Equal(t, before, b.figures(t.Context(), t))
	}
}

// After a merge the history of postings, with its events and balances, is that of two customers: all else holds as always.
const unsoundAfterMerges = `select count(*) from (
	select 1 from points_accounts a where a.balance < 0 or a.debt < 0 or a.balance > 0 and a.debt > 0
		or a.balance <> (select coalesce(sum(points_left), 0) from points_lots l where l.customer_id = a.customer_id)
		or a.balance - a.debt <> (select coalesce(sum(points) filter (where account in (1, 5)), 0) from points_entries e where e.customer_id = a.customer_id)
	union all select 1 from points_lots l where points_left < 0 or (points, points_left) <> (
		select coalesce(-sum(points) filter (where account = 2), 0), coalesce(sum(points) filter (where account = 1), 0) from points_entries e
		where (e.customer_id, e.lot_id) = (l.customer_id, l.lot_id))
	union all select 1 from points_entries group by customer_id, transaction_id having sum(points) <> 0
	union all select 1 from points_entries e where not exists (select from points_transactions t where (t.customer_id, t.transaction_id) = (e.customer_id, e.transaction_id))) x`

func (b *merging) requireBooked(ctx context.Context, t require.TestingT) {
	var found int
	require.NoError(t, b.db.Get(ctx, &found, unsoundAfterMerges))
	require.Zero(t, found)
}

// figures are the accounts, and the lots that have points.
func (b *merging) figures(ctx context.Context, t require.TestingT) (all []string) {
	require.NoError(t, b.db.Select(ctx, &all, `select concat_ws(' ', customer_id, balance, debt) from points_accounts where balance + debt > 0
		union all select concat_ws(' ', customer_id, lot_id, kind, points, points_left) from points_lots where points_left > 0 order by 1`))
	return all
}

// Whatever happens, no point comes about or is lost, and a merge that is taken back at once has changed nothing.
func TestMergesKeepTheLedgerSound(t *testing.T) {
	t.Parallel()
	b := setupMerging(t)
	b.enable(t, on(2026, 1, 1))
	ctx := all(t)
	rapid.Check(t, func(r *rapid.T) {
		both := []uuid.UUID{uuid.New(), uuid.New()}
		for _, id := range both {
			_, err := b.db.Exec(ctx, `insert into customers (customer_id, territory, create_time) values ($1, 'cn/south', $2)`, id, b.clock.Now())
			require.NoError(r, err)
		}
		orders := map[uuid.UUID][]uuid.UUID{}
		act := func(who []uuid.UUID) {
			for range rapid.IntRange(0, 5).Draw(r, "steps") {
				b.something(ctx, r, rapid.SampledFrom(who).Draw(r, "who"), orders)
			}
		}
		require.NoError(r, b.do(ctx, both, act))
		before := b.figures(ctx, r)
		b.merge(ctx, r, both[0], both[1])
		b.unmerge(ctx, r, both[0], both[1])
		require.Equal(r, before, b.figures(ctx, r))
		b.merge(ctx, r, both[0], both[1])
		require.NoError(r, b.do(ctx, both[1:], act))
		b.unmerge(ctx, r, both[0], both[1])
		b.requireBooked(ctx, r)
		require.NoError(r, b.do(ctx, both, act))
		b.requireBooked(ctx, r)
	})
}

func (b *merging) do(ctx context.Context, who []uuid.UUID, act func([]uuid.UUID)) error {
	act(who)
	_, err := b.assess(ctx, who...)
	return err
}

// something happens to the points of a customer, or is refused.
func (b *merging) something(ctx context.Context, r *rapid.T, who uuid.UUID, orders map[uuid.UUID][]uuid.UUID) {
	points, name := rapid.Int64Range(1, 50).Draw(r, "points"), aggregate.Name(who)
	switch rapid.IntRange(0, 4).Draw(r, "what") {
	case 0:
		var expires *date.Date
		if rapid.Bool().Draw(r, "expires") {
			expires = on(2026, 3, 1)
		}
		_, _ = b.EarnPoints(ctx, &segmentationv1.EarnPointsRequest{
			Customer: name, Points: points, Reason: "x", Kind: segmentationv1.PointEntry_OTHER, Reference: fmt.Sprint(points % 3), ExpireDate: expires,
		})
	case 1, 2:
		_, _ = b.RedeemPoints(ctx, &segmentationv1.RedeemPointsRequest{Customer: name, Points: points, Reason: "x"})
	case 3:
		id := uuid.New()
		_, err := b.db.Exec(ctx, `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
			values ($1, $2, '2026-01-02Z', '2026-01-02', 'CNY', 1, $3, '{}')`, who, id, points*100)
		require.NoError(r, err)
		orders[who] = append(orders[who], id)
		_, err = b.assess(ctx, who)
		require.NoError(r, err)
	case 4:
		_, err := b.db.Exec(ctx, `update orders set amount = amount / 2 - 1000 where customer_id = $1`, who)
		require.NoError(r, err)
		_, err = b.assess(ctx, who)
		require.NoError(r, err)
	}
}
