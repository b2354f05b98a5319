package loyalty

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func TestEarningIsIdempotent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	first := b.earn(t, c, 100, "A-1", nil)
	require.Equal(t, int64(100), first.GetBalanceAfter())
	require.Equal(t, on(2028, 1, 5).String(), first.GetExpireDate().String(), "24 months")
	require.Equal(t, first.GetName(), b.earn(t, c, 100, "A-1", nil).GetName())
	_, err := b.EarnPoints(all(t), &segmentationv1.EarnPointsRequest{
		Customer: aggregate.Name(c), Points: 99, Reason: "x", Kind: segmentationv1.PointEntry_OTHER, Reference: "A-1",
	})
	requireReason(t, err, codes.AlreadyExists, "REFERENCE_USED")
	_, err = b.EarnPoints(all(t), &segmentationv1.EarnPointsRequest{
		Customer: aggregate.Name(c), Points: 5, Reason: "x", Kind: segmentationv1.PointEntry_REFERRAL, Reference: "A-1",
	})
	require.NoError(t, err, "of another kind")
	require.Equal(t, int64(105), b.points(t, c).GetBalance())
	_, err = b.EarnPoints(all(t), &segmentationv1.EarnPointsRequest{
		Customer: aggregate.Name(c), Points: 5, Reason: "x", Kind: segmentationv1.PointEntry_OTHER, Reference: "A-2", ExpireDate: on(2026, 1, 4),
	})
	requireReason(t, err, codes.InvalidArgument, "expire_date FUTURE")
}

// The day on which these points leave the window of the level is not known to who has looked at the customer before.
func TestWhoEarnsIsLookedAtByTheNextRun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	b.customer(t) // who earns nothing
	_, err := b.db.Exec(t.Context(), `insert into measures (customer_id, measure_month, order_days, sales, stated_sales, previous_sales, year_sales, last_year_sales, orders,
		quarters, product_lines, unrated, due_day) select customer_id, '2026-01-01', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'infinity' from customers`)
	require.NoError(t, err)
	b.earn(t, c, 100, "A-1", nil)
	var due []uuid.UUID
	require.NoError(t, b.db.Select(t.Context(), &due, `select customer_id from measures where due_day is null`))
	require.Equal(t, []uuid.UUID{c}, due)
}

func TestWhatExpiresFirstIsSpentFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	late := b.earn(t, c, 100, "late", on(2027, 1, 1))
	soon := b.earn(t, c, 50, "soon", on(2026, 2, 1))
	spent := b.redeem(t, c, 70)
	require.Equal(t, int64(-70), spent.GetPoints())
	lines := map[string]int64{}
	for _, l := range spent.GetLines() {
		lines[l.GetLot()] = l.GetPoints()
	}
	require.Equal(t, map[string]int64{"": 70, soon.GetName(): -50, late.GetName(): -20}, lines)
	_, err := b.RedeemPoints(all(t), &segmentationv1.RedeemPointsRequest{Customer: aggregate.Name(c), Points: 81, Reason: "x"})
	e := requireReason(t, err, codes.FailedPrecondition, "POINTS_SHORT")
	require.ErrorContains(t, e, "1 points are missing")
	require.Equal(t, int64(80), b.points(t, c).GetBalance())
}

func TestPointsExpireAtMidnightOfTheCompany(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	b.earn(t, c, 50, "today", on(2026, 1, 5))
	b.earn(t, c, 30, "later", on(2026, 1, 20))
	b.clock.Set(time.Date(2026, 1, 5, 15, 59, 59, 0, time.UTC)) // a second before midnight in Shanghai
	require.Equal(t, int64(80), b.points(t, c).GetBalance())
	job := Jobs(b.db, b.clock.Now, b.numbers)[0]
	require.NoError(t, job.Run(t.Context(), b.clock.Now()))
	require.Equal(t, int64(80), b.points(t, c).GetBalance())

	b.clock.Advance(time.Second)
	state := b.points(t, c)
	require.Equal(t, []int64{30, 30}, []int64{state.GetBalance(), state.GetExpiringPoints()}, "over before the job has run")
	_, err := b.RedeemPoints(all(t), &segmentationv1.RedeemPointsRequest{Customer: aggregate.Name(c), Points: 31, Reason: "x"})
	requireReason(t, err, codes.FailedPrecondition, "POINTS_SHORT")
	for range 2 {
		require.NoError(t, job.Run(t.Context(), b.clock.Now()))
	}
	list, err := b.ListPointEntries(all(t), &segmentationv1.ListPointEntriesRequest{Parent: aggregate.Name(c), Filter: "kind = EXPIRY"})
	require.NoError(t, err)
	require.Len(t, list.GetPointEntries(), 1)
	require.Equal(t, []int64{-50, 30}, []int64{list.GetPointEntries()[0].GetPoints(), list.GetPointEntries()[0].GetBalanceAfter()})
	require.Equal(t, "guanxi", list.GetPointEntries()[0].GetAuthor())
	b.requireSound(t, c)
}

