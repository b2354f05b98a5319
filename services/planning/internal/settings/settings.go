// Package settings is the numbers that planning works by, kept as versions.
package settings

import (
	"time"
)

// Activity is a way of contact; the numbers of this and of the following are those of the API.
type Activity int16

// Ladder is a rung of the ladder of activities.
type Ladder int16

// Scope is who bears contact.
type Scope int16

// Medium is a way to reach a person, of profile's Channel.
type Medium int32

// Rungs that the rules name.
const (
	NotAccepting Ladder = iota + 1
	Neutral
	Support
	ExclusiveSupport
	Coaching
)

// Who bears.
const (
	PerPerson Scope = iota + 1
	PerCustomer
)

// DefaultCalendar is the calendar of owners who name none.
const DefaultCalendar = "default"

// Numbers is one version, ready to be calculated with.
type Numbers struct {
	Version         int32
	Currency        string
	FiscalYearStart time.Month
	Zone            *time.Location
	Calendars       map[string]*Calendar
	Kinds           map[Activity]Kind
	Layout          Layout
	Fatigue         []FatigueLimit
	// ConcernBlocked are the ways of contact that a major concern forbids.
	ConcernBlocked map[Activity]bool
	Evidence       Evidence
	Card           Card
	Reaction       Reaction
	Score          ScoreWeights
}

// Calendar says which days are working days.
type Calendar struct {
	ID             string
	Weekdays       [7]bool            // by time.Weekday
	Closed, Opened map[time.Time]bool // midnights UTC
}

// Works says whether a day, a midnight UTC, is a working day.
func (c *Calendar) Works(day time.Time) bool {
	switch {
	case c.Opened[day]:
		return true
	case c.Closed[day]:
		return false
	}
	return c.Weekdays[day.Weekday()]
}

// Kind is what a way of contact takes and permits.
type Kind struct {
	Activity        Activity
	LabelEn         string
	LabelZh         string
	Minutes         int32
	Minimum         Ladder
	Media           []Medium
	ConsentRequired bool
	Hospitality     bool
}

// Layout are the rules of a year's layout.
type Layout struct {
	DailyMinutes, MinimumGapDays int32
	PreferredPosition            float64
}

// FatigueLimit is how many contacts somebody bears within some days.
type FatigueLimit struct {
	ID         string
	Scope      Scope
	Activities map[Activity]bool // empty: all
	Days, Most int32
}

// Evidence says how far claims are believed.
type Evidence struct {
	HalfLifeDays                          int32
	StaleBelow                            float64
	IndependentObservers, CoachCriteria   int32
	SingleThreadBelow, HostileClusterSize int32
}

// Card says how key-person cards are kept.
type Card struct{ ReviewMonths, CommitmentMonths int32 }

// Reaction says what is announced and added without being asked for.
type Reaction struct {
	DueDays, RetentionDays, FollowUpDays int32
	Retention, FollowUp, SpecialDate     Activity // 0: none
}

// ScoreWeights are what the rates of contact figures weigh in the performance of an owner.
type ScoreWeights struct{ Completion, Punctuality, Coverage, Response, Hit int32 }

// Calendar is the calendar of that id; that of "" and of one that is no longer there is the default one.
func (n *Numbers) Calendar(id string) *Calendar {
	if c := n.Calendars[id]; c != nil {
		return c
	}
	return n.Calendars[DefaultCalendar]
}

// Today is the company's business day of an instant, as midnight UTC.
func (n *Numbers) Today(now time.Time) time.Time { return DayIn(now, n.Zone) }

// DayIn is the day of an instant in a zone, as midnight UTC.
func DayIn(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// FiscalYear is the fiscal year that a day belongs to, called by the calendar year it starts in.
func (n *Numbers) FiscalYear(day time.Time) int {
	if day.Month() < n.FiscalYearStart {
		return day.Year() - 1
	}
	return day.Year()
}

// YearBounds are the first day of a fiscal year and the first after it.
func (n *Numbers) YearBounds(year int) (first, next time.Time) {
	first = time.Date(year, n.FiscalYearStart, 1, 0, 0, 0, 0, time.UTC)
	return first, first.AddDate(1, 0, 0)
}
