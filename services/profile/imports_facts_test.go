package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// A position that is imported again with other shares is changed, and each that differs is announced.
func TestSupplyPositionsAreImported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stream, err := b.imports.ImportRows(b.As(t, manager))
	require.NoError(t, err)
	row := func(n int64, day, ours string) *profilev1.ImportRow {
		return &profilev1.ImportRow{
			FirstLine: n, LineCount: 1, CustomerRef: &profilev1.ImportCustomer{System: "shop", Id: "1"},
			Fact: &profilev1.ImportRow_SupplyPosition{SupplyPosition: &profilev1.SupplyPosition{
				ProductLine: "pumps", OurSharePercent: ours, AsOfDate: civilDay(t, day), Competitors: []*profilev1.SupplyPosition_Competitor{{DisplayName: "rival", SharePercent: "50"}},
			}},
		}
	}
	require.NoError(t, stream.Send(&profilev1.ImportRowsRequest{ImportId: "shares", Rows: []*profilev1.ImportRow{
		line(1, shop("1", "x")), row(2, "2025-01-01", "50"), row(3, "2025-06-01", "40"), row(4, "2025-06-01", "40"), row(5, "2025-06-01", "45"),
		row(6, "2025-07-01", "51"), row(7, "2199-01-01", "1"),
	}}))
	answer, err := stream.Recv()
	require.NoError(t, err)
	p := answer.GetProgress()
	require.Equal(t, []int64{7, 4, 1, 2}, []int64{p.GetTotalCount(), p.GetStoredCount(), p.GetUnchangedCount(), p.GetRejectedCount()})
	require.Equal(t, []string{"supply_position.competitors", "SHARES"}, []string{answer.GetRejections()[0].GetField(), answer.GetRejections()[0].GetRule()})
	require.Equal(t, []string{"supply_position.as_of_date", "FUTURE"}, []string{answer.GetRejections()[1].GetField(), answer.GetRejections()[1].GetRule()})
	list, err := b.positions().ListSupplyPositions(b.As(t, basic), &profilev1.ListSupplyPositionsRequest{Parent: "customers/-"})
	require.NoError(t, err)
	require.Len(t, list.GetSupplyPositions(), 2)
	require.Equal(t, "45", list.GetSupplyPositions()[0].GetOurSharePercent())
	require.Len(t, b.Events(t, "guanxi.profile.supply_position.>", 3), 3)
}
