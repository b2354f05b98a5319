package settings

import (
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	"github.com/guanxi-crm/guanxi/libs/civil"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// numbersOf reads a version that has passed check.
func numbersOf(p *planningv1.Settings) (*Numbers, error) {
	zone, err := time.LoadLocation(p.GetTimeZone())
	if err != nil {
		return nil, err
	}
	n := &Numbers{
		Version: p.GetVersion(), Currency: p.GetCurrencyCode(), FiscalYearStart: time.Month(p.GetFiscalYearStartMonth()), Zone: zone,
		Calendars: map[string]*Calendar{}, Kinds: map[Activity]Kind{}, ConcernBlocked: activities(p.GetConcernBlockedActivities()),
	}
	for _, c := range p.GetCalendars() {
		n.Calendars[c.GetId()] = calendarOf(c)
	}
	for _, k := range p.GetActivityKinds() {
		n.Kinds[Activity(k.GetActivity())] = kindOf(k)
	}
	for _, l := range p.GetFatigueLimits() {
		n.Fatigue = append(n.Fatigue, FatigueLimit{
			ID: l.GetId(), Scope: Scope(l.GetScope()), Activities: activities(l.GetActivities()), Days: l.GetDays(), Most: l.GetMost(),
		})
	}
	l, e, r := p.GetLayoutRules(), p.GetEvidenceRules(), p.GetReactionRules()
	n.Layout = Layout{DailyMinutes: l.GetDailyMinutes(), MinimumGapDays: l.GetMinimumGapDays(), PreferredPosition: l.GetPreferredPosition()}
	n.Evidence = Evidence{
		HalfLifeDays: e.GetHalfLifeDays(), StaleBelow: e.GetStaleBelow(), IndependentObservers: e.GetIndependentObservers(),
		CoachCriteria: e.GetCoachCriteria(), SingleThreadBelow: e.GetSingleThreadBelow(), HostileClusterSize: e.GetHostileClusterSize(),
	}
	n.Card = Card{ReviewMonths: p.GetCardRules().GetReviewMonths(), CommitmentMonths: p.GetCardRules().GetCommitmentMonths()}
	n.Reaction = Reaction{
		DueDays: r.GetDueDays(), RetentionDays: r.GetRetentionDays(), FollowUpDays: r.GetFollowUpDays(), Retention: Activity(r.GetRetentionActivity()),
		FollowUp: Activity(r.GetFollowUpActivity()), SpecialDate: Activity(r.GetSpecialDateActivity()),
	}
	w := p.GetContactScoreRules()
	n.Score = ScoreWeights{
		Completion: w.GetCompletionWeight(), Punctuality: w.GetPunctualityWeight(), Coverage: w.GetCoverageWeight(), Response: w.GetResponseWeight(), Hit: w.GetHitWeight(),
	}
	return n, nil
}

func calendarOf(p *planningv1.WorkCalendar) *Calendar {
	c := &Calendar{ID: p.GetId(), Closed: days(p.GetClosedDates()), Opened: days(p.GetOpenedDates())}
	for _, d := range p.GetWeekdays() {
		c.Weekdays[d%7] = true // the API counts from Monday 1 to Sunday 7, Go from Sunday 0
	}
	return c
}

func days(list []*date.Date) map[time.Time]bool {
	out := make(map[time.Time]bool, len(list))
	for _, d := range list {
		if day, ok := civil.Day(d); ok { // check has seen to it
			out[day] = true
		}
	}
	return out
}

func kindOf(p *planningv1.ActivityKind) Kind {
	k := Kind{
		Activity: Activity(p.GetActivity()), LabelEn: p.GetLabelEn(), LabelZh: p.GetLabelZh(), Minutes: p.GetMinutes(), Minimum: Ladder(p.GetMinimumLadder()),
		ConsentRequired: p.GetConsentRequired(), Hospitality: p.GetHospitality(),
	}
	for _, m := range p.GetMedia() {
		k.Media = append(k.Media, Medium(m))
	}
	return k
}

func activities(list []planningv1.Activity) map[Activity]bool {
	out := make(map[Activity]bool, len(list))
	for _, a := range list {
		out[Activity(a)] = true
	}
	return out
}
