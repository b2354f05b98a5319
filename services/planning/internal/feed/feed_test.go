package feed_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/feed"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// visit is the kind of contact that the tests are about.
const visit settings.Activity = 4

var kinds = map[settings.Activity]settings.Kind{visit: {Activity: visit, LabelEn: "Visit", LabelZh: "日常拜访"}}

var updated = time.Date(2026, 1, 5, 9, 30, 15, 0, time.UTC)

func entry(day string) feed.Entry {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return feed.Entry{
		ID: uuid.MustParse("01940000-0000-7000-8000-000000000001"), Customer: "深圳甲公司", Activity: visit, Day: at, Minutes: 90, State: 1, Revision: 1,
		UpdateTime: updated,
	}
}

func load(t require.TestingT, zone string) *time.Location {
	location, err := time.LoadLocation(zone)
	require.NoError(t, err)
	return location
}

// parse reads a calendar as a program that is not ours does.
func parse(t require.TestingT, text []byte) []ical.Event {
	calendar, err := ical.NewDecoder(bytes.NewReader(text)).Decode()
	require.NoError(t, err, string(text))
	requireLines(t, text)
	return calendar.Events()
}

// requireLines holds the bytes to what RFC 5545 says of lines, which parsers overlook.
func requireLines(t require.TestingT, text []byte) {
	require.True(t, utf8.Valid(text))
	require.True(t, bytes.HasSuffix(text, []byte("END:VCALENDAR\r\n")))
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\r\n"), "\r\n") {
		require.LessOrEqual(t, len(line), 75, line)
		require.True(t, utf8.ValidString(line), "a character was cut: %q", line)
		require.NotEmpty(t, strings.TrimPrefix(line, " "))
		require.NotContains(t, line, "\n")
		require.NotContains(t, line, "\r")
	}
}

func text(t require.TestingT, e ical.Event, property string) string {
	value, err := e.Props.Text(property)
	require.NoError(t, err)
	return value
}

// A day has no zone: it is the same day for every reader, and ends with the next one.
func TestWholeDays(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"2026-03-28", "2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-02-28", "2028-02-29", "2026-12-31"} {
		for _, zone := range []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"} {
			e := entry(day)
			found := parse(t, feed.Render([]feed.Entry{e}, kinds, "zh", load(t, zone)))
			require.Len(t, found, 1)
			for property, want := range map[string]time.Time{ical.PropDateTimeStart: e.Day, ical.PropDateTimeEnd: e.Day.AddDate(0, 0, 1)} {
				prop := found[0].Props.Get(property)
				require.Equal(t, ical.ValueDate, prop.ValueType())
				at, err := prop.DateTime(time.UTC)
				require.NoError(t, err)
				require.Equal(t, want, at, "%s in %s", day, zone)
			}
			require.Equal(t, "TRANSPARENT", text(t, found[0], ical.PropTransparency))
		}
	}
}

// Nine o'clock is nine o'clock on both sides of a change of clocks, and an appointment over the change is as long as it takes.
func TestHoursAroundChangesOfClocks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone  string
		local string // what the owner's clock shows
		utc   string
	}{
		"the day before spring in Berlin":   {"Europe/Berlin", "2026-03-28 09:00", "20260328T080000Z"},
		"the first day of it":               {"Europe/Berlin", "2026-03-29 09:00", "20260329T070000Z"},
		"over the hour that is skipped":     {"Europe/Berlin", "2026-03-29 01:30", "20260329T003000Z"},
		"the day before autumn in Berlin":   {"Europe/Berlin", "2026-10-24 09:00", "20261024T070000Z"},
		"the first day of that":             {"Europe/Berlin", "2026-10-25 09:00", "20261025T080000Z"},
		"the day before spring in New York": {"America/New_York", "2026-03-07 09:00", "20260307T140000Z"},
		"the first day of it over there":    {"America/New_York", "2026-03-08 09:00", "20260308T130000Z"},
		"the last day of it over there":     {"America/New_York", "2026-10-31 09:00", "20261031T130000Z"},
		"the first day after it":            {"America/New_York", "2026-11-01 09:00", "20261101T140000Z"},
		"in Shenzhen, which knows of none":  {"Asia/Shanghai", "2026-03-29 09:00", "20260329T010000Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone := load(t, c.zone)
			start, err := time.ParseInLocation("2006-01-02 15:04", c.local, zone)
			require.NoError(t, err)
			e := entry(c.local[:10])
			e.Start, e.State = &start, 2
			written := feed.Render([]feed.Entry{e}, kinds, "en", zone)
			require.Contains(t, string(written), "\r\nDTSTART:"+c.utc+"\r\n")
			found := parse(t, written)
			began, err := found[0].DateTimeStart(nil)
			require.NoError(t, err)
			ended, err := found[0].DateTimeEnd(nil)
			require.NoError(t, err)
			require.Equal(t, c.local, began.In(zone).Format("2006-01-02 15:04"))
			require.Equal(t, 90*time.Minute, ended.Sub(began))
			status, err := found[0].Status()
			require.NoError(t, err)
			require.Equal(t, ical.EventConfirmed, status)
		})
	}
}

