package settings

import (
	"math"
	"slices"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

var required = fault.Text{En: "must be given", Zh: "必须填写"}

// leastExperts is how few experts an aggregate may be of: of two, each knows what the other one said.
const leastExperts = 3

// check holds a version to what the API's constraints cannot say.
func check(p *satisfactionv1.Settings) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	_, err := time.LoadLocation(p.GetTimeZone())
	add(p.GetCurrencyCode() == "", "currency_code", "REQUIRED", required)
	add(p.GetFiscalYearStartMonth() < 1, "fiscal_year_start_month", "RANGE", fault.Text{En: "must be 1 to 12", Zh: "须为 1 至 12"})
	add(err != nil || p.GetTimeZone() == "" || p.GetTimeZone() == "Local", "time_zone", "TIME_ZONE", fault.Text{En: "is not an IANA time zone", Zh: "不是 IANA 时区"})
	add(p.GetConfidence() <= 0.5 || math.Round(p.GetConfidence()*1e4)/1e4 != p.GetConfidence(), "confidence", "RANGE",
		fault.Text{En: "must be above 0.5 and below 1, with at most 4 decimals", Zh: "须大于 0.5 且小于 1，小数不超过 4 位"})
	add(p.GetDelphiRules() == nil, "delphi_rules", "REQUIRED", required)
	add(p.GetDelphiRules() != nil && p.GetDelphiRules().GetMinimumExperts() < leastExperts, "delphi_rules.minimum_experts", "RANGE",
		fault.Text{En: "must be at least 3", Zh: "至少为 3"})
	return slices.Concat(wrong, surveyRules(p), responseRules(p), serviceLevelRules(p), analysisRules(p))
}

// leastGroup is how few answers may be told of together: of one, it would be that one's.
const leastGroup = 2

func surveyRules(p *satisfactionv1.Settings) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	q, v := p.GetPretestRules(), p.GetSurveyRules()
	add(q == nil, "pretest_rules", "REQUIRED", required)
	add(q != nil && (q.GetLeastRespondents() < leastGroup || q.GetMostRespondents() < q.GetLeastRespondents()), "pretest_rules.least_respondents", "RANGE",
		fault.Text{En: "must be at least 2 and at most most_respondents", Zh: "至少为 2，且不超过 most_respondents"})
	add(v == nil, "survey_rules", "REQUIRED", required)
	add(v != nil && v.GetMinimumGroup() < leastGroup, "survey_rules.minimum_group", "RANGE", fault.Text{En: "must be at least 2", Zh: "至少为 2"})
	add(v != nil && v.GetRemindDays() < 1, "survey_rules.remind_days", "RANGE", fault.Text{En: "must be at least 1", Zh: "至少为 1"})
	return wrong
}
