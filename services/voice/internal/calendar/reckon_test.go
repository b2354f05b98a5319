package calendar

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

type facts struct {
	Calendars map[string]struct {
		Zone   string
		Frames []string // "135 09:00-17:00"
		Closed []string
		Open   []string // "2006-01-04 08:00-12:00"
	}
	Cases []struct {
		ID, Calendar, Start, End, Due string
		Add, Between                  *int64
		Open                          []string
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cases.yaml")
	require.NoError(t, err)
	var all facts
	require.NoError(t, yaml.Unmarshal(text, &all))
	require.Greater(t, len(all.Cases), 25)
	for _, c := range all.Cases {
		given := all.Calendars[c.Calendar]
		written := &Calendar{TimeZone: given.Zone, Closed: given.Closed}
		for _, f := range given.Frames {
			days, times, _ := strings.Cut(f, " ")
			start, end, _ := strings.Cut(times, "-")
			for _, d := range days {
				written.Frames = append(written.Frames, Weekly{int(d - '0'), start, end})
			}
		}
		for _, o := range given.Open {
			date, times, _ := strings.Cut(o, " ")
			start, end, _ := strings.Cut(times, "-")
			written.Open = append(written.Open, Dated{date, start, end})
		}
		at := understand(t, written)
		start := wall(t, at, c.Start)
		switch {
		case c.Add != nil:
			due, ok := at.Add(start, *c.Add)
			require.True(t, ok, c.ID)
			require.Equal(t, wall(t, at, c.Due).UTC(), due.UTC(), c.ID)
		case c.Between != nil:
			require.Equal(t, *c.Between, at.Between(start, wall(t, at, c.End)), c.ID)
		default:
			var open []string
			for s := range at.merged(start, start.AddDate(0, 1, 0)) {
				from, to := time.Unix(s.start, 0).In(at.zone), time.Unix(s.end, 0).In(at.zone)
				open = append(open, from.Format("02 15:04-")+to.Format("15:04"))
			}
			require.Equal(t, c.Open, open[:len(c.Open)], c.ID)
		}
	}
}

func understand(t require.TestingT, c *Calendar) *Time {
	at, wrong := c.Understand()
	require.Empty(t, wrong)
	return at
}

func wall(t *testing.T, at *Time, text string) time.Time {
	t.Helper()
	if parsed, err := time.Parse(time.RFC3339, text); err == nil {
		return parsed
	}
	parsed, err := time.ParseInLocation("2006-01-02T15:04:05", text, at.zone)
	require.NoError(t, err, text)
	return parsed
}

func TestEdges(t *testing.T) {
	t.Parallel()
	office := understand(t, &Calendar{TimeZone: "UTC", Frames: []Weekly{{1, "09:00", "12:00"}, {1, "13:00", "18:00"}, {5, "22:00", "02:00"}}})
	at := func(text string) time.Time { return wall(t, office, text) }
	for _, c := range []struct {
		start   string
		seconds int64
		due     string
	}{
		{"2026-01-05T12:00:00", 0, "2026-01-05T13:00:00"},        // the end of a frame is outside
		{"2026-01-05T09:00:00", 3 * 3600, "2026-01-05T12:00:00"}, // what ends with a frame is due then
		{"2026-01-05T09:00:00", 3*3600 + 1, "2026-01-05T13:00:01"},
		{"2026-01-05T11:59:59.5", 1, "2026-01-05T13:00:00.5"},
		{"2026-01-09T23:00:00", 2 * 3600, "2026-01-10T01:00:00"}, // over midnight
		{"2026-01-05T17:00:00", 8 * 3600, "2026-01-12T12:00:00"},
	} {
		due, ok := office.Add(at(c.start), c.seconds)
		require.True(t, ok)
		require.Equal(t, at(c.due).UTC(), due, "%+v", c)
		require.Equal(t, c.seconds, office.Between(at(c.start), due), "%+v", c)
	}
	require.True(t, office.Open(at("2026-01-05T09:00:00")))
	require.False(t, office.Open(at("2026-01-05T12:00:00")))
	_, ok := office.Add(at("2026-01-05T12:00:00"), 1<<50)
	require.False(t, ok)
	once := understand(t, &Calendar{TimeZone: "UTC", Open: []Dated{{"2020-01-01", "10:00", "11:00"}}})
	_, ok = once.Add(at("2026-01-05T12:00:00"), 0)
	require.False(t, ok, "it is over")
	due, ok := Always().Add(at("2026-01-05T12:00:00.25"), 60)
	require.True(t, ok)
	require.Equal(t, at("2026-01-05T12:01:00.25").UTC(), due)
}

func TestChangesOfClocks(t *testing.T) {
	t.Parallel()
	whole := []Weekly{{6, "00:00", "24:00"}, {7, "00:00", "24:00"}}
	for _, c := range []struct {
		zone, start, end string
		frames           []Weekly
		seconds          int64
	}{
		{"Europe/Berlin", "2026-03-29T00:00:00", "2026-03-30T00:00:00", whole, 23 * 3600},
		{"Europe/Berlin", "2026-10-25T00:00:00", "2026-10-26T00:00:00", whole, 25 * 3600},
		{"Europe/Berlin", "2026-03-29T00:00:00", "2026-03-30T00:00:00", []Weekly{{7, "02:30", "03:15"}}, 0},
		{"Europe/Berlin", "2026-03-29T00:00:00", "2026-03-30T00:00:00", []Weekly{{7, "02:30", "04:00"}}, 1800},
		{"Europe/Berlin", "2026-10-25T00:00:00", "2026-10-26T00:00:00", []Weekly{{7, "02:00", "03:00"}}, 7200},
		{"America/New_York", "2026-03-08T00:00:00", "2026-03-09T00:00:00", []Weekly{{6, "22:00", "06:00"}}, 5 * 3600},
		{"Australia/Lord_Howe", "2026-10-04T00:00:00", "2026-10-05T00:00:00", whole, 23*3600 + 1800},
		// Samoa had no 30 December 2011, a Friday: its frames move on to the Saturday, and count once with those.
		{"Pacific/Apia", "2011-12-29T00:00:00", "2012-01-01T00:00:00", []Weekly{{5, "09:00", "18:00"}, {6, "08:00", "12:00"}}, 10 * 3600},
	} {
		at := understand(t, &Calendar{TimeZone: c.zone, Frames: c.frames})
		require.Equal(t, c.seconds, at.Between(wall(t, at, c.start), wall(t, at, c.end)), "%+v", c)
	}
}

// arbitrary is a calendar of chance around the turn of clocks in spring 2026.
func arbitrary(t *rapid.T) *Calendar {
	clock := func(name string) string {
		return fmt.Sprintf("%02d:%02d", rapid.IntRange(0, 23).Draw(t, name), 15*rapid.IntRange(0, 3).Draw(t, name+" quarter"))
	}
	date := func(name string) string {
		return time.Date(2026, time.March, 20+rapid.IntRange(0, 25).Draw(t, name), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	c := &Calendar{TimeZone: rapid.SampledFrom([]string{"UTC", "Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe"}).Draw(t, "zone")}
	for range rapid.IntRange(1, 10).Draw(t, "frames") {
		c.Frames = append(c.Frames, Weekly{rapid.IntRange(1, 7).Draw(t, "weekday"), clock("start"), clock("end")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "closed") {
		c.Closed = append(c.Closed, date("closed date"))
	}
	for range rapid.IntRange(0, 4).Draw(t, "open") {
		c.Open = append(c.Open, Dated{date("open date"), clock("open start"), clock("open end")})
	}
	return c
}

// minutes says of every minute from an instant on whether it is working time, by asking the wall clock of the zone what day and time it is. Days of changed clocks are its own rule.
func minutes(at *Time, from time.Time, count int) []bool {
	out := make([]bool, count)
	for i := range out {
		out[i] = at.worked(from.Add(time.Duration(i) * time.Minute).Unix())
	}
	return out
}

// worked asks each frame of the days around by itself.
func (t *Time) worked(second int64) bool {
	for day := dayOf(second) - 3; day <= dayOf(second)+2; day++ {
		for _, f := range t.of(day) {
			if instant(t.zone, day*dayLength+f.start) <= second && second < instant(t.zone, day*dayLength+f.end) {
				return true
			}
		}
	}
	return false
}

func TestLikeMinuteByMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := understand(t, arbitrary(t))
		start := time.Date(2026, time.March, 25, 0, rapid.IntRange(0, 7*24*60).Draw(t, "from"), 0, 0, time.UTC)
		work := minutes(at, start, 21*24*60)
		end := rapid.IntRange(0, len(work)).Draw(t, "until")
		var sum int64
		for _, open := range work[:end] {
			if open {
				sum += 60
			}
		}
		until := start.Add(time.Duration(end) * time.Minute)
		require.Equal(t, sum, at.Between(start, until))
		if sum == 0 {
			return
		}
		due, ok := at.Add(start, sum)
		require.True(t, ok)
		require.False(t, due.After(until), "the first instant at which it is used up")
		require.Equal(t, sum, at.Between(start, due))
		require.Less(t, at.Between(start, due.Add(-time.Second)), sum)
		first, ok := at.Add(start, 0)
		require.True(t, ok)
		require.True(t, at.Open(first))
		require.Zero(t, at.Between(start, first))
	})
}

func TestHostileCalendarsAreAnsweredQuickly(t *testing.T) {
	t.Parallel()
	rare := &Calendar{TimeZone: "America/New_York", Frames: []Weekly{{1, "00:00", "00:01"}}}
	begin := time.Now()
	_, ok := understand(t, rare).Add(time.Date(2149, time.December, 31, 0, 0, 0, 0, time.UTC), Reach*dayLength)
	require.False(t, ok)
	dense := &Calendar{TimeZone: "Europe/Berlin"}
	for weekday := 1; weekday <= 7; weekday++ {
		for h := range perDay {
			dense.Frames = append(dense.Frames, Weekly{weekday, fmt.Sprintf("%02d:00", 2*h), fmt.Sprintf("%02d:00:01", 2*h)})
		}
	}
	require.Positive(t, understand(t, dense).Between(earliest, latest.Add(-1)))
	require.Less(t, time.Since(begin), 5*time.Second)
}
