package settings

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

var (
	required = fault.Text{En: "must be given", Zh: "必须填写"}
	twice    = fault.Text{En: "stands twice", Zh: "重复"}
)

// check holds a version to what the API's constraints cannot say.
func check(p *planningv1.Settings) []fault.Violation {
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
	add(p.GetLayoutRules() == nil, "layout_rules", "REQUIRED", required)
	add(p.GetEvidenceRules() == nil, "evidence_rules", "REQUIRED", required)
	add(p.GetEvidenceRules() != nil && p.GetEvidenceRules().GetHalfLifeDays() < 1, "evidence_rules.half_life_days", "RANGE",
		fault.Text{En: "must be at least 1", Zh: "至少为 1"})
	add(p.GetCardRules() == nil, "card_rules", "REQUIRED", required)
	add(p.GetReactionRules() == nil, "reaction_rules", "REQUIRED", required)
	add(p.GetContactScoreRules() == nil, "contact_score_rules", "REQUIRED", required)
	wrong = append(wrong, checkCalendars(p.GetCalendars())...)
	wrong = append(wrong, unique("activity_kinds", "activity", p.GetActivityKinds(), (*planningv1.ActivityKind).GetActivity)...)
	return append(wrong, unique("fatigue_limits", "id", p.GetFatigueLimits(), (*planningv1.FatigueLimit).GetId)...)
}

func checkCalendars(calendars []*planningv1.WorkCalendar) []fault.Violation {
	wrong := unique("calendars", "id", calendars, (*planningv1.WorkCalendar).GetId)
	found := false
	for i, c := range calendars {
		found = found || c.GetId() == DefaultCalendar
		seen := map[time.Time]bool{}
		for _, list := range []struct {
			field string
			dates []*date.Date
		}{{"closed_dates", c.GetClosedDates()}, {"opened_dates", c.GetOpenedDates()}} {
			for j, d := range list.dates {
				at := fmt.Sprintf("calendars[%d].%s[%d]", i, list.field, j)
				day, ok := civil.Day(d)
				switch {
				case !ok:
					wrong = append(wrong, fault.Field(at, "DATE", civil.NotADay))
				case seen[day]:
					wrong = append(wrong, fault.Field(at, "UNIQUE", twice))
				}
				seen[day] = true
			}
		}
	}
	if !found {
		wrong = append(wrong, fault.Field("calendars", "DEFAULT", fault.Text{En: `must have one with the id "default"`, Zh: `必须包含 id 为 "default" 的日历`}))
	}
	return wrong
}

func unique[T any, K comparable](field, key string, list []T, of func(T) K) []fault.Violation {
	var wrong []fault.Violation
	seen := make(map[K]bool, len(list))
	for i, one := range list {
		if seen[of(one)] {
			wrong = append(wrong, fault.Field(fmt.Sprintf("%s[%d].%s", field, i, key), "UNIQUE", twice))
		}
		seen[of(one)] = true
	}
	return wrong
}
