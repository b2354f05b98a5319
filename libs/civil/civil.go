// Package civil carries calendar days, in memory midnight UTC, to and from google.type.Date.
package civil

import (
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Days outside these years are mistakes of whoever sends them.
const firstYear, lastYear = 1900, 2200

// Date is the day for the API.
func Date(day time.Time) *date.Date {
	return &date.Date{Year: int32(day.Year()), Month: int32(day.Month()), Day: int32(day.Day())}
}

// Optional is Date for a day that may be absent.
func Optional(day *time.Time) *date.Date {
	if day == nil {
		return nil
	}
	return Date(*day)
}

// Day is midnight UTC of a full date of the years 1900 to 2200; ok is false for any other.
func Day(d *date.Date) (day time.Time, ok bool) {
	day = time.Date(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()), 0, 0, 0, 0, time.UTC)
	// time.Date makes another day of one that is not in the calendar.
	full := int32(day.Year()) == d.GetYear() && int32(day.Month()) == d.GetMonth() && int32(day.Day()) == d.GetDay()
	return day, full && d.GetYear() >= firstYear && d.GetYear() <= lastYear
}

// FromProto is Day for what a caller has sent: any other date is INVALID_ARGUMENT naming the field.
func FromProto(field string, d *date.Date) (time.Time, error) {
	day, ok := Day(d)
	if !ok {
		return day, fault.Invalid(fault.Field(field, "DATE", NotADay))
	}
	return day, nil
}

// NotADay says what is wrong with a date that Day refuses.
var NotADay = fault.Text{En: "is not a full date of the years 1900 to 2200", Zh: "不是 1900 至 2200 年间的完整日期"}
