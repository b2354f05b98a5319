package settings

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/civil"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// numbersOf reads a version that has passed check.
func numbersOf(p *segmentationv1.Settings) (*Numbers, error) {
	zone, err := time.LoadLocation(p.GetTimeZone())
	if err != nil {
		return nil, err
	}
	n := &Numbers{
		Version: p.GetVersion(), Currency: p.GetCurrencyCode(), FiscalYearStart: time.Month(p.GetFiscalYearStartMonth()), Zone: zone,
		Basis: Basis(p.GetValueBasis()), AutomaticBasisShare: p.GetAutomaticBasisShare(),
		ClassShares: sharesOf(p.GetClassShares()), ABCShares: sharesOf(p.GetAbcShares()),
		TierByRank: p.GetTierMode() == segmentationv1.TierMode_RANK, TierHysteresis: decimal.NewFromFloat(p.GetTierHysteresis()),
		TierRankShares: TierShares{
			Project: p.GetTierRankShares().GetProjectPercent() / 100, VIP: p.GetTierRankShares().GetVipPercent() / 100,
			Mid: p.GetTierRankShares().GetMidPercent() / 100, Ordinary: p.GetTierRankShares().GetOrdinaryPercent() / 100,
		},
		ExactRankingLimit: int64(p.GetExactRankingLimit()),
	}
	n.Lifecycle, n.Churn = lifecycleOf(p.GetLifecycleRules()), ChurnOf(p.GetChurnRules())
	if n.Rates, err = ratesOf(p.GetExchangeRates()); err != nil {
		return nil, err
	}
	n.TierBands, err = bandsOf(p.GetTierBands())
	return n, err
}

func sharesOf(p *segmentationv1.ClassShares) Shares {
	return Shares{Core: p.GetCorePercent() / 100, Important: p.GetImportantPercent() / 100, Ordinary: p.GetOrdinaryPercent() / 100}
}

func lifecycleOf(p *segmentationv1.LifecycleRules) Lifecycle {
	return Lifecycle{
		ResponderDays: p.GetResponderDays(), EstablishedOrderDays: p.GetEstablishedOrderDays(), StableOrderDays: p.GetStableOrderDays(),
		StableTenureDays: p.GetStableTenureDays(), FormerDays: p.GetFormerDays(), DeclineDrop: p.GetDeclineDrop(),
	}
}

// ChurnOf reads the churn rules of a version, or of whoever tries others.
func ChurnOf(p *segmentationv1.ChurnRules) Churn {
	c := Churn{
		MinIntervals: p.GetMinIntervals(), DeviationFactor: p.GetDeviationFactor(), MedianFactor: p.GetMedianFactor(), TierSilence: map[int16]int32{},
		YearDrop: p.GetYearDrop(), ShareLoss: p.GetShareLoss(), ComplaintCount: p.GetComplaintCount(), ComplaintDays: p.GetComplaintDays(),
		SatisfactionDrop: p.GetSatisfactionDrop(), AliveBelow: p.GetAliveBelow(), ModelMinCustomers: p.GetModelMinCustomers(),
	}
	for _, t := range p.GetTierSilences() {
		c.TierSilence[int16(t.GetTier())] = t.GetDays()
	}
	return c
}

// ratesOf sorts the rates, so that of one currency a later day comes after an earlier one.
func ratesOf(list []*segmentationv1.ExchangeRate) ([]Rate, error) {
	rates := make([]Rate, len(list))
	for i, r := range list {
		rate, err := decimal.NewFromString(r.GetRate())
		if err != nil {
			return nil, err
		}
		from, _ := civil.Day(r.GetEffectiveDate()) // check has seen to it
		rates[i] = Rate{Currency: r.GetCurrencyCode(), From: from, Rate: rate}
	}
	slices.SortFunc(rates, func(a, b Rate) int { return cmp.Or(cmp.Compare(a.Currency, b.Currency), a.From.Compare(b.From)) })
	return rates, nil
}

func bandsOf(list []*segmentationv1.TierBand) ([]TierBand, error) {
	bands := make([]TierBand, len(list))
	for i, b := range list {
		lower, err := decimal.NewFromString(b.GetLowerEdge())
		if err != nil {
			return nil, err
		}
		bands[i] = TierBand{Tier: int16(b.GetTier()), Lower: lower, First: int16(b.GetFirstLevel()), Last: int16(b.GetLastLevel())}
		if b.GetLevelStep() == "" {
			continue
		}
		if bands[i].Step, err = decimal.NewFromString(b.GetLevelStep()); err != nil {
			return nil, err
		}
	}
	return bands, nil
}
