package profile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func (b *bundle) positions() profilev1.SupplyPositionServiceClient {
	return profilev1.NewSupplyPositionServiceClient(b.Conn)
}

func (b *bundle) expected() profilev1.ExpectedSalesServiceClient {
	return profilev1.NewExpectedSalesServiceClient(b.Conn)
}

func (b *bundle) gifts() profilev1.GiftServiceClient { return profilev1.NewGiftServiceClient(b.Conn) }

func civilDay(t *testing.T, text string) *date.Date {
	t.Helper()
	day, err := time.Parse(time.DateOnly, text)
	require.NoError(t, err)
	return &date.Date{Year: int32(day.Year()), Month: int32(day.Month()), Day: int32(day.Day())}
}

// position records our share of pumps, with a rival who has the given one.
func (b *bundle) position(t *testing.T, customer, day, ours, theirs string) *profilev1.SupplyPosition {
	t.Helper()
	p := &profilev1.SupplyPosition{ProductLine: "pumps", OurSharePercent: ours, AsOfDate: civilDay(t, day), Reason: "price"}
	if theirs != "" {
		p.Competitors = []*profilev1.SupplyPosition_Competitor{{DisplayName: "rival", SharePercent: theirs}, {DisplayName: "unknown"}}
	}
	out, err := b.positions().CreateSupplyPosition(b.As(t, basic), &profilev1.CreateSupplyPositionRequest{Parent: customer, SupplyPosition: p})
	require.NoError(t, err)
	return out
}

func TestTheNewestSupplyPositionIsTheCurrentOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t).GetName()
	second := b.position(t, c, "2025-06-01", "40", "35.5")
	first := b.position(t, c, "2025-01-01", "62.50", "20")
	require.True(t, second.GetCurrent())
	require.False(t, first.GetCurrent())
	require.Equal(t, "62.5", first.GetOurSharePercent())

	list := func(filter string) []*profilev1.SupplyPosition {
		answer, err := b.positions().ListSupplyPositions(b.As(t, basic), &profilev1.ListSupplyPositionsRequest{Parent: "customers/-", Filter: filter})
		require.NoError(t, err)
		return answer.GetSupplyPositions()
	}
	require.Len(t, list(""), 2)
	require.Equal(t, second.GetName(), list("current = true")[0].GetName())
	require.Equal(t, first.GetName(), list("our_share_percent > 50")[0].GetName())

	third := b.position(t, c, "2025-09-01", "30", "")
	_, err := b.positions().DeleteSupplyPosition(b.As(t, manager), &profilev1.DeleteSupplyPositionRequest{Name: third.GetName(), Etag: third.GetEtag()})
	require.NoError(t, err)
	changed, err := b.positions().UpdateSupplyPosition(b.As(t, basic), &profilev1.UpdateSupplyPositionRequest{
		SupplyPosition: &profilev1.SupplyPosition{Name: second.GetName(), OurSharePercent: "41", Etag: second.GetEtag()},
		UpdateMask:     &fieldmaskpb.FieldMask{Paths: []string{"our_share_percent"}},
	})
	require.NoError(t, err)
	require.Equal(t, "35.5", changed.GetCompetitors()[0].GetSharePercent())
	require.True(t, changed.GetCurrent())

	events := b.Events(t, "guanxi.profile.supply_position.>", 5)
	var recorded profilev1.SupplyPositionRecorded
	require.NoError(t, events[2].Decode(&recorded))
	require.Equal(t, "40", recorded.GetBefore().GetOurSharePercent(), "the newest one before")
	require.Equal(t, "30", recorded.GetAfter().GetOurSharePercent())
	require.Empty(t, recorded.GetAfter().GetReason())
	var change profilev1.SupplyPositionChanged
	require.NoError(t, events[4].Decode(&change))
	require.Equal(t, []string{"40", "41"}, []string{change.GetBefore().GetOurSharePercent(), change.GetAfter().GetOurSharePercent()})
	require.Equal(t, []string{"our_share_percent"}, change.GetChangedFields())
}

func TestSupplyPositionsThatCannotBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t).GetName()
	made := b.position(t, c, "2025-06-01", "60", "40")
	create := func(change func(*profilev1.SupplyPosition)) error {
		p := &profilev1.SupplyPosition{
			ProductLine: "pumps", OurSharePercent: "60", AsOfDate: civilDay(t, "2025-01-01"),
			Competitors: []*profilev1.SupplyPosition_Competitor{{DisplayName: "a", SharePercent: "40"}},
		}
		change(p)
		_, err := b.positions().CreateSupplyPosition(b.As(t, basic), &profilev1.CreateSupplyPositionRequest{Parent: c, SupplyPosition: p})
		return err
	}
	refused(t, create(func(p *profilev1.SupplyPosition) { p.OurSharePercent = "60.01" }), codes.InvalidArgument, "supply_position.competitors", "SHARES")
	refused(t, create(func(p *profilev1.SupplyPosition) { p.OurSharePercent = "100.5" }), codes.InvalidArgument, "supply_position.our_share_percent", "RANGE")
	refused(t, create(func(p *profilev1.SupplyPosition) { p.OurSharePercent = "" }), codes.InvalidArgument, "supply_position.our_share_percent", "REQUIRED")
	refused(t, create(func(p *profilev1.SupplyPosition) { p.ProductLine = " " }), codes.InvalidArgument, "supply_position.product_line", "REQUIRED")
	refused(t, create(func(p *profilev1.SupplyPosition) { p.AsOfDate = civilDay(t, "2199-01-01") }), codes.InvalidArgument, "supply_position.as_of_date", "FUTURE")
	refused(t, create(func(p *profilev1.SupplyPosition) { p.AsOfDate.Day = 32 }), codes.InvalidArgument, "supply_position.as_of_date", "DATE")
	refused(t, create(func(p *profilev1.SupplyPosition) {
		p.Competitors = append(p.Competitors, &profilev1.SupplyPosition_Competitor{DisplayName: " a "})
	}), codes.InvalidArgument, "supply_position.competitors[1].display_name", "UNIQUE")
	refused(t, create(func(p *profilev1.SupplyPosition) { p.AsOfDate = civilDay(t, "2025-06-01") }), codes.AlreadyExists)

	other := b.position(t, c, "2025-06-02", "60", "40")
	_, err := b.positions().UpdateSupplyPosition(b.As(t, basic), &profilev1.UpdateSupplyPositionRequest{
		SupplyPosition: &profilev1.SupplyPosition{Name: other.GetName(), AsOfDate: civilDay(t, "2025-06-01")},
	})
	refused(t, err, codes.AlreadyExists)
	_, err = b.positions().UpdateSupplyPosition(b.As(t, basic), &profilev1.UpdateSupplyPositionRequest{
		SupplyPosition: &profilev1.SupplyPosition{Name: made.GetName(), Reason: "x", Etag: "stale"},
	})
	refused(t, err, codes.Aborted)
	_, err = b.positions().GetSupplyPosition(b.As(t, basic, "eu"), &profilev1.GetSupplyPositionRequest{Name: made.GetName()})
	refused(t, err, codes.PermissionDenied)
	_, err = b.customers.DeleteCustomer(b.As(t, manager), &profilev1.DeleteCustomerRequest{Name: c})
	require.NoError(t, err)
	_, err = b.positions().DeleteSupplyPosition(b.As(t, manager), &profilev1.DeleteSupplyPositionRequest{Name: made.GetName()})
	refused(t, err, codes.FailedPrecondition)
}

func TestExpectedSalesAreReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t).GetName()
	put := func(e *profilev1.ExpectedSales) (*profilev1.ExpectedSales, error) {
		return b.expected().CreateExpectedSales(b.As(t, basic), &profilev1.CreateExpectedSalesRequest{Parent: c, ExpectedSales: e})
	}
	first, err := put(&profilev1.ExpectedSales{FiscalYear: 2026, Amount: cny(100), Note: "as last year"})
	require.NoError(t, err)
	again, err := put(&profilev1.ExpectedSales{FiscalYear: 2026, Amount: cny(100), Note: "as last year"})
	require.NoError(t, err)
	require.EqualExportedValues(t, first, again)
	second, err := put(&profilev1.ExpectedSales{FiscalYear: 2026, Amount: cny(200), Etag: first.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, first.GetName(), second.GetName())
	require.NotEqual(t, first.GetEtag(), second.GetEtag())
	_, err = put(&profilev1.ExpectedSales{FiscalYear: 2026, Amount: cny(300), Etag: first.GetEtag()})
	refused(t, err, codes.Aborted)
	_, err = put(&profilev1.ExpectedSales{FiscalYear: 2027, Amount: cny(300), Etag: first.GetEtag()})
	refused(t, err, codes.Aborted)
	_, err = put(&profilev1.ExpectedSales{FiscalYear: 2026, Amount: cny(-1)})
	refused(t, err, codes.InvalidArgument, "expected_sales.amount", "NEGATIVE")
	line, err := put(&profilev1.ExpectedSales{FiscalYear: 2026, ProductLine: "pumps", Amount: cny(50)})
	require.NoError(t, err)

	list, err := b.expected().ListExpectedSales(b.As(t, basic), &profilev1.ListExpectedSalesRequest{Parent: c})
	require.NoError(t, err)
	require.Len(t, list.GetExpectedSales(), 2)
	require.Equal(t, int64(200), list.GetExpectedSales()[0].GetAmount().GetUnits(), "that of all product lines first")
	_, err = b.expected().DeleteExpectedSales(b.As(t, basic), &profilev1.DeleteExpectedSalesRequest{Name: line.GetName()})
	require.NoError(t, err)
	_, err = b.expected().GetExpectedSales(b.admin(t), &profilev1.GetExpectedSalesRequest{Name: line.GetName()})
	refused(t, err, codes.NotFound)

	events := b.Events(t, "guanxi.profile.expected_sales.>", 4)
	require.Equal(t, "guanxi.profile.expected_sales.corrected.v1", events[1].Subject)
	var corrected profilev1.ExpectedSalesCorrected
	require.NoError(t, events[1].Decode(&corrected))
	require.Equal(t, []int64{100, 200}, []int64{corrected.GetBefore().GetAmount().GetUnits(), corrected.GetAfter().GetAmount().GetUnits()})
	require.Empty(t, corrected.GetBefore().GetNote())
}

