package segmentation_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// shares are the signals of our share of a customer's supply, each as day and value, the newest first.
func (b *bundle) shares(t *testing.T, customer string) string {
	t.Helper()
	list, err := b.signals.ListSignals(b.admin(t), &segmentationv1.ListSignalsRequest{Parent: customer, Filter: "kind = SUPPLY_SHARE"})
	if err != nil { // it has not heard of the customer yet
		return err.Error()
	}
	var out string
	for _, s := range list.GetSignals() {
		out += fmt.Sprintf("%s %v; ", s.GetSignalTime().AsTime().AddDate(0, 0, 1).Format("01-02"), s.GetValue()) // midnight in China
	}
	return out
}

func (b *bundle) factor(t *testing.T, customer, id string) *segmentationv1.FactorGrade {
	t.Helper()
	g, err := segmentationv1.NewGradeServiceClient(b.Conn).GetGrade(b.admin(t), &segmentationv1.GetGradeRequest{Name: customer + "/grade"})
	if err != nil {
		return nil
	}
	for _, f := range g.GetFactors() {
		if f.GetFactor() == id {
			return f
		}
	}
	return nil
}

// A position in profile becomes a signal of its day: the mean over the product lines of what is known by then, also where it comes late, is corrected or taken back.
func TestSupplyPositionsAreSignals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "Huawei")
	c := customer
	b.order(t, c, "1", 3, 10_000, 0)
	positions := profilev1.NewSupplyPositionServiceClient(b.profile.Conn)
	record := func(line, day, share string) *profilev1.SupplyPosition {
		var p profilev1.SupplyPosition
		p.ProductLine, p.OurSharePercent, p.AsOfDate = line, share, b.today()
		_, err := fmt.Sscanf(day, "%d-%d-%d", &p.AsOfDate.Year, &p.AsOfDate.Month, &p.AsOfDate.Day)
		require.NoError(t, err)
		made, err := positions.CreateSupplyPosition(b.admin(t), &profilev1.CreateSupplyPositionRequest{Parent: c, SupplyPosition: &p})
		require.NoError(t, err)
		return made
	}
	become := func(want string) {
		t.Helper()
		require.Eventually(t, func() bool { return b.shares(t, customer) == want }, testkit.Patience, tick, want)
	}
	first := record("pumps", "2025-03-01", "80")
	record("pumps", "2025-06-01", "40")
	become("06-01 0.4; 03-01 0.8; ")
	valves := record("valves", "2025-04-01", "100")
	become("06-01 0.7; 04-01 0.9; 03-01 0.8; ")
	require.Eventually(t, func() bool { return b.factor(t, c, "supply_share").GetLevel() == 3 }, testkit.Patience, tick)

	_, err := positions.UpdateSupplyPosition(b.admin(t), &profilev1.UpdateSupplyPositionRequest{SupplyPosition: &profilev1.SupplyPosition{
		Name: first.GetName(), OurSharePercent: "90",
	}})
	require.NoError(t, err)
	become("06-01 0.7; 04-01 0.95; 03-01 0.9; ")
	_, err = positions.DeleteSupplyPosition(b.admin(t), &profilev1.DeleteSupplyPositionRequest{Name: valves.GetName()})
	require.NoError(t, err)
	become("06-01 0.4; 03-01 0.9; ")
	require.Eventually(t, func() bool { return b.factor(t, c, "supply_share").GetLevel() == 2 }, testkit.Patience, tick)
	risk := segmentationv1.NewChurnServiceClient(b.Conn)
	require.Eventually(t, func() bool {
		at, err := risk.GetCustomerChurnRisk(b.admin(t), &segmentationv1.GetCustomerChurnRiskRequest{Name: c + "/churnRisk"})
		if err != nil {
			return false
		}
		for _, w := range at.GetOpenRisks() {
			if w.GetReason() == segmentationv1.ChurnRisk_SHARE_LOSS {
				return true
			}
		}
		return false
	}, testkit.Patience, tick, "half of it is lost to rivals within a year")
}

// What the owner expects is what the customer is graded by; where he says nothing, the sales of the last 12 months.
func TestExpectedSalesAreGraded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "Huawei")
	b.order(t, c, "1", 3, 60_000, 0)
	forecasts := profilev1.NewExpectedSalesServiceClient(b.profile.Conn)
	expect := func(line string, units int64) string {
		e, err := forecasts.CreateExpectedSales(b.admin(t), &profilev1.CreateExpectedSalesRequest{Parent: c, ExpectedSales: &profilev1.ExpectedSales{
			FiscalYear: b.today().GetYear(), ProductLine: line, Amount: cny(units),
		}})
		require.NoError(t, err)
		return e.GetName()
	}
	level := func(want int32, value string) {
		t.Helper()
		require.Eventually(t, func() bool {
			f := b.factor(t, c, "expected_sales")
			return f.GetLevel() == want && f.GetValue() == value
		}, testkit.Patience, tick, value)
	}
	level(2, "60000")
	expect("pumps", 400_000)
	expect("valves", 200_000)
	level(3, "600000")
	all := expect("", 2_000_000)
	level(4, "2000000")
	_, err := forecasts.DeleteExpectedSales(b.admin(t), &profilev1.DeleteExpectedSalesRequest{Name: all})
	require.NoError(t, err)
	level(3, "600000")
}
