package settings

import (
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	"github.com/guanxi-crm/guanxi/libs/civil"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Name is the resource name of the one settings there are.
const Name = "planningSettings"

// Media of profile's Channel.
const (
	phone  = 1
	mobile = 2
	email  = 4
	wechat = 5
)

// shipped are the numbers of version 1; the comments of their proto say where they come from.
func shipped() *planningv1.Settings {
	return &planningv1.Settings{
		Name: Name, CurrencyCode: "CNY", FiscalYearStartMonth: 1, TimeZone: "Asia/Shanghai",
		Calendars:     []*planningv1.WorkCalendar{china()},
		ActivityKinds: shippedKinds(),
		LayoutRules:   &planningv1.LayoutRules{DailyMinutes: 240, MinimumGapDays: 3, PreferredPosition: 0.5},
		FatigueLimits: []*planningv1.FatigueLimit{
			{Id: "person_week", Scope: planningv1.FatigueLimit_PERSON, Days: 7, Most: 3},
			{Id: "person_survey", Scope: planningv1.FatigueLimit_PERSON, Activities: []planningv1.Activity{planningv1.Activity_SURVEY}, Days: 90, Most: 1},
			{Id: "customer_week", Scope: planningv1.FatigueLimit_CUSTOMER, Days: 7, Most: 10},
		},
		ConcernBlockedActivities: []planningv1.Activity{
			planningv1.Activity_EXHIBITION, planningv1.Activity_BRAND_EVENT, planningv1.Activity_SUMMIT, planningv1.Activity_MESSAGE,
			planningv1.Activity_JOINT_LEISURE, planningv1.Activity_MEAL, planningv1.Activity_SURVEY,
		},
		EvidenceRules: &planningv1.EvidenceRules{
			HalfLifeDays: 180, StaleBelow: 0.25, IndependentObservers: 2, CoachCriteria: 5, SingleThreadBelow: 2, HostileClusterSize: 2,
		},
		CardRules: &planningv1.CardRules{ReviewMonths: 3, CommitmentMonths: 6},
		ReactionRules: &planningv1.ReactionRules{
			DueDays: 3, RetentionDays: 7, RetentionActivity: planningv1.Activity_DAILY_VISIT, FollowUpDays: 3, FollowUpActivity: planningv1.Activity_CALL,
			SpecialDateActivity: planningv1.Activity_MESSAGE,
		},
		ContactScoreRules: &planningv1.ContactScoreRules{CompletionWeight: 40, PunctualityWeight: 20, CoverageWeight: 20, ResponseWeight: 10, HitWeight: 10},
	}
}

// shippedKinds follow the sources' ladder: who does not accept us is met formally; meals need neutrality, leisure support. Minutes are ours, an hour's way included in
// visits.
func shippedKinds() []*planningv1.ActivityKind {
	const (
		notAccepting = planningv1.Ladder_NOT_ACCEPTING
		neutral      = planningv1.Ladder_NEUTRAL
		support      = planningv1.Ladder_SUPPORT
	)
	kind := func(a planningv1.Activity, en, zh string, minutes int32, least planningv1.Ladder, hospitality bool, media ...int32) *planningv1.ActivityKind {
		return &planningv1.ActivityKind{Activity: a, LabelEn: en, LabelZh: zh, Minutes: minutes, MinimumLadder: least, Hospitality: hospitality, Media: media}
	}
	return []*planningv1.ActivityKind{
		kind(planningv1.Activity_EXHIBITION, "Exhibition", "展会", 240, notAccepting, false),
		kind(planningv1.Activity_COMPANY_VISIT, "Company visit", "公司参观", 240, neutral, true),
		kind(planningv1.Activity_EXECUTIVE_VISIT, "Executive visit", "高层拜访", 180, notAccepting, false),
		kind(planningv1.Activity_DAILY_VISIT, "Daily visit", "日常拜访", 120, notAccepting, false),
		kind(planningv1.Activity_BRAND_EVENT, "Themed or brand event", "专题与品牌活动", 240, neutral, true),
		kind(planningv1.Activity_TECHNICAL_EXCHANGE, "Technical exchange", "技术交流", 180, notAccepting, false),
		kind(planningv1.Activity_SAMPLE_SITE_VISIT, "Sample-site visit", "样板点参观", 240, neutral, true),
		kind(planningv1.Activity_SUMMIT, "Summit", "峰会", 240, neutral, true),
		kind(planningv1.Activity_SPONSOR_MEETING, "Sponsor meeting", "高层会晤", 180, neutral, false),
		kind(planningv1.Activity_MEAL, "Meal", "宴请", 120, neutral, true),
		kind(planningv1.Activity_BUSINESS_LETTER, "Business letter", "商务信函", 30, notAccepting, false),
		kind(planningv1.Activity_CALL, "Call", "电话", 30, notAccepting, false, phone, mobile),
		kind(planningv1.Activity_MESSAGE, "Message", "短信、微信、邮件", 0, notAccepting, false, mobile, email, wechat),
		kind(planningv1.Activity_JOINT_LEISURE, "Joint leisure", "休闲活动", 240, support, true),
		kind(planningv1.Activity_TRAINING, "Training", "培训", 240, notAccepting, false),
		kind(planningv1.Activity_SURVEY, "Survey", "满意度调查", 0, notAccepting, false, phone, mobile, email, wechat),
	}
}

// china are the working days of mainland China, with the public holidays and swapped workdays of 2025 and 2026 as the State Council announced them. Those of a further
// year are added by a new version when they are announced, in November of the year before.
func china() *planningv1.WorkCalendar {
	return &planningv1.WorkCalendar{
		Id: DefaultCalendar, Weekdays: []int32{1, 2, 3, 4, 5},
		ClosedDates: ranges(
			"2025-01-01", "2025-01-01", "2025-01-28", "2025-02-04", "2025-04-04", "2025-04-06", "2025-05-01", "2025-05-05", "2025-05-31", "2025-06-02",
			"2025-10-01", "2025-10-08",
			"2026-01-01", "2026-01-03", "2026-02-15", "2026-02-23", "2026-04-04", "2026-04-06", "2026-05-01", "2026-05-05", "2026-06-19", "2026-06-21",
			"2026-09-25", "2026-09-27", "2026-10-01", "2026-10-07",
		),
		OpenedDates: ranges(
			"2025-01-26", "2025-01-26", "2025-02-08", "2025-02-08", "2025-04-27", "2025-04-27", "2025-09-28", "2025-09-28", "2025-10-11", "2025-10-11",
			"2026-01-04", "2026-01-04", "2026-02-14", "2026-02-14", "2026-02-28", "2026-02-28", "2026-05-09", "2026-05-09", "2026-09-20", "2026-09-20",
			"2026-10-10", "2026-10-10",
		),
	}
}

// ranges are all days of pairs of first and last.
func ranges(pairs ...string) []*date.Date {
	var out []*date.Date
	for i := 0; i+1 < len(pairs); i += 2 {
		last := mustDay(pairs[i+1])
		for day := mustDay(pairs[i]); !day.After(last); day = day.AddDate(0, 0, 1) {
			out = append(out, civil.Date(day))
		}
	}
	return out
}

func mustDay(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil { // it is written above
		panic(err)
	}
	return day
}
