// Package calendar is working time [工作日历]: weekly frames, closed days and swapped workdays of a time zone, and how to reckon in them.
package calendar

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// Collection is that of the resource names.
const Collection = "businessCalendars"

// Calendar is a version of a calendar as people write it.
type Calendar struct {
	versioned.Head

	LabelEn  string
	LabelZh  string
	TimeZone string
	Frames   []Weekly
	Closed   []string // YYYY-MM-DD
	Open     []Dated
	Labels   []Label
}

// Weekly is working time of a day of every week, as wall-clock times of the zone.
type Weekly struct {
	Weekday    int // 1 Monday to 7 Sunday
	Start, End string
}

// Dated is working time of one date, instead of what its weekday has.
type Dated struct {
	Date       string
	Start, End string
}

// Label is what a date is called.
type Label struct {
	Date   string
	En, Zh string
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name(Collection, id) }

const (
	hour      = 3600
	dayLength = 24 * hour
)

// frame is working time of a day, in seconds of wall-clock time since its midnight; an end beyond dayLength is of the next day.
type frame struct{ start, end int64 }

// Time is a calendar understood: what working time is reckoned in. It is never changed, and can be used by many at once.
type Time struct {
	zone        *time.Location
	weekly      [7][]frame        // by weekday, Sunday first
	dates       map[int64][]frame // by day since 1970; without frames: closed
	first, last int64             // of the days in dates that have frames
	always      bool              // every instant is working time, and no frames are asked
}

// Zone is the zone of the calendar.
func (t *Time) Zone() *time.Location { return t.zone }

// Always is working time round the clock.
func Always() *Time { return &Time{zone: time.UTC, always: true} }

// weeks says whether there is working time in every week.
func (t *Time) weeks() bool {
	return slices.ContainsFunc(t.weekly[:], func(day []frame) bool { return len(day) > 0 })
}

// of are the frames of a day.
func (t *Time) of(day int64) []frame {
	if frames, ok := t.dates[day]; ok {
		return frames
	}
	return t.weekly[weekday(day)]
}

// weekday is that of a day since 1970-01-01, which was a Thursday; Sunday is 0.
func weekday(day int64) int64 { return ((day+4)%7 + 7) % 7 }
