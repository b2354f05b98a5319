// Package person is the people of our customers [客户个人信息]: who they are, where they stand, how to reach them.
package person

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// Person is somebody at a customer whom we deal with.
type Person struct {
	CustomerID   uuid.UUID            `db:"customer_id"`
	ID           uuid.UUID            `db:"person_id"`
	Revision     int64                `db:"revision"`
	DisplayName  string               `db:"-"`
	Position     string               `db:"position"`
	Department   string               `db:"department"`
	ReportsTo    uuid.NullUUID        `db:"reports_to"`
	Senior       bool                 `db:"senior"`
	Channels     []contact.Channel    `db:"-"`
	Language     string               `db:"language"`
	Birthday     *Day                 `db:"-"`
	SpecialDates []SpecialDate        `db:"-"`
	Hobbies      []string             `db:"-"`
	Family       string               `db:"-"`
	Consents     []Consent            `db:"-"`
	ExternalIDs  []contact.ExternalID `db:"-"`
	CreateTime   time.Time            `db:"create_time"`
	UpdateTime   time.Time            `db:"update_time"`

	// key seals what is said of him, in his row and in the history.
	key seal.Key
}

// Day is a calendar day; year 0 = of every year, or of one that is not known.
type Day struct {
	Year  int32 `json:"year,omitempty"`
	Month int32 `json:"month"`
	Day   int32 `json:"day"`
}

// SpecialDate is a day worth remembering [特殊日期].
type SpecialDate struct {
	Label string `json:"label"`
	Date  Day    `json:"date"`
}

// Consent is what a person has said about being contacted by one kind of channel, for one purpose or any. Medium, State and Purpose have the numbers of their enums in the API.
type Consent struct {
	Medium  int32      `json:"medium"`
	State   int32      `json:"state"`
	Time    *time.Time `json:"time,omitempty"`
	Source  string     `json:"source,omitempty"`
	Purpose int32      `json:"purpose,omitempty"`
}

// Check holds a person to the rules that need no other person.
func (p *Person) Check() []fault.Violation {
	p.DisplayName = strings.TrimSpace(p.DisplayName)
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	add(p.DisplayName == "", "display_name", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"})
	add(p.ReportsTo.Valid && p.ReportsTo.UUID == p.ID, "reports_to", "CIRCLE", circle)
	noDay := fault.Text{En: "is not a day of the calendar (month and day are needed, the year may be 0)", Zh: "不是日历上的日期（须有月、日，年可为 0）"}
	add(p.Birthday != nil && !p.Birthday.exists(), "birthday", "DATE", noDay)
	for _, d := range p.SpecialDates {
		add(!d.Date.exists(), "special_dates", "DATE", noDay)
	}
	seen := map[[2]int32]bool{}
	for _, c := range p.Consents {
		add(seen[[2]int32{c.Medium, c.Purpose}], "consents", "UNIQUE", fault.Text{En: "holds a medium and purpose twice", Zh: "同一渠道与用途出现两次"})
		seen[[2]int32{c.Medium, c.Purpose}] = true
	}
	return append(wrong, contact.CheckUnique(p.ExternalIDs)...)
}

var circle = fault.Text{En: "would make the person report to himself, directly or through others", Zh: "会使该人直接或间接向自己汇报"}

// exists says whether the calendar has the day: 29 February also when the year is not known.
func (d Day) exists() bool {
	year := d.Year
	if year == 0 {
		year = 2000
	}
	t := time.Date(int(year), time.Month(d.Month), int(d.Day), 0, 0, 0, 0, time.UTC)
	return d.Year >= 0 && d.Year <= 9999 && d.Month >= 1 && d.Month <= 12 && t.Month() == time.Month(d.Month) && t.Day() == int(d.Day)
}
