// Package specialdate tells which days worth remembering are coming [特殊日期提醒]: birthdays and special dates of people, and public holidays.
package specialdate

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

// Kind is what kind of thing is remembered; the numbers are those of the API.
type Kind int32

// The kinds.
const (
	Birthday Kind = iota + 1
	Special
	Holiday
)

// Occasion is one of the things to remember on a day.
type Occasion struct {
	Kind           Kind
	Label, LabelZh string
	Age            *int32 // of a birthday whose year is known
}

// Coming is what there is to remember of a person or, without one, of a country, on a day.
type Coming struct {
	Day       time.Time
	Customer  uuid.UUID
	Person    uuid.UUID
	Name      string
	Owner     string
	Country   string
	Occasions []Occasion
}

// Wanted is what is looked for: days from the first to the last one, of customers of an owner and of a territory; empty = all.
type Wanted struct {
	Owner, Territory string
	From, To         time.Time // midnight UTC
}

const (
	usualDays = 30
	mostDays  = 366
)

// Complete fills in what was left out (zero) and holds the span to its rules.
func (w *Wanted) Complete(today time.Time) error {
	if w.From.IsZero() {
		w.From = today
	}
	if w.To.IsZero() {
		w.To = w.From.AddDate(0, 0, usualDays)
	}
	switch {
	case w.To.Before(w.From):
		return fault.Invalid(fault.Field("to", "ORDER", fault.Text{En: "must not be before from", Zh: "不得早于 from"}))
	case w.To.After(w.From.AddDate(0, 0, mostDays-1)):
		return fault.Invalid(fault.Field("to", "SPAN", fault.Text{En: "must be at most 366 days with from", Zh: "自 from 起不得超过 366 天"}))
	}
	return nil
}

// days are all days of the span.
func (w *Wanted) days() []time.Time {
	var out []time.Time
	for day := w.From; !day.After(w.To); day = day.AddDate(0, 0, 1) {
		out = append(out, day)
	}
	return out
}

// leapDay is 29 February as monthDay writes it.
const leapDay = 229

// monthDay is a day of the year as one number, 1231 for the last one.
func monthDay(month, day int32) int32 { return 100*month + day }

// remembered are the days of the year that are remembered on a day: itself and, on 28 February of a year without a 29th, that one; else 0.
func remembered(day time.Time) (own, also int32) {
	own = monthDay(int32(day.Month()), int32(day.Day()))
	if own == leapDay-1 && day.AddDate(0, 0, 1).Day() != 29 {
		also = leapDay
	}
	return own, also
}

// falls says whether a date is remembered on a day. One with a year is of that year only, unless it is yearly.
func falls(d person.Day, yearly bool, day time.Time) bool {
	own, also := remembered(day)
	of := monthDay(d.Month, d.Day)
	return (of == own || of == also) && (yearly || d.Year == 0 || d.Year == int32(day.Year()))
}

// of are the things to remember of a person on a day. Nobody has a birthday before he is born.
func of(p *person.Person, day time.Time) []Occasion {
	var out []Occasion
	if b := p.Birthday; b != nil && falls(*b, true, day) && b.Year <= int32(day.Year()) {
		o := Occasion{Kind: Birthday}
		if b.Year > 0 {
			age := int32(day.Year()) - b.Year
			o.Age = &age
		}
		out = append(out, o)
	}
	for _, d := range p.SpecialDates {
		if falls(d.Date, false, day) {
			out = append(out, Occasion{Kind: Special, Label: d.Label})
		}
	}
	return out
}
