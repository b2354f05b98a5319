package settings

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// check holds a version to what the API's constraints cannot say.
func check(p *segmentationv1.Settings) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	_, err := time.LoadLocation(p.GetTimeZone())
	add(p.GetCurrencyCode() == "", "currency_code", "REQUIRED", "must be given", "必须填写")
	add(p.GetFiscalYearStartMonth() < 1, "fiscal_year_start_month", "RANGE", "must be 1 to 12", "须为 1 至 12")
	add(p.GetFiscalYearStartMonth() > 12, "fiscal_year_start_month", "RANGE", "must be 1 to 12", "须为 1 至 12")
	add(err != nil || p.GetTimeZone() == "" || p.GetTimeZone() == "Local", "time_zone", "TIME_ZONE", "is not an IANA time zone", "不是 IANA 时区")
	add(p.GetValueBasis() == 0, "value_basis", "REQUIRED", "must be given", "必须填写")
	add(p.GetTierMode() == 0, "tier_mode", "REQUIRED", "must be given", "必须填写")
	for _, of := range []struct {
		field  string
		shares *segmentationv1.ClassShares
	}{{"class_shares", p.GetClassShares()}, {"abc_shares", p.GetAbcShares()}} {
		sum := of.shares.GetCorePercent() + of.shares.GetImportantPercent() + of.shares.GetOrdinaryPercent()
		add(sum > 100, of.field, "SUM", "must not add up to more than 100 percent", "合计不得超过 100%")
	}
	r := p.GetTierRankShares()
	add(r.GetProjectPercent()+r.GetVipPercent()+r.GetMidPercent()+r.GetOrdinaryPercent() > 100, "tier_rank_shares", "SUM",
		"must not add up to more than 100 percent", "合计不得超过 100%")
	add(p.GetLifecycleRules() == nil, "lifecycle_rules", "REQUIRED", "must be given", "必须填写")
	add(p.GetChurnRules() == nil, "churn_rules", "REQUIRED", "must be given", "必须填写")
	wrong = append(wrong, checkRates(p.GetExchangeRates(), p.GetCurrencyCode())...)
	return append(wrong, checkBands(p.GetTierBands())...)
}

func checkRates(rates []*segmentationv1.ExchangeRate, own string) []fault.Violation {
	var wrong []fault.Violation
	seen := map[string]bool{}
	for i, r := range rates {
		at := fmt.Sprintf("exchange_rates[%d].", i)
		if rate, err := decimal.NewFromString(r.GetRate()); err != nil || !rate.IsPositive() {
			wrong = append(wrong, fault.Field(at+"rate", "RANGE", fault.Text{En: "must be greater than 0", Zh: "须大于 0"}))
		}
		day, ok := civil.Day(r.GetEffectiveDate())
		if !ok {
			wrong = append(wrong, fault.Field(at+"effective_date", "DATE", civil.NotADay))
		}
		if r.GetCurrencyCode() == own {
			wrong = append(wrong, fault.Field(at+"currency_code", "OWN_CURRENCY", fault.Text{En: "is currency_code itself, which is worth 1", Zh: "即 currency_code 本身，其汇率为 1"}))
		}
		key := r.GetCurrencyCode() + day.Format(time.DateOnly)
		if seen[key] {
			wrong = append(wrong, fault.Field(at+"effective_date", "UNIQUE", fault.Text{En: "stands twice for this currency", Zh: "该币种的此日期重复"}))
		}
		seen[key] = true
	}
	return wrong
}

func checkBands(bands []*segmentationv1.TierBand) []fault.Violation {
	if len(bands) == 0 {
		return []fault.Violation{fault.Field("tier_bands", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"})}
	}
	var wrong []fault.Violation
	add := func(broken bool, i int, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(fmt.Sprintf("tier_bands[%d].%s", i, field), rule, fault.Text{En: en, Zh: zh}))
		}
	}
	var before decimal.Decimal
	for i, b := range bands {
		edge, err := decimal.NewFromString(b.GetLowerEdge())
		add(err != nil || i == 0 && !edge.IsZero(), i, "lower_edge", "RANGE", "must be 0 for the lowest band", "最低一档须为 0")
		add(i > 0 && !edge.GreaterThan(before), i, "lower_edge", "ORDER", "must be greater than that of the band before", "须大于前一档的下限")
		add(i > 0 && b.GetTier() <= bands[max(i-1, 0)].GetTier(), i, "tier", "ORDER", "must be higher than that of the band before", "须高于前一档")
		add(b.GetLastLevel() < b.GetFirstLevel(), i, "last_level", "ORDER", "must not be below first_level", "不得小于 first_level")
		add(i > 0 && b.GetFirstLevel() <= bands[max(i-1, 0)].GetLastLevel(), i, "first_level", "ORDER", "must be above the levels of the band before", "须大于前一档的级别")
		step, err := decimal.NewFromString(b.GetLevelStep())
		top := i == len(bands)-1
		add(top && (err != nil || !step.IsPositive()), i, "level_step", "REQUIRED", "must be given for the topmost band", "最高一档必须填写")
		add(!top && b.GetLevelStep() != "", i, "level_step", "TOP_ONLY", "is of the topmost band only", "仅最高一档可填")
		before = edge
	}
	return wrong
}
