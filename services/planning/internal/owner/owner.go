// Package owner is who makes contacts and when he works, and the secret links to the owners' calendars.
package owner

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Owner is one who looks after customers: the subject that Customer.owner names. What is empty or nil is as the settings have it.
type Owner struct {
	Subject      string
	Calendar     string
	TimeZone     string
	DailyMinutes *int32
	Absences     []Absence
	Revision     int64 // 0: nothing is kept of him
	LinkTime     *time.Time
	CreateTime   *time.Time
	UpdateTime   *time.Time
}

// Absence is days of leave, the last one included; midnights UTC.
type Absence struct{ Start, End time.Time }

// maxSubject is the longest subject in bytes that a token can have.
const maxSubject = 255

const collection = "owners/"

// Name is the resource name of a subject, which may hold any character.
func Name(subject string) string {
	return collection + base64.RawURLEncoding.EncodeToString([]byte(subject))
}

// ParseName reads the subject out of a name. Each subject has one name: other spellings of it are none.
func ParseName(field, name string) (string, error) {
	id, ok := strings.CutPrefix(name, collection)
	subject, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if !ok || err != nil || len(subject) == 0 || len(subject) > maxSubject || Name(string(subject)) != name || !textual(string(subject)) {
		return "", fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
			En: "must be a name of the form owners/{id} whose id is the owner's subject as base64url without padding",
			Zh: "必须是 owners/{id} 形式的资源名，id 为负责人 subject 的 base64url 编码（无填充）",
		}))
	}
	return string(subject), nil
}

// textual says whether the bytes are a text that a token can hold.
func textual(subject string) bool {
	return strings.ToValidUTF8(subject, "") == subject && !strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 })
}

// longestAbsence is how many days the last day of an absence may be behind the first.
const longestAbsence = 400

// Check holds an owner to the rules.
func (o *Owner) Check(numbers *settings.Numbers) []fault.Violation {
	var wrong []fault.Violation
	if o.Calendar != "" && numbers.Calendars[o.Calendar] == nil {
		wrong = append(wrong, fault.Field("calendar", "CALENDAR", fault.Text{En: "is not a calendar of the settings", Zh: "不是设置中的日历"}))
	}
	if _, err := time.LoadLocation(o.TimeZone); err != nil || o.TimeZone == "Local" {
		wrong = append(wrong, fault.Field("time_zone", "TIME_ZONE", fault.Text{En: "is not an IANA time zone", Zh: "不是 IANA 时区"}))
	}
	for i, a := range o.Absences {
		if a.End.Before(a.Start) || a.End.After(a.Start.AddDate(0, 0, longestAbsence)) {
			wrong = append(wrong, fault.Field(fmt.Sprintf("absences[%d].end_date", i), "RANGE", fault.Text{
				En: fmt.Sprintf("must be start_date or one of the %d days after it", longestAbsence),
				Zh: fmt.Sprintf("必须为 start_date 当日或其后 %d 天之内", longestAbsence),
			}))
		}
	}
	return wrong
}

// Join puts absences in the order of days and makes one of those that touch or overlap.
func Join(absences []Absence) []Absence {
	var joined []Absence
	for _, a := range slices.SortedFunc(slices.Values(absences), func(a, b Absence) int { return a.Start.Compare(b.Start) }) {
		last := len(joined) - 1
		if last < 0 || a.Start.After(joined[last].End.AddDate(0, 0, 1)) {
			joined = append(joined, a)
		} else if a.End.After(joined[last].End) {
			joined[last].End = a.End
		}
	}
	return joined
}

// same says whether another owner works as this one does.
func (o *Owner) same(other *Owner) bool {
	minutes := func(o *Owner) int32 {
		if o.DailyMinutes == nil {
			return -1
		}
		return *o.DailyMinutes
	}
	return o.Calendar == other.Calendar && o.TimeZone == other.TimeZone && minutes(o) == minutes(other) && slices.EqualFunc(o.Absences, other.Absences,
		func(a, b Absence) bool { return a.Start.Equal(b.Start) && a.End.Equal(b.End) })
}
