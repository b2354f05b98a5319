package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Whatever is written, it is refused or can be reckoned in, both ways alike.
func FuzzUnderstand(f *testing.F) {
	f.Add("Asia/Shanghai", 1, "09:00", "18:00", "2026-02-16", "2026-02-14", "22:00", "06:00", int64(14400))
	f.Add("America/New_York", 7, "02:30", "02:30", "2026-03-08", "2026-11-01", "01:30", "24:00", int64(1))
	f.Add("Pacific/Apia", 5, "00:00", "24:00", "2011-12-30", "2011-12-30", "00:00:01", "00:00", int64(1<<40))
	f.Fuzz(func(t *testing.T, zone string, weekday int, start, end, closed, open, opens, closes string, seconds int64) {
		c := &Calendar{TimeZone: zone, Frames: []Weekly{{weekday, start, end}}, Closed: []string{closed}, Open: []Dated{{open, opens, closes}}}
		at, wrong := c.Understand()
		if len(wrong) > 0 {
			return
		}
		from := time.Date(2011, time.December, 28, 12, 0, 0, 0, time.UTC)
		due, ok := at.Add(from, seconds)
		if !ok {
			return
		}
		require.False(t, due.Before(from))
		if Within(due) {
			require.Equal(t, max(seconds, 0), at.Between(from, due))
		}
	})
}
