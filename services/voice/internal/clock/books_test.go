package clock

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
)

// The minutes that are simulated. Europe's clocks change on 29 March.
var (
	epoch = time.Date(2026, time.March, 23, 0, 0, 0, 0, time.UTC)
	span  = 14 * 24 * 60
)

func minute(m int) time.Time { return epoch.Add(time.Duration(m) * time.Minute) }

// book is a calendar with what of each minute is working time.
type book struct {
	time *calendar.Time
	open []bool
}

func understand(t require.TestingT, c calendar.Calendar) *calendar.Time {
	at, wrong := c.Understand()
	require.Empty(t, wrong)
	return at
}

// books are a few calendars, and a new version of each that differs from some minute on.
func books(t require.TestingT) []book {
	office := []calendar.Weekly{}
	for day := 1; day <= 5; day++ {
		office = append(office, calendar.Weekly{Weekday: day, Start: "09:00", End: "12:00"}, calendar.Weekly{Weekday: day, Start: "13:30", End: "18:00"})
	}
	night := []calendar.Weekly{{Weekday: 6, Start: "22:00", End: "06:00"}, {Weekday: 7, Start: "01:00", End: "05:00"}, {Weekday: 3, Start: "00:00", End: "24:00"}}
	var out []book
	for _, at := range []*calendar.Time{
		calendar.Always(),
		understand(t, calendar.Calendar{TimeZone: "Asia/Shanghai", Frames: office}),
		understand(t, calendar.Calendar{TimeZone: "Asia/Shanghai", Frames: office, Closed: []string{"2026-03-25", "2026-03-26"}, Open: []calendar.Dated{{Date: "2026-03-28", Start: "10:00", End: "16:00"}}}),
		understand(t, calendar.Calendar{TimeZone: "Europe/Berlin", Frames: night}),
	} {
		b := book{time: at, open: make([]bool, 2*span)}
		for m := range b.open {
			b.open[m] = at.Open(minute(m))
		}
		out = append(out, b)
	}
	return out
}
