// Package settings is the numbers that satisfaction works by, kept as versions.
package settings

import "time"

// Numbers is one version, ready to be calculated with.
type Numbers struct {
	Version         int32
	Currency        string
	FiscalYearStart time.Month
	Zone            *time.Location
	// Confidence is that of intervals and samples where nothing else is said.
	Confidence   float64
	Delphi       Delphi
	Pretest      Pretest
	Survey       Survey
	ServiceLevel ServiceLevel
	Response     Response
	Analysis     Analysis
}

// Pretest says when a questionnaire has passed its pretest.
type Pretest struct {
	LeastRespondents, MostRespondents int32
	LeastAlpha, LeastItemTotal        float64
}

// Survey says how surveys are sampled and sent.
type Survey struct {
	// CensusMost is up to how many customers a population is asked whole, MinimumGroup of how few answers nothing is told.
	CensusMost   int64
	MinimumGroup int32
	// RestDays are those between the links of two surveys, RemindDays those before a reminder.
	RestDays, RemindDays, MostReminders int32
}

// Response says which responses count, and which ratings are low.
type Response struct {
	// LeastAnsweredPercent is how many of the graded questions that are asked have to be answered.
	LeastAnsweredPercent float64
	// StraightLineGrades is from how many grades on it is suspicious that all are the same.
	StraightLineGrades int
	// MostContradictionPercent is how far answers to the same item may lie apart, of the scale.
	MostContradictionPercent float64
	LeastSecondsPerQuestion  float64
	// LowScorePercent and LowRecommendation are up to where ratings are low.
	LowScorePercent   float64
	LowRecommendation int32
}

// Delphi says when experts agree.
type Delphi struct {
	MostMovementPercent float64
	MostVariation       float64
	MinimumExperts      int32
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
