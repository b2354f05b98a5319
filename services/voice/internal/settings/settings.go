// Package settings is the numbers that voice works by, kept as versions.
package settings

import (
	"time"
)

// Numbers is one version, ready to be calculated with.
type Numbers struct {
	Version         int32
	FiscalYearStart time.Month
	Zone            *time.Location
	Figure          Figure
	Issue           Issue
	Escalation      Escalation
	Queue           Queue
	Intake          Intake
	Case            Case
	Severity        Severity
	Major           Major
	Limits          map[string]Limit // of compensations, by currency
}

// Figure says how figures are cut.
type Figure struct {
	// Ageing are the edges between the buckets of open cases, ascending.
	Ageing []time.Duration
}

// Today is the company's business day of an instant, as midnight UTC.
func (n *Numbers) Today(now time.Time) time.Time {
	y, m, d := now.In(n.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// FiscalYear is the fiscal year that a day belongs to, called by the calendar year it starts in.
func (n *Numbers) FiscalYear(day time.Time) int {
	if day.Month() < n.FiscalYearStart {
		return day.Year() - 1
	}
	return day.Year()
}
