package loyalty

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// happened are the kinds and points of the postings among announcements.
func happened(announced []assess.Announcement) []any {
	var out []any
	for _, a := range announced {
		switch e := a.Data.(type) {
		case *segmentationv1.PointsPosted:
			out = append(out, e.GetKind().String(), e.GetPoints())
		case *segmentationv1.PointsLevelChanged:
			out = append(out, e.GetBefore()+">"+e.GetAfter(), e.GetEarnedPoints())
		}
	}
	return out
}

func TestOrdersBringPoints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	b.order(t, c, "99999", "2025-12-31")
	o := b.order(t, c, "1099.99", "2026-01-02")
	require.Empty(t, b.mustAssess(t, c), "the programme is shipped switched off")

	b.enable(t, on(2026, 1, 1))
	require.Equal(t, []any{"VOLUME", int64(10), ">member", int64(10)}, happened(b.mustAssess(t, c)), "orders before its start count for nothing, and only whole points")
	require.Empty(t, b.mustAssess(t, c), "once")
	list, err := b.ListPointEntries(all(t), &segmentationv1.ListPointEntriesRequest{Parent: aggregate.Name(c)})
	require.NoError(t, err)
	entry := list.GetPointEntries()[0]
	require.Equal(t, aggregate.Name(c)+"/orders/"+o.String(), entry.GetReference())
	require.Equal(t, on(2028, 1, 2).String(), entry.GetExpireDate().String())

	b.correct(t, o, "1200")
	require.Equal(t, []any{"ADJUSTMENT", int64(2)}, happened(b.mustAssess(t, c)))
	_, err = b.UpdateLoyaltyProgramme(all(t), &segmentationv1.UpdateLoyaltyProgrammeRequest{
		LoyaltyProgramme: &segmentationv1.LoyaltyProgramme{Name: "loyaltyProgramme", PointsPerHundred: "2.5"},
	})
	require.NoError(t, err)
	require.Empty(t, b.mustAssess(t, c), "what an order has brought stays at its rate")
	b.correct(t, o, "1300")
	require.Equal(t, []any{"ADJUSTMENT", int64(1)}, happened(b.mustAssess(t, c)))
	b.order(t, c, "100", "2026-01-03")
	require.Equal(t, []any{"VOLUME", int64(2)}, happened(b.mustAssess(t, c)))
}

func TestReturnsBecomeADebtThatIsPaidFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.enable(t, on(2026, 1, 1))
	c := b.customer(t)
	o := b.order(t, c, "10000", "2026-01-02")
	b.mustAssess(t, c)
	b.redeem(t, c, 70)
	b.order(t, c, "-5000", "2026-01-03")
	require.Equal(t, []any{"VOLUME", int64(-30)}, happened(b.mustAssess(t, c)))
	state := b.points(t, c)
	require.Equal(t, []int64{0, 20, 50}, []int64{state.GetBalance(), state.GetDebt(), state.GetEarnedPoints()})
	paid := b.earn(t, c, 15, "A", nil)
	require.Equal(t, []int64{0, 0}, []int64{paid.GetPoints(), paid.GetBalanceAfter()})
	b.earn(t, c, 15, "B", nil)
	state = b.points(t, c)
	require.Equal(t, []int64{10, 0}, []int64{state.GetBalance(), state.GetDebt()})
	_, err := b.reverse(t, c, paid)
	requireReason(t, err, codes.FailedPrecondition, "POINTS_SHORT")
	b.correct(t, o, "0")
	require.Equal(t, []any{"ADJUSTMENT", int64(-10)}, happened(b.mustAssess(t, c)))
	require.Equal(t, int64(90), b.points(t, c).GetDebt())
	b.requireSound(t)
}

func TestWhatAPersonReversedOrPostedIsLetAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.enable(t, on(2026, 1, 1))
	c := b.customer(t)
	o := b.order(t, c, "500", "2026-01-02")
	b.mustAssess(t, c)
	list, err := b.ListPointEntries(all(t), &segmentationv1.ListPointEntriesRequest{Parent: aggregate.Name(c)})
	require.NoError(t, err)
	_, err = b.reverse(t, c, list.GetPointEntries()[0])
	require.NoError(t, err)
	b.correct(t, o, "900")
	require.Empty(t, b.mustAssess(t, c))

	byHand := b.order(t, c, "500", "2026-01-03")
	_, err = b.EarnPoints(all(t), &segmentationv1.EarnPointsRequest{
		Customer: aggregate.Name(c), Points: 77, Reason: "x", Kind: segmentationv1.PointEntry_VOLUME, Reference: aggregate.Name(c) + "/orders/" + byHand.String(),
	})
	require.NoError(t, err)
	require.Empty(t, b.mustAssess(t, c))
	require.Equal(t, int64(77), b.points(t, c).GetBalance())
}