func TestReversals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	earned := b.earn(t, c, 100, "A", on(2026, 1, 10))
	other := b.earn(t, c, 40, "B", nil)
	spent := b.redeem(t, c, 120)
	_, err := b.reverse(t, c, earned)
	requireReason(t, err, codes.FailedPrecondition, "POINTS_SHORT")
	require.ErrorContains(t, err, "100 points are missing")

	b.clock.Set(time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC))
	back, err := b.reverse(t, c, spent)
	require.NoError(t, err)
	require.Equal(t, []int64{20, 40}, []int64{back.GetPoints(), back.GetBalanceAfter()}, "the 100 of the lot that has expired meanwhile expire at once")
	require.Equal(t, spent.GetName(), back.GetReverses())
	_, err = b.reverse(t, c, spent)
	requireReason(t, err, codes.FailedPrecondition, "ALREADY_REVERSED")
	_, err = b.reverse(t, c, back)
	requireReason(t, err, codes.FailedPrecondition, "NOT_REVERSIBLE")

	_, err = b.reverse(t, c, other)
	require.NoError(t, err)
	state := b.points(t, c)
	require.Equal(t, []int64{0, 100}, []int64{state.GetBalance(), state.GetEarnedPoints()})
	require.Equal(t, other.GetName(), b.earn(t, c, 40, "B", nil).GetName(), "reversed, it is not earned again")
	require.Zero(t, b.points(t, c).GetBalance())
	_, err = b.ReversePoints(all(t), &segmentationv1.ReversePointsRequest{Customer: aggregate.Name(b.customer(t)), Entry: other.GetName(), Reason: "x"})
	requireReason(t, err, codes.InvalidArgument, "entry PARENT")
	_, err = b.ReversePoints(all(t), &segmentationv1.ReversePointsRequest{Customer: aggregate.Name(c), Entry: entryName(c, uuid.New()), Reason: "x"})
	requireReason(t, err, codes.NotFound, "NOT_FOUND")
	b.requireSound(t, c)
}

func TestRewards(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	stock := int64(3)
	_, err := b.catalogue.CreateReward(all(t), &segmentationv1.CreateRewardRequest{Reward: &segmentationv1.Reward{LabelEn: " ", LabelZh: "杯"}})
	requireReason(t, err, codes.InvalidArgument, "reward.label_en REQUIRED")
	cup, err := b.catalogue.CreateReward(all(t), &segmentationv1.CreateRewardRequest{
		Reward: &segmentationv1.Reward{LabelEn: "Cup", LabelZh: "杯", Points: 30, Active: true, Stock: &stock},
	})
	require.NoError(t, err)
	b.earn(t, c, 100, "A", nil)
	redeem := func(quantity int32) (*segmentationv1.PointEntry, error) {
		return b.RedeemPoints(all(t), &segmentationv1.RedeemPointsRequest{Customer: aggregate.Name(c), Reward: cup.GetName(), Quantity: quantity})
	}
	_, err = redeem(4)
	requireReason(t, err, codes.FailedPrecondition, "REWARD_OUT_OF_STOCK")
	two, err := redeem(2)
	require.NoError(t, err)
	require.Equal(t, int64(40), two.GetBalanceAfter())
	_, err = redeem(0)
	require.NoError(t, err)
	_, err = b.reverse(t, c, two)
	require.NoError(t, err)
	left, err := b.catalogue.GetReward(all(t), &segmentationv1.GetRewardRequest{Name: cup.GetName()})
	require.NoError(t, err)
	require.Equal(t, int64(2), left.GetStock())
	_, err = b.catalogue.UpdateReward(all(t), &segmentationv1.UpdateRewardRequest{Reward: &segmentationv1.Reward{Name: cup.GetName(), Etag: cup.GetEtag()}})
	requireReason(t, err, codes.Aborted, "ETAG_MISMATCH")
	off, err := b.catalogue.UpdateReward(all(t), &segmentationv1.UpdateRewardRequest{
		Reward: &segmentationv1.Reward{Name: cup.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"active", "stock"}},
	})
	require.NoError(t, err)
	require.False(t, off.GetActive())
	require.Nil(t, off.Stock)
	_, err = redeem(1)
	requireReason(t, err, codes.FailedPrecondition, "REWARD_INACTIVE")
	list, err := b.catalogue.ListRewards(all(t), &segmentationv1.ListRewardsRequest{Filter: "active = false AND points = 30"})
	require.NoError(t, err)
	require.Len(t, list.GetRewards(), 1)

	for rule, r := range map[string]*segmentationv1.RedeemPointsRequest{
		"points EITHER":   {Reward: cup.GetName(), Points: 1},
		"quantity EITHER": {Points: 1, Quantity: 1, Reason: "x"},
		"reason REQUIRED": {Points: 1},
	} {
		r.Customer = aggregate.Name(c)
		_, err = b.RedeemPoints(all(t), r)
		requireReason(t, err, codes.InvalidArgument, rule)
	}
}

