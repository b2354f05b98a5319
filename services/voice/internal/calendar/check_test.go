package calendar

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnderstandRefuses(t *testing.T) {
	t.Parallel()
	day := []Weekly{{1, "09:00", "18:00"}}
	crowded := make([]Weekly, perDay+1)
	for i := range crowded {
		crowded[i] = day[0]
	}
	for _, c := range []struct {
		written     Calendar
		field, rule string
	}{
		{Calendar{TimeZone: "Mars/Olympus", Frames: day}, "time_zone", "TIME_ZONE"},
		{Calendar{TimeZone: "Local", Frames: day}, "time_zone", "TIME_ZONE"},
		{Calendar{TimeZone: "", Frames: day}, "time_zone", "TIME_ZONE"},
		{Calendar{TimeZone: "../etc/passwd", Frames: day}, "time_zone", "TIME_ZONE"},
		{Calendar{TimeZone: "UTC"}, "frames", "NEVER_WORKS"},
		{Calendar{TimeZone: "UTC", Closed: []string{"2026-01-01"}}, "frames", "NEVER_WORKS"},
		{Calendar{TimeZone: "UTC", Frames: crowded}, "frames", "TOO_MANY"},
		{Calendar{TimeZone: "UTC", Frames: []Weekly{{0, "09:00", "18:00"}}}, "frames[0].weekday", "REQUIRED"},
		{Calendar{TimeZone: "UTC", Frames: []Weekly{{8, "09:00", "18:00"}}}, "frames[0].weekday", "REQUIRED"},
		{Calendar{TimeZone: "UTC", Frames: []Weekly{{1, "24:00", "18:00"}}}, "frames[0].start", "TIME"},
		{Calendar{TimeZone: "UTC", Frames: []Weekly{{1, "9:00", "18:00"}}}, "frames[0].start", "TIME"},
		{Calendar{TimeZone: "UTC", Frames: []Weekly{{1, "09:00", "24:01"}}}, "frames[0].end", "TIME"},
		{Calendar{TimeZone: "UTC", Frames: []Weekly{{1, "09:00", "18:60"}}}, "frames[0].end", "TIME"},
		{Calendar{TimeZone: "UTC", Frames: []Weekly{{1, "09:00", ""}}}, "frames[0].end", "TIME"},
		{Calendar{TimeZone: "UTC", Frames: day, Closed: []string{"2026-02-30"}}, "closed[0]", "DATE"},
		{Calendar{TimeZone: "UTC", Frames: day, Closed: []string{"0001-01-01"}}, "closed[0]", "DATE"},
		{Calendar{TimeZone: "UTC", Frames: day, Open: []Dated{{"x", "09:00", "18:00"}}}, "open[0].date", "DATE"},
		{Calendar{TimeZone: "UTC", Frames: day, Open: []Dated{{"2026-01-01", "", "18:00"}}}, "open[0].start", "TIME"},
		{Calendar{TimeZone: "UTC", Frames: day, Labels: []Label{{"2026-01-01", "x", "x"}}}, "labels[0].date", "UNKNOWN"},
	} {
		_, wrong := c.written.Understand()
		require.NotEmpty(t, wrong, "%+v", c.written)
		require.Equal(t, c.field, wrong[0].Field, "%+v", c.written)
		require.Equal(t, c.rule, wrong[0].Rule, "%+v", c.written)
	}
}

func TestShippedAreWhatTheyShouldBe(t *testing.T) {
	t.Parallel()
	shipped := Shipped()
	office, always := understand(t, shipped[0]), understand(t, shipped[1])
	require.True(t, always.always)
	at := func(text string) bool { return office.Open(wall(t, office, text)) }
	require.True(t, at("2026-11-30T09:00:00"))
	require.False(t, at("2026-11-30T18:00:00"))
	require.False(t, at("2026-11-29T12:00:00"), "a Sunday")
	require.True(t, at("2026-02-14T12:00:00"), "a Saturday before the Spring Festival")
	require.False(t, at("2026-02-16T12:00:00"), "a Monday of the Spring Festival")
	require.Empty(t, shipped[0].CheckNames())
	require.Empty(t, shipped[1].CheckNames())
	// Every closed day and every swapped workday differs from what its weekday would be, or lies in a holiday.
	for _, o := range shipped[0].Open {
		require.Contains(t, []int64{0, 6}, weekday(dayOf(mustDay(o.Date).Unix())), o.Date)
	}
}
