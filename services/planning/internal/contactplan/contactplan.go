// Package contactplan lays out the contacts of a fiscal year [联络计划]: from what policies demand of customers and the special dates of their people to rows of contacts with a
// day each, for all owners (store_run.go) or again for the customers of whom something has changed (store_replan.go). Which day is found by package layout.
package contactplan

import (
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Days are counted from 1 January 1970 here: they are compared, hashed and subtracted all the time.
const secondsADay = 24 * 60 * 60

func dayOf(midnight time.Time) int { return int(midnight.Unix() / secondsADay) }

func midnightOf(day int) time.Time { return time.Unix(int64(day)*secondsADay, 0).UTC() }

const (
	// reserve is how many days beyond today a plan reaches at least: reactions may have to be answered in the year after the one that is planned.
	reserve = 100
	// farthest is how many days at most: this year and the next.
	farthest = 2 * 366
)

// frame is what all plans of a moment have in common.
type frame struct {
	*settings.Numbers
	now      time.Time
	today    int
	policies []policybook.Policy
}

// year is a fiscal year that is planned: its first day, and the first of the next.
type year struct{ first, next int }

func (f *frame) year(fiscal int) year {
	first, next := f.YearBounds(fiscal)
	return year{dayOf(first), dayOf(next)}
}

// unowned is the last part of the name of the plan of customers who have no owner.
const unowned = "-"

// planName is the resource name of an owner's plan: a subject may hold any character.
func planName(owner string) string {
	if owner == "" {
		return "contactPlans/" + unowned
	}
	return "contactPlans/" + base64.RawURLEncoding.EncodeToString([]byte(owner))
}

// key tells demands of a customer from each other whatever demands them.
type key struct {
	customer uuid.UUID
	origin   contact.Origin
	source   string // of special dates: whose
	activity int16
	role     int16
	period   int
	number   int16
}

// demand is a contact that is to be made.
type demand struct {
	key
	why         string // the source that the contact tells
	first, last int    // the window
	minutes     int32
	position    float64
	purpose     string
	// who is to be met, and what of that person matters; nil: nobody in particular
	with *person
	// kept is that whom the stored contact is with is still to be met.
	kept bool
	// refused is that those who should be met refuse it.
	refused bool
}

func (r *row) key() key {
	k := key{customer: r.Customer, origin: r.Origin, activity: r.Activity, role: r.Role, period: r.Period, number: r.Number}
	if r.Origin == contact.SpecialDate {
		k.source, k.activity, k.role = r.Source, 0, 0
	}
	return k
}

// free says whether the planner may do with a contact what it likes.
func (r *row) free() bool {
	return !r.Pinned && (r.State == contact.Planned || r.State == contact.NotPlaced) && r.Origin != contact.Personal
}

// counts says whether a contact takes its owner's time.
func (r *row) counts() bool {
	return r.Day != nil && (r.State == contact.Planned || r.State == contact.Reserved || r.State == contact.Done)
}

// owner is one who makes contacts, with the customers that are planned now.
type owner struct {
	name      string
	calendar  string
	daily     int32
	absent    []span
	years     []year
	customers []uuid.UUID
	load      map[int]int32 // by day, of contacts with customers that are not planned now
}

// span is days from the first up to but not including the last.
type span struct{ from, until int }

// person is one of a customer's people, as far as planning minds him.
type person struct {
	id           uuid.UUID
	customer     uuid.UUID
	main         bool
	liked        uint8 // weekdays, 1<<0 Sunday
	refused      map[int16]bool
	refusedDays  []int
	consent      consent // for no purpose in particular
	greetings    consent // for greetings on special dates
	birth        monthDay
	specialDates []special
}

// consent is by which media a person has agreed to be contacted, and by which not.
type consent struct{ granted, denied map[settings.Medium]bool }

func consentOf(granted, denied []int32) consent {
	c := consent{map[settings.Medium]bool{}, map[settings.Medium]bool{}}
	for _, m := range granted {
		c.granted[settings.Medium(m)] = true
	}
	for _, m := range denied {
		c.denied[settings.Medium(m)] = true
	}
	return c
}

type monthDay struct{ month, day int }

type special struct {
	monthDay
	year  int // 0: every year
	label string
}
