package settings

import (
	"slices"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// required says that a number may be left out of an update, but not out of a version.
var required = fault.Text{En: "must be given", Zh: "必须填写"}

// check holds a version to what the API's constraints cannot say.
func check(p *voicev1.VoiceSettings) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	_, err := time.LoadLocation(p.GetTimeZone())
	add(p.GetFiscalYearStartMonth() < 1, "fiscal_year_start_month", "RANGE", fault.Text{En: "must be 1 to 12", Zh: "须为 1 至 12"})
	add(err != nil || p.GetTimeZone() == "" || p.GetTimeZone() == "Local", "time_zone", "TIME_ZONE", fault.Text{En: "is not an IANA time zone", Zh: "不是 IANA 时区"})
	hours := p.GetFigureRules().GetAgeingHours()
	add(len(hours) == 0, "figure_rules.ageing_hours", "REQUIRED", required)
	add(!slices.IsSorted(hours), "figure_rules.ageing_hours", "ASCENDING", fault.Text{En: "must ascend", Zh: "须递增"})
	wrong = append(wrong, checkCases(p)...)
	wrong = append(wrong, checkQueue(p.GetQueueRules())...)
	return append(wrong, checkIssue(p.GetIssueRules())...)
}
