package settings

import (
	"google.golang.org/genproto/googleapis/type/date"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Name is the resource name of the one settings there are.
const Name = "segmentationSettings"

// shipped are the numbers of version 1; the comments of their proto say where they come from.
func shipped() *segmentationv1.Settings {
	return &segmentationv1.Settings{
		Name: Name, CurrencyCode: "CNY", ExchangeRates: shippedRates(), FiscalYearStartMonth: 1, TimeZone: "Asia/Shanghai",
		ValueBasis: segmentationv1.ValueBasis_AUTOMATIC, AutomaticBasisShare: 0.8,
		ClassShares: &segmentationv1.ClassShares{CorePercent: 1, ImportantPercent: 19, OrdinaryPercent: 30},
		AbcShares:   &segmentationv1.ClassShares{CorePercent: 5, ImportantPercent: 15},
		TierMode:    segmentationv1.TierMode_CONTRIBUTION,
		TierBands: []*segmentationv1.TierBand{
			{Tier: segmentationv1.Tier_TRANSIENT, LowerEdge: "0", FirstLevel: 1, LastLevel: 3},
			{Tier: segmentationv1.Tier_REGULAR, LowerEdge: "300", FirstLevel: 4, LastLevel: 8},
			{Tier: segmentationv1.Tier_MID, LowerEdge: "2000", FirstLevel: 9, LastLevel: 15},
			{Tier: segmentationv1.Tier_VIP, LowerEdge: "10000", FirstLevel: 16, LastLevel: 30},
			{Tier: segmentationv1.Tier_PROJECT, LowerEdge: "100000", FirstLevel: 31, LastLevel: 60, LevelStep: "50000"},
		},
		TierRankShares: &segmentationv1.TierRankShares{ProjectPercent: 1, VipPercent: 4, MidPercent: 15},
		TierHysteresis: 0.1,
		LifecycleRules: &segmentationv1.LifecycleRules{
			ResponderDays: 365, EstablishedOrderDays: 3, StableOrderDays: 5, StableTenureDays: 180, DeclineDrop: 0.3, FormerDays: 365,
		},
		ChurnRules: &segmentationv1.ChurnRules{
			MinIntervals: 3, DeviationFactor: 3, MedianFactor: 0.5, TierSilences: []*segmentationv1.TierSilence{
				{Tier: segmentationv1.Tier_TRANSIENT, Days: 365},
				{Tier: segmentationv1.Tier_REGULAR, Days: 180},
				{Tier: segmentationv1.Tier_MID, Days: 120},
				{Tier: segmentationv1.Tier_VIP, Days: 90},
				{Tier: segmentationv1.Tier_PROJECT, Days: 60},
			},
			YearDrop: 0.3, ShareLoss: 0.1, ComplaintCount: 3, ComplaintDays: 30, SatisfactionDrop: 10, AliveBelow: 0.3, ModelMinCustomers: 100,
		},
		ExactRankingLimit: 1000,
	}
}

// shippedRates are rough ones, from long ago on: without any, the orders in a currency would count for nothing until somebody noticed.
func shippedRates() []*segmentationv1.ExchangeRate {
	var rates []*segmentationv1.ExchangeRate
	for _, r := range []struct{ currency, rate string }{{"EUR", "7.8"}, {"GBP", "9.2"}, {"HKD", "0.92"}, {"JPY", "0.048"}, {"USD", "7.2"}} {
		rates = append(rates, &segmentationv1.ExchangeRate{CurrencyCode: r.currency, Rate: r.rate, EffectiveDate: &date.Date{Year: 1990, Month: 1, Day: 1}})
	}
	return rates
}
