// Package feed shows an owner's contacts to programs that keep calendars [日历订阅].
package feed

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// How far the calendar reaches from the owner's today, in days, and how many contacts it shows at most.
const (
	daysBack, daysAhead = 90, 400
	mostEntries         = 5000
)

// State says how far a contact is; the numbers are those of the table.
type State int16

// The states of contacts that are shown.
const (
	planned State = iota + 1
	reserved
	done
)

// Entry is a contact in a calendar.
type Entry struct {
	ID         uuid.UUID         `db:"contact_id"`
	Customer   string            `db:"display_name"`
	Activity   settings.Activity `db:"activity"`
	Day        time.Time         `db:"day"`        // midnight UTC
	Start      *time.Time        `db:"start_time"` // nil: any time of the day
	Minutes    int32             `db:"minutes"`
	State      State             `db:"state"`
	Revision   int64             `db:"revision"`
	UpdateTime time.Time         `db:"update_time"`
}

// language is what a calendar is written in.
type language struct {
	name, colon, contact string
	label                func(settings.Kind) string
}

var languages = map[string]language{
	"zh": {name: "客户联络", colon: "：", contact: "联络", label: func(k settings.Kind) string { return k.LabelZh }},
	"en": {name: "Customer contacts", colon: ": ", contact: "Contact", label: func(k settings.Kind) string { return k.LabelEn }},
}

// Render writes entries as a calendar in a language, "zh" or "en". zone is the owner's. The same entries make the same bytes, so that readers can tell that nothing changed.
func Render(entries []Entry, kinds map[settings.Activity]settings.Kind, lang string, zone *time.Location) []byte {
	l := languages[lang]
	var c calendar
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.text("PRODID", "-//Guanxi//planning//"+lang)
	c.line("CALSCALE", "GREGORIAN")
	c.text("NAME", l.name)
	c.text("X-WR-CALNAME", l.name)
	c.text("X-WR-TIMEZONE", zone.String())
	c.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	c.line("X-PUBLISHED-TTL", "PT1H")
	for _, e := range entries {
		label := l.contact
		if kind, ok := kinds[e.Activity]; ok {
			label = l.label(kind)
		}
		c.event(e, label+l.colon+e.Customer)
	}
	c.line("END", "VCALENDAR")
	return []byte(c.String())
}

// event writes a contact. DTSTAMP is when it was last changed: without METHOD that is what it means (RFC 5545, 3.8.7.2).
func (c *calendar) event(e Entry, summary string) {
	c.line("BEGIN", "VEVENT")
	c.line("UID", e.ID.String()+"@planning.guanxi.dev")
	c.instant("DTSTAMP", e.UpdateTime)
	c.instant("LAST-MODIFIED", e.UpdateTime)
	c.number("SEQUENCE", e.Revision-1)
	if e.Start == nil {
		c.day("DTSTART", e.Day)
		c.day("DTEND", e.Day.AddDate(0, 0, 1)) // the first day after it
		c.line("TRANSP", "TRANSPARENT")
	} else {
		c.instant("DTSTART", *e.Start)
		if e.Minutes > 0 { // or else it ends when it begins, which is said by saying nothing
			c.instant("DTEND", e.Start.Add(time.Duration(e.Minutes)*time.Minute))
		}
		c.line("TRANSP", "OPAQUE")
	}
	c.text("SUMMARY", summary)
	status := "CONFIRMED"
	if e.State == planned {
		status = "TENTATIVE"
	}
	c.line("STATUS", status)
	c.line("END", "VEVENT")
}