func TestGiftsGoWithTheirPerson(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t).GetName()
	p := b.person(t, c, &profilev1.Person{DisplayName: "李雷", Senior: true}).GetName()
	ctx := b.As(t, manager)
	create := func(g *profilev1.Gift) (*profilev1.Gift, error) {
		return b.gifts().CreateGift(ctx, &profilev1.CreateGiftRequest{Parent: p, Gift: g})
	}
	tea, err := create(&profilev1.Gift{Date: civilDay(t, "2025-09-01"), Direction: profilev1.Gift_GIVEN, Item: "龙井茶", Occasion: "中秋节", Value: cny(88)})
	require.NoError(t, err)
	_, err = create(&profilev1.Gift{Date: civilDay(t, "2025-10-01"), Direction: profilev1.Gift_RECEIVED, Item: "挂历"})
	require.NoError(t, err)
	_, err = create(&profilev1.Gift{Date: civilDay(t, "2025-10-01"), Item: "x"})
	refused(t, err, codes.InvalidArgument, "gift.direction", "REQUIRED")
	_, err = create(&profilev1.Gift{Date: civilDay(t, "2025-10-01"), Direction: profilev1.Gift_GIVEN, Item: "x", Value: cny(-1)})
	refused(t, err, codes.InvalidArgument, "gift.value", "NEGATIVE")
	_, err = create(&profilev1.Gift{Date: civilDay(t, "2190-10-01"), Direction: profilev1.Gift_GIVEN, Item: " "})
	refused(t, err, codes.InvalidArgument, "gift.item", "REQUIRED")
	refused(t, err, codes.InvalidArgument, "gift.date", "FUTURE")

	liked, err := b.gifts().UpdateGift(ctx, &profilev1.UpdateGiftRequest{Gift: &profilev1.Gift{Name: tea.GetName(), Reaction: "很喜欢", Etag: tea.GetEtag()}})
	require.NoError(t, err)
	require.Equal(t, []string{"龙井茶", "很喜欢"}, []string{liked.GetItem(), liked.GetReaction()})
	given, err := b.gifts().ListGifts(ctx, &profilev1.ListGiftsRequest{Parent: p, Filter: "direction = GIVEN"})
	require.NoError(t, err)
	require.Len(t, given.GetGifts(), 1)
	_, err = b.gifts().GetGift(b.As(t, basic), &profilev1.GetGiftRequest{Name: tea.GetName()})
	refused(t, err, codes.PermissionDenied)

	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: p})
	require.NoError(t, err)
	_, err = b.gifts().GetGift(b.admin(t), &profilev1.GetGiftRequest{Name: tea.GetName()})
	refused(t, err, codes.NotFound)
	_, err = create(&profilev1.Gift{Date: civilDay(t, "2025-10-01"), Direction: profilev1.Gift_GIVEN, Item: "x"})
	refused(t, err, codes.NotFound)
	var left int
	require.NoError(t, b.DB.Get(t.Context(), &left, `select count(*) from changes where cast(fields as text) like '%龙井%' or cast(fields as text) like '%喜欢%'`))
	require.Zero(t, left, "the history keeps nothing of it")
	require.NoError(t, b.DB.Get(t.Context(), &left, `select count(*) from outbox where data like '%龙井%'`))
	require.Zero(t, left)
}