func TestReferralsBringPoints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.enable(t, on(2026, 1, 5))
	c := b.customer(t)
	for i, instant := range []string{"2026-01-04T15:59:59Z", "2026-01-04T16:00:00Z"} { // the day begins in Shanghai at 16:00
		_, err := b.db.Exec(t.Context(), `insert into signals values ($1, $2, 6, 1, cast($3 as timestamptz), 'x', $4, '', '', cast($3 as timestamptz))`, c, uuid.New(), instant, string(rune('a'+i)))
		require.NoError(t, err)
	}
	require.Equal(t, []any{"REFERRAL", int64(500), ">member", int64(500)}, happened(b.mustAssess(t, c)))
	require.Empty(t, b.mustAssess(t, c))
}

func TestLevelsFollowTwelveMonths(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	state := b.points(t, c)
	require.Equal(t, []any{"member", "silver", int64(1000)}, []any{state.GetLevel().GetId(), state.GetNextLevel().GetId(), state.GetPointsToNextLevel()})
	b.earn(t, c, 999, "A", nil)
	require.Equal(t, "member", b.points(t, c).GetLevel().GetId())
	b.clock.Set(time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC))
	b.earn(t, c, 1, "B", nil)
	require.Equal(t, "silver", b.points(t, c).GetLevel().GetId())
	b.redeem(t, c, 900)
	require.Equal(t, "silver", b.points(t, c).GetLevel().GetId(), "spending does not count")

	b.clock.Set(time.Date(2027, 1, 4, 15, 59, 0, 0, time.UTC))
	require.Empty(t, b.mustAssess(t, c))
	b.clock.Advance(time.Minute)
	require.Equal(t, []any{"silver>member", int64(1)}, happened(b.mustAssess(t, c)), "twelve months after the first day")
	require.Empty(t, b.mustAssess(t, c))
}

func TestOldOrdersBringNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.UpdateLoyaltyProgramme(all(t), &segmentationv1.UpdateLoyaltyProgrammeRequest{
		LoyaltyProgramme: &segmentationv1.LoyaltyProgramme{Name: "loyaltyProgramme", Enabled: true, StartDate: on(2020, 1, 1), ExpiryMonths: 1},
	})
	require.NoError(t, err)
	c := b.customer(t)
	b.order(t, c, "700", "2025-12-04")
	o := b.order(t, c, "900", "2025-12-05")
	require.Equal(t, []any{"VOLUME", int64(9), ">member", int64(9)}, happened(b.mustAssess(t, c)), "the last day of its points is today")
	b.clock.Advance(24 * time.Hour)
	b.correct(t, o, "100")
	require.Empty(t, b.mustAssess(t, c), "an order whose points have expired is corrected no more")
	require.NoError(t, b.store.Expire(t.Context(), day(2026, 1, 6)))
	b.requireSound(t)
}

func TestManyOrdersAreCreditedInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.enable(t, on(2026, 1, 1))
	c := b.customer(t)
	_, err := b.db.Exec(t.Context(), `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
		select $1, gen_random_uuid(), '2026-01-02', '2026-01-02', 'CNY', 1, 100, '{}' from generate_series(1, $2)`, c, most+1)
	require.NoError(t, err)
	b.mustAssess(t, c)
	var touched []uuid.UUID
	require.NoError(t, b.db.Select(t.Context(), &touched, `select customer_id from touched`))
	require.Equal(t, []uuid.UUID{c}, touched, "to be looked at once more")
	require.Equal(t, int64(most), b.points(t, c).GetBalance())
	b.mustAssess(t, c)
	require.Equal(t, int64(most+1), b.points(t, c).GetBalance())
	b.requireSound(t)
}

func TestTheProgrammeIsChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for rule, p := range map[string]*segmentationv1.LoyaltyProgramme{
		"loyalty_programme.start_date REQUIRED": {Enabled: true},
		"loyalty_programme.start_date DATE":     {StartDate: on(2026, 2, 30)},
		"loyalty_programme.levels LOWEST":       {Levels: []*segmentationv1.LoyaltyLevel{{Id: "a", FromPoints: 1}}},
		"loyalty_programme.levels ORDER":        {Levels: []*segmentationv1.LoyaltyLevel{{Id: "a"}, {Id: "b"}}},
		"loyalty_programme.name RESOURCE_NAME":  {Name: "other"},
	} {
		if p.GetName() == "" {
			p.Name = "loyaltyProgramme"
		}
		_, err := b.UpdateLoyaltyProgramme(all(t), &segmentationv1.UpdateLoyaltyProgrammeRequest{LoyaltyProgramme: p})
		requireReason(t, err, codes.InvalidArgument, rule)
	}
	b.enable(t, on(2026, 1, 1))
	list, err := b.ListLoyaltyProgrammeVersions(all(t), &segmentationv1.ListLoyaltyProgrammeVersionsRequest{Parent: "loyaltyProgramme"})
	require.NoError(t, err)
	require.Len(t, list.GetVersions(), 2)
	now, err := b.GetLoyaltyProgramme(all(t), &segmentationv1.GetLoyaltyProgrammeRequest{})
	require.NoError(t, err)
	require.Equal(t, []any{int32(2), "alice", "1", int64(500), int32(24)}, []any{
		now.GetVersion(), now.GetAuthor(), now.GetPointsPerHundred(), now.GetReferralPoints(), now.GetExpiryMonths(),
	})
}