func TestForeignAndDeletedCustomers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, gone := b.customer(t), b.customer(t)
	_, err := b.db.Exec(t.Context(), `update customers set delete_time = now() where customer_id = $1`, gone)
	require.NoError(t, err)
	b.earn(t, c, 10, "A", nil)
	north := as(t.Context(), "cn/north")
	earn := &segmentationv1.EarnPointsRequest{Customer: aggregate.Name(c), Points: 5, Reason: "x", Kind: segmentationv1.PointEntry_OTHER, Reference: "B"}
	_, err = b.EarnPoints(north, earn)
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.GetPoints(north, &segmentationv1.GetPointsRequest{Name: aggregate.Name(c) + "/points"})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.ListPointEntries(north, &segmentationv1.ListPointEntriesRequest{Parent: aggregate.Name(c)})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	list, err := b.ListPointEntries(north, &segmentationv1.ListPointEntriesRequest{Parent: "customers/-"})
	require.NoError(t, err)
	require.Empty(t, list.GetPointEntries())
	list, err = b.ListPointEntries(as(t.Context(), "cn"), &segmentationv1.ListPointEntriesRequest{Parent: "customers/-"})
	require.NoError(t, err)
	require.Len(t, list.GetPointEntries(), 1)
	_, err = b.GetPoints(all(t), &segmentationv1.GetPointsRequest{Name: aggregate.Name(uuid.New()) + "/points"})
	requireReason(t, err, codes.NotFound, "NOT_FOUND")
	earn.Customer = aggregate.Name(gone)
	_, err = b.EarnPoints(all(t), earn)
	requireReason(t, err, codes.FailedPrecondition, "DELETED")
	_, err = b.GetPoints(all(t), &segmentationv1.GetPointsRequest{Name: "customers/x/points"})
	requireReason(t, err, codes.InvalidArgument, "name RESOURCE_NAME")
}

func TestTheDatabaseHoldsTheLedger(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	entry := b.earn(t, c, 10, "A", nil)
	id := entry.GetName()[len(entry.GetName())-36:]
	for constraint, statement := range map[string]string{
		"points_append_only":           `update points_entries set points = points + 1`,
		"points_entries_balanced":      `insert into points_entries values ('` + c.String() + `', '` + id + `', 9, 3, null, 5)`,
		"points_accounts_balance":      `insert into points_entries values ('` + c.String() + `', '` + id + `', 8, 1, '` + id + `', -11), ('` + c.String() + `', '` + id + `', 9, 3, null, 11)`,
		"points_transactions_complete": `insert into points_transactions select customer_id, gen_random_uuid(), 3, 0, 10, '', '', null, null, 0, null, '', post_day, post_time from points_transactions`,
	} {
		_, err := b.db.Exec(t.Context(), statement)
		require.True(t, postgres.Violated(err, constraint), "%s: %v", constraint, err)
	}
	b.requireSound(t, c)
	_, err := b.db.Exec(t.Context(), `delete from customers where customer_id = $1`, c)
	require.NoError(t, err, "all goes with the customer")
	var left int
	require.NoError(t, b.db.Get(t.Context(), &left, `select count(*) from points_entries`))
	require.Zero(t, left)
}
