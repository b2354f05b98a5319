package grade_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// drawn are the measures that random models measure by, with values between which random bands lie.
var drawn = map[gradingmodel.Measure][]string{
	gradingmodel.LastYearGrossProfit: {"-1", "0", "29999.999999999", "30000", "100000", "299999.99", "300000", "5000000.5"},
	gradingmodel.LastYearNetProfit:   {"-0.000000001", "0", "0.000000001", "12.5"},
	gradingmodel.LastYearSales:       {"0", "50000", "499999.99", "500000", "1000000"},
	gradingmodel.Sales12M:            {"0", "49999.99", "50000", "500000", "1000000"},
	gradingmodel.PaymentLateDays:     {"0", "2.5", "3", "3.25", "30", "90", "90.5"},
	gradingmodel.ActiveQuarters:      {"0", "1", "2", "3", "4"},
	gradingmodel.CooperationYears:    {"0", "0.9167", "1", "2.9167", "3", "5"},
	gradingmodel.SupplyShare:         {"0", "0.33", "0.5099", "0.51", "1"},
	gradingmodel.RelationshipLevel:   {"-1", "0", "1", "2", "3"},
}

var measures = []gradingmodel.Measure{
	gradingmodel.LastYearGrossProfit, gradingmodel.LastYearNetProfit, gradingmodel.LastYearSales, gradingmodel.Sales12M, gradingmodel.PaymentLateDays,
	gradingmodel.ActiveQuarters, gradingmodel.CooperationYears, gradingmodel.SupplyShare, gradingmodel.RelationshipLevel,
}

func drawModel(t *rapid.T) *gradingmodel.Model {
	m := &gradingmodel.Model{LabelEn: "random", LabelZh: "随机"}
	for i, points := range rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), 4, 4, rapid.ID[int]).Draw(t, "points") {
		m.Points[i] = decimal.New(int64(points), -1)
	}
	ascending(m.Points[:])
	for i, border := range rapid.SliceOfNDistinct(rapid.IntRange(0, 100), 3, 3, rapid.ID[int]).Draw(t, "borders") {
		m.Borders[i] = decimal.New(int64(border), 0)
	}
	ascending(m.Borders[:])
	m.ProvisionalBelow = decimal.New(int64(rapid.IntRange(0, 100).Draw(t, "provisional")), -2)
	for i := range rapid.IntRange(1, 12).Draw(t, "factors") {
		f := gradingmodel.Factor{
			ID: fmt.Sprintf("factor_%d", i), LabelEn: "f", LabelZh: "因素", Kind: rapid.SampledFrom([]gradingmodel.Kind{1, 2, 3}).Draw(t, "kind"),
			Weight: decimal.New(int64(rapid.IntRange(1, 50_000).Draw(t, "weight")), -4),
		}
		if f.Measurable() {
			f.Measure = rapid.SampledFrom(measures).Draw(t, "measure")
			f.LowerIsBetter = rapid.Bool().Draw(t, "lower")
			for e, text := range rapid.SliceOfNDistinct(rapid.SampledFrom(drawn[f.Measure]), 3, 3, rapid.ID[string]).Draw(t, "edges") {
				f.Edges[e] = decimal.RequireFromString(text)
			}
			ascending(f.Edges[:])
			if f.LowerIsBetter {
				f.Edges[0], f.Edges[2] = f.Edges[2], f.Edges[0]
			}
		}
		m.Factors = append(m.Factors, f)
	}
	return m
}

func ascending(list []decimal.Decimal) {
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if list[j].LessThan(list[i]) {
				list[i], list[j] = list[j], list[i]
			}
		}
	}
}

// drawFacts makes up a customer; its first day fits its years of cooperation on the day.
func drawFacts(t *rapid.T, m *gradingmodel.Model, today time.Time) (facts, map[gradingmodel.Measure]string) {
	known := map[gradingmodel.Measure]string{}
	for _, measure := range measures {
		if rapid.Bool().Draw(t, "known") {
			known[measure] = rapid.SampledFrom(drawn[measure]).Draw(t, "value")
		}
	}
	f := facts{
		gross: known[gradingmodel.LastYearGrossProfit], net: known[gradingmodel.LastYearNetProfit], lateDays: known[gradingmodel.PaymentLateDays],
		share: known[gradingmodel.SupplyShare], relationship: known[gradingmodel.RelationshipLevel], judged: map[string]int{},
	}
	if years, ok := known[gradingmodel.CooperationYears]; ok { // who has an order has sales, of 0 if not known otherwise
		months := decimal.RequireFromString(years).Mul(decimal.NewFromInt(12)).Round(0).IntPart()
		f.firstDay = today.AddDate(0, -int(months), -rapid.IntRange(0, 3).Draw(t, "days")).Format(time.DateOnly)
		for measure, column := range map[gradingmodel.Measure]*string{gradingmodel.LastYearSales: &f.lastYear, gradingmodel.Sales12M: &f.sales} {
			if known[measure] == "" {
				known[measure] = "0"
			}
			*column = known[measure]
		}
		if known[gradingmodel.ActiveQuarters] == "" {
			known[gradingmodel.ActiveQuarters] = "0"
		}
		f.quarters, _ = strconv.Atoi(known[gradingmodel.ActiveQuarters])
	} else {
		delete(known, gradingmodel.LastYearSales)
		delete(known, gradingmodel.Sales12M)
		delete(known, gradingmodel.ActiveQuarters)
	}
	for i := range m.Factors {
		if level := rapid.IntRange(0, 4).Draw(t, "judged"); level > 0 {
			f.judged[m.Factors[i].ID] = level
		}
	}
	return f, known
}

// The statement that the model is made into and the plain evaluation of the model come to the same.
func TestStatementAgreesWithModel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.clock.Set(time.Date(2026, 5, 28, 2, 0, 0, 0, time.UTC))
	models := gradingmodel.NewStore(b.db, b.clock.Now)
	rapid.Check(t, func(r *rapid.T) {
		b.clock.Advance(time.Second)
		m := drawModel(r)
		require.Empty(t, m.Check())
		require.NoError(t, models.Create(t.Context(), m))
		_, err := models.Publish(t.Context(), m.ID, "", b.scope().Day)
		require.NoError(t, err)

		want := map[uuid.UUID]gradingmodel.Result{}
		var ids []uuid.UUID
		for range rapid.IntRange(1, 4).Draw(r, "customers") {
			f, measured := drawFacts(r, m, b.scope().Day)
			id := b.customer(t, f)
			known := make([]gradingmodel.Known, len(m.Factors))
			for i := range m.Factors {
				known[i].Level = int16(f.judged[m.Factors[i].ID])
				if text, ok := measured[m.Factors[i].Measure]; ok {
					value := decimal.RequireFromString(text)
					known[i].Value = &value
				}
			}
			ids, want[id] = append(ids, id), m.Evaluate(known)
		}
		b.assess(t, ids...)
		for id, result := range want {
			got := b.standing(t, id)
			require.Equal(r, result.Grade, got.Grade)
			require.Equal(r, result.Provisional, got.Provisional)
			require.Equal(r, text(result.Score()), text(got.Score))
			if result.Grade != gradingmodel.None {
				require.Equal(r, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(result.Levels)), ""), "[]"), b.levels(t, id))
			}
		}
	})
}

func text(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}
