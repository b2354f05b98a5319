package loyalty

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Of each customer: what the books say beside what the entries add up to, and all that must never be.
const unsound = `
	select 'account' from points_accounts a join (
			select customer_id, coalesce(sum(points) filter (where account = 1), 0) as available, coalesce(sum(points) filter (where account = 5), 0) as debt
			from points_entries group by customer_id) e using (customer_id)
		where a.balance <> e.available or a.debt <> -e.debt or a.balance < 0 or a.debt < 0 or a.balance > 0 and a.debt > 0
	union all
	select 'lot' from points_lots l join (
			select customer_id, lot_id, coalesce(sum(points) filter (where account = 1), 0) as available, -coalesce(sum(points) filter (where account = 2), 0) as issued
			from points_entries where lot_id is not null group by customer_id, lot_id) e using (customer_id, lot_id)
		where l.points_left <> e.available or l.points <> e.issued or l.points_left < 0
	union all
	select 'lots' from points_accounts a where a.balance <> (select coalesce(sum(points_left), 0) from points_lots l where l.customer_id = a.customer_id)
	union all
	select 'transaction' from points_entries group by customer_id, transaction_id having sum(points) <> 0 or count(*) < 2
	union all
	select 'change' from points_transactions t where t.points <> (
		select coalesce(sum(points) filter (where account = 1), 0) from points_entries e where e.customer_id = t.customer_id and e.transaction_id = t.transaction_id)
	union all
	select 'balance after' from (
		select balance_after, sum(points) over (partition by t.customer_id order by o.version) as balance
		from points_transactions t join outbox o on o.resource = format('customers/%s/pointEntries/%s', t.customer_id, t.transaction_id)
			and o.subject = 'guanxi.segmentation.points.posted.v1') x
		where balance_after <> balance or balance < 0
	union all
	select 'event' from points_transactions t left join outbox o on o.resource = format('customers/%s/pointEntries/%s', t.customer_id, t.transaction_id)
		group by t.customer_id, t.transaction_id having count(o.id) <> 1
	union all
	select 'reversed twice' from points_transactions where reverses is not null group by customer_id, reverses having count(*) > 1`

// requireSound holds the ledger to its rules.
func (b *bundle) requireSound(t testing.TB, _ ...uuid.UUID) {
	t.Helper()
	var found []string
	require.NoError(t, b.db.Select(t.Context(), &found, unsound))
	require.Empty(t, found)
}

// step is something that a caller does.
type step struct {
	what      string
	customer  int
	points    int64
	reference int
}

// Any interleaving of earn, redeem, expire, reverse and corrected orders, from concurrent callers, keeps every balance equal to its entries and never negative.
func TestConcurrentCallersKeepTheLedgerSound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.enable(t, on(2025, 12, 1))
	steps := rapid.Custom(func(t *rapid.T) step {
		return step{
			what:     rapid.SampledFrom([]string{"earn", "earn", "redeem", "redeem", "expire", "reverse", "reverse", "order"}).Draw(t, "what"),
			customer: rapid.IntRange(0, 1).Draw(t, "customer"), points: rapid.Int64Range(1, 100).Draw(t, "points"), reference: rapid.IntRange(0, 4).Draw(t, "reference"),
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		callers := rapid.SliceOfN(rapid.SliceOfN(steps, 1, 6), 2, 5).Draw(r, "callers")
		customers := []uuid.UUID{b.customer(t), b.customer(t)}
		orders := [2][5]uuid.UUID{}
		for i, c := range customers {
			for n := range orders[i] {
				orders[i][n] = b.order(t, c, "0", "2026-01-02")
			}
		}
		var all sync.WaitGroup
		for _, steps := range callers {
			all.Go(func() {
				for _, s := range steps {
					if err := b.do(t, s, customers, orders[s.customer][s.reference]); err != nil {
						t.Errorf("%+v: %v", s, err)
					}
				}
			})
		}
		all.Wait()
		b.requireSound(t)
	})
	b.oneOfEach(t)
	b.requireSound(t)
	var kinds int
	require.NoError(t, b.db.Get(t.Context(), &kinds, `select count(distinct kind) from points_transactions`))
	require.Equal(t, 6, kinds, "all but referral have happened")
	var owed int
	require.NoError(t, b.db.Get(t.Context(), &owed, `select count(*) from points_entries where account = 5`))
	require.Positive(t, owed)
}

