package sheet

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Span is a range of months, both included, such as 2025-01 to 2026-12.
type Span struct{ Start, End time.Time }

const monthLayout = "2006-01"

// Months that a curve shows when nothing is said, and at most.
const (
	usualMonths = 24
	mostMonths  = 120
)

// NewSpan reads the months that a caller asked for; what he left out follows from the last order.
func NewSpan(start, end string, lastOrder time.Time) (Span, error) {
	s := Span{End: time.Date(lastOrder.Year(), lastOrder.Month(), 1, 0, 0, 0, 0, time.UTC)}
	var err error
	if end != "" {
		if s.End, err = time.Parse(monthLayout, end); err != nil {
			return s, month("end_month")
		}
	}
	s.Start = s.End.AddDate(0, 1-usualMonths, 0)
	if start != "" {
		if s.Start, err = time.Parse(monthLayout, start); err != nil {
			return s, month("start_month")
		}
	}
	switch {
	case s.End.Before(s.Start):
		return s, fault.Invalid(fault.Field("end_month", "ORDER", fault.Text{En: "must not be before start_month", Zh: "不得早于 start_month"}))
	case s.Start.AddDate(0, mostMonths-1, 0).Before(s.End):
		return s, fault.Invalid(fault.Field("start_month", "SPAN", fault.Text{En: "must not be more than 120 months before end_month", Zh: "距 end_month 不得超过 120 个月"}))
	}
	return s, nil
}

func month(field string) error {
	return fault.Invalid(fault.Field(field, "MONTH", fault.Text{En: "must be a month such as 2026-01", Zh: "须为月份，如 2026-01"}))
}
