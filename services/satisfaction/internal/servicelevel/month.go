package servicelevel

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

const monthLayout = "2006-01"

// monthOf is the month of a day.
func monthOf(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// parseMonth reads a month that has passed the API's constraints.
func parseMonth(field, text string) (time.Time, error) {
	month, err := time.Parse(monthLayout, text)
	if err != nil {
		return month, fault.Invalid(fault.Field(field, "MONTH", fault.Text{En: "must be a month, as 2026-03", Zh: "须为月份，如 2026-03"}))
	}
	return month, nil
}

func monthText(month *time.Time) string {
	if month == nil {
		return ""
	}
	return month.Format(monthLayout)
}

// Month is the first day of a month in JSON that the database writes.
type Month struct{ time.Time }

// UnmarshalJSON reads it.
func (m *Month) UnmarshalJSON(text []byte) error {
	at, err := time.Parse(`"`+time.DateOnly+`"`, string(text))
	m.Time = at
	return err
}