// oneOfEach has happen what chance may have left out.
func (b *bundle) oneOfEach(t *testing.T) {
	t.Helper()
	customers := []uuid.UUID{b.customer(t)}
	order := b.order(t, customers[0], "0", "2026-01-02")
	for _, s := range []step{
		{what: "order", points: 100}, {what: "order", points: 30}, {what: "earn", points: 50}, {what: "redeem", points: 10}, {what: "expire", reference: 4},
	} {
		require.NoError(t, b.do(t, s, customers, order), s.what)
	}
	ctx, name := as(t.Context(), auth.Anywhere), aggregate.Name(customers[0])
	entry, err := b.EarnPoints(ctx, &segmentationv1.EarnPointsRequest{Customer: name, Points: 5, Reason: "x", Kind: segmentationv1.PointEntry_OTHER})
	require.NoError(t, err)
	_, err = b.ReversePoints(ctx, &segmentationv1.ReversePointsRequest{Customer: name, Entry: entry.GetName(), Reason: "x"})
	require.NoError(t, err)

	// An order that is corrected after its points were spent leaves a debt.
	customers = []uuid.UUID{b.customer(t)}
	order = b.order(t, customers[0], "0", "2026-01-02")
	require.NoError(t, b.do(t, step{what: "order", points: 100}, customers, order))
	var available int64
	require.NoError(t, b.db.Get(t.Context(), &available, `select sum(points) from points_entries where customer_id = $1 and account = 1`, customers[0]))
	require.NoError(t, b.do(t, step{what: "redeem", points: available}, customers, order))
	require.NoError(t, b.do(t, step{what: "order", points: 30}, customers, order))
}

// do does a step and answers an error that must not be: that points are short, a reference is used or a posting reversed is as it should be.
func (b *bundle) do(t testing.TB, s step, customers []uuid.UUID, order uuid.UUID) error {
	t.Helper()
	ctx, c := as(t.Context(), auth.Anywhere), customers[s.customer]
	var err error
	switch s.what {
	case "earn":
		_, err = b.EarnPoints(ctx, &segmentationv1.EarnPointsRequest{
			Customer: aggregate.Name(c), Points: s.points, Reason: "x", Kind: segmentationv1.PointEntry_OTHER, Reference: fmt.Sprint(s.reference),
			ExpireDate: on(2026, 1, int32(5+s.reference)),
		})
	case "redeem":
		_, err = b.RedeemPoints(ctx, &segmentationv1.RedeemPointsRequest{Customer: aggregate.Name(c), Points: s.points, Reason: "x"})
	case "expire":
		err = b.store.Expire(ctx, day(2026, 1, 5+s.reference))
	case "reverse":
		err = b.reverseAny(ctx, c, s.points)
	case "order":
		b.correct(t, order, fmt.Sprint(s.points*100-2000))
		_, err = b.assess(ctx, customers...)
	}
	if code := fault.From(err); err != nil && (code.Code() == codes.FailedPrecondition || code.Code() == codes.AlreadyExists) {
		return nil
	}
	return err
}

// reverseAny reverses one of the postings there are.
func (b *bundle) reverseAny(ctx context.Context, customer uuid.UUID, pick int64) error {
	list, err := b.ListPointEntries(ctx, &segmentationv1.ListPointEntriesRequest{Parent: aggregate.Name(customer)})
	if err != nil || len(list.GetPointEntries()) == 0 {
		return err
	}
	entry := list.GetPointEntries()[int(pick)%len(list.GetPointEntries())]
	_, err = b.ReversePoints(ctx, &segmentationv1.ReversePointsRequest{Customer: aggregate.Name(customer), Entry: entry.GetName(), Reason: "x"})
	return err
}