func TestEventTellsOfTheContact(t *testing.T) {
	t.Parallel()
	e := entry("2026-01-07")
	e.Revision = 4
	for lang, want := range map[string]string{"zh": "日常拜访：深圳甲公司", "en": "Visit: 深圳甲公司"} {
		found := parse(t, feed.Render([]feed.Entry{e}, kinds, lang, time.UTC))
		require.Equal(t, want, text(t, found[0], ical.PropSummary))
		require.Equal(t, "01940000-0000-7000-8000-000000000001@planning.guanxi.dev", text(t, found[0], ical.PropUID))
		require.Equal(t, "3", found[0].Props.Get(ical.PropSequence).Value)
		for _, property := range []string{ical.PropLastModified, ical.PropDateTimeStamp} {
			at, err := found[0].Props.DateTime(property, nil)
			require.NoError(t, err)
			require.Equal(t, updated, at)
		}
		status, err := found[0].Status()
		require.NoError(t, err)
		require.Equal(t, ical.EventTentative, status)
	}
	e.Activity, e.Minutes, e.Start = 99, 0, &updated
	found := parse(t, feed.Render([]feed.Entry{e}, kinds, "zh", time.UTC))
	require.Equal(t, "联络：深圳甲公司", text(t, found[0], ical.PropSummary), "a kind that the settings no longer have")
	require.Nil(t, found[0].Props.Get(ical.PropDateTimeEnd), "what takes no time has no end")
	require.Empty(t, parse(t, feed.Render(nil, kinds, "zh", time.UTC)))
}

// Whatever a customer is called: its lines are short enough, no character is cut, nothing breaks out of its line, and a reader gets back the name.
func TestAnyNameComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.OneOf(
			rapid.StringOfN(rapid.RuneFrom([]rune("深圳市前海关系管理科技股份有限公司𠮷é👨‍👩‍👧ab;,:\\\" \t")), 0, 120, -1),
			rapid.StringN(0, 60, -1),
			rapid.Just("x\r\nEND:VEVENT\r\nBEGIN:VALARM"),
		)
		name := one.Draw(t, "name")
		e := entry("2026-01-07")
		e.Customer = name
		found := parse(t, feed.Render([]feed.Entry{e, e}, kinds, "zh", time.UTC))
		require.Len(t, found, 2)
		require.Equal(t, "日常拜访："+readable(name), text(t, found[0], ical.PropSummary))
	})
}

// readable is what of a text can stand in a calendar: line breaks are of one kind, and other control characters are not there.
func readable(name string) string {
	name = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(strings.ToValidUTF8(name, "\ufffd"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, name)
}

// The lines of long Chinese texts are full: they are not folded where they need not be.
func TestLinesAreFull(t *testing.T) {
	t.Parallel()
	e := entry("2026-01-07")
	e.Customer = strings.Repeat("长", 60)
	written := string(feed.Render([]feed.Entry{e}, kinds, "zh", time.UTC))
	at := strings.Index(written, "SUMMARY")
	lines := strings.Split(written[at:at+strings.Index(written[at:], "\r\nSTATUS")], "\r\n")
	require.Len(t, lines, 3)
	for _, line := range lines[:2] {
		require.Greater(t, len(line), 75-3)
	}
	require.Equal(t, written, string(feed.Render([]feed.Entry{e}, kinds, "zh", time.UTC)), "the same entries make the same bytes")
}
