package settings

import (
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func shippedServiceLevel() *satisfactionv1.ServiceLevelRules {
	return &satisfactionv1.ServiceLevelRules{
		HistogramDays: []int32{1, 2, 3, 5, 7, 10, 14, 21, 30, 60}, SettleDays: 10, MinimumCount: 5,
		OnTimeRule: &satisfactionv1.OnTimeRule{
			Comparison: satisfactionv1.OnTimeRule_CALENDAR_DATE, Due: satisfactionv1.OnTimeRule_REQUESTED, Done: satisfactionv1.OnTimeRule_SHIPPED,
		},
	}
}

func serviceLevelOf(p *satisfactionv1.ServiceLevelRules) ServiceLevel {
	rule := p.GetOnTimeRule()
	return ServiceLevel{
		Days: p.GetHistogramDays(), Comparison: int16(rule.GetComparison()), Due: int16(rule.GetDue()), Done: int16(rule.GetDone()),
		SettleDays: p.GetSettleDays(), MinimumCount: int64(p.GetMinimumCount()),
	}
}

func serviceLevelRules(p *satisfactionv1.Settings) []fault.Violation {
	r := p.GetServiceLevelRules()
	if r == nil {
		return []fault.Violation{fault.Field("service_level_rules", "REQUIRED", required)}
	}
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field("service_level_rules."+field, rule, text))
		}
	}
	rule := r.GetOnTimeRule()
	add(!rising(r.GetHistogramDays()), "histogram_days", "ORDER", fault.Text{En: "must each be more than the one before", Zh: "须逐项递增"})
	add(rule.GetComparison() == 0, "on_time_rule.comparison", "REQUIRED", required)
	add(rule.GetDue() == 0, "on_time_rule.due", "REQUIRED", required)
	add(rule.GetDone() == 0, "on_time_rule.done", "REQUIRED", required)
	add(r.GetMinimumCount() < 1, "minimum_count", "RANGE", fault.Text{En: "must be at least 1", Zh: "至少为 1"})
	return wrong
}

func rising(days []int32) bool {
	for i := 1; i < len(days); i++ {
		if days[i] <= days[i-1] {
			return false
		}
	}
	return true
}
