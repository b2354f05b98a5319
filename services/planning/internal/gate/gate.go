// Package gate is the one gate [接触关口] that contacts with customers go through before they are agreed: whether the relationship permits it, the persons consent, they and the
// customer bear it, its owner has the time, its budget the money, and what it gives is permitted. The rules here judge a snapshot of what holds at one moment; the store takes it
// under the locks of all that it reads, so that of several who ask at once none gets what another has got.
package gate

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// horizon is how many days ahead an earliest permitted day is looked for.
const horizon = 366

// Candidate is a contact that is asked for.
type Candidate struct {
	Customer uuid.UUID
	Contact  uuid.UUID // Nil: it is not planned yet
	Kind     settings.Activity
	People   []uuid.UUID
	Day      time.Time // midnight UTC
	Start    *time.Time
	Minutes  int32
	Owner    string
	Role     int16
	Purpose  string
	Activity uuid.UUID // Nil: none
	Budget   uuid.UUID // Nil: none
	Other    money.Money
	Gifts    []compliance.Gift
	Approval uuid.UUID // Nil: none
}

// Costs are all amounts of the contact that are not nothing.
func (c *Candidate) Costs() []money.Money {
	var out []money.Money
	if !c.Other.Amount.IsZero() {
		out = append(out, c.Other)
	}
	for _, g := range c.Gifts {
		out = append(out, money.Money{Amount: g.Amount, Currency: g.Currency})
	}
	return out
}

// Total is the sum of the costs, which are of one currency.
func (c *Candidate) Total() decimal.Decimal {
	total := decimal.Zero
	for _, m := range c.Costs() {
		total = total.Add(m.Amount)
	}
	return total
}

// Person is what is known of somebody who is met.
type Person struct {
	Rung            settings.Ladder // 0: not evaluated
	Granted, Denied []settings.Medium
}

// Contact is another contact of the customer that is planned, reserved or done.
type Contact struct {
	ID      uuid.UUID
	Day     time.Time
	Kind    settings.Activity
	People  []uuid.UUID
	Planned bool // merely planned
	Hidden  bool // from the caller
}

// Concern is something open of the customer.
type Concern struct {
	ID    uuid.UUID
	Major bool
	Day   time.Time // when it was opened
}

// Owner is the time of who makes the contact.
type Owner struct {
	Calendar *settings.Calendar
	Daily    int32               // minutes of a working day
	Absent   []Span              // leave
	Load     map[time.Time]int32 // minutes of his other contacts, by day
}

// Span are days from First to before Next.
type Span struct{ First, Next time.Time }

// Given is what a person was given in a calendar year, or is to be given at other contacts that are reserved.
type Given struct {
	Person   uuid.UUID
	Benefit  compliance.Benefit
	Currency string
	Year     int
	Amount   decimal.Decimal
}

// Snapshot is all that the rules judge by.
type Snapshot struct {
	*Candidate
	Now           time.Time
	Today         time.Time
	Numbers       *settings.Numbers
	Territory     string
	People        map[uuid.UUID]*Person // those of the candidate's that the caller may know of
	Contacts      []Contact             // a window of Numbers' longest limit around each day that is looked at
	Concerns      []Concern             // the open ones
	Owner         *Owner
	ActivityFound bool           // the candidate's activity is a planned one of the customer
	Budget        *budget.Budget // nil: the candidate names none, or one that the caller does not see
	Rules         compliance.Rules
	Given         []Given
	Reserved      bool                 // what it gives was approved when it was reserved
	Approval      *compliance.Approval // nil: the candidate names none, or one that is not the customer's
}

// Failure is a rule that was broken.
type Failure struct {
	Rule    string
	Subject string // whom or what it is about
	Detail  string // the limit that was reached
	Text    fault.Text
	Planned []uuid.UUID // merely planned contacts that were counted
	// Earliest is the first day, from then on, that keeps the rule; nil when waiting does not help, or nobody can tell.
	Earliest *time.Time
}

func (f *Failure) key() [3]string { return [3]string{f.Rule, f.Subject, f.Detail} }

// rule says what of itself a snapshot breaks on a day. It is timed when another day can make a difference.
type rule struct {
	check func(s *Snapshot, day time.Time) []Failure
	timed bool
}

var rules = []rule{
	{check: checkPast, timed: true},
	{check: checkKind},
	{check: checkPeople},
	{check: checkLadder},
	{check: checkConsent},
	{check: checkConcern},
	{check: checkFatigue, timed: true},
	{check: checkOwner},
	{check: checkWorkingDay, timed: true},
	{check: checkCapacity, timed: true},
	{check: checkActivity},
	{check: checkBudget},
	{check: checkBudgetYear, timed: true},
	{check: checkCost},
	{check: checkBenefits, timed: true},
}

// Decision is what the rules say.
type Decision struct {
	Failures []Failure
	// Earliest is the first day on which nothing is broken; nil when there is none within a year, or all is well on the day that was asked for.
	Earliest *time.Time
}

// Granted says whether nothing is broken.
func (d *Decision) Granted() bool { return len(d.Failures) == 0 }

// Missing says whether nothing but an approval is missing.
func (d *Decision) Missing() bool {
	for _, f := range d.Failures {
		if f.Rule != RuleApproval {
			return false
		}
	}
	return len(d.Failures) > 0
}

// Decide judges by all rules.
func (s *Snapshot) Decide() Decision { return s.decide(rules) }

// DecideDay judges by the rules that another day can make a difference for: of a contact that is only moved. What was reserved stays reserved.
func (s *Snapshot) DecideDay() Decision {
	var timed []rule
	for _, r := range rules {
		if r.timed {
			timed = append(timed, r)
		}
	}
	return s.decide(timed)
}

func (s *Snapshot) decide(by []rule) Decision {
	var d Decision
	waiting := true
	for _, r := range by {
		failures := r.check(s, s.Day)
		for i := range failures {
			if r.timed {
				failures[i].Earliest = s.first(func(day time.Time) bool { return !has(r.check(s, day), failures[i].key()) })
			}
			waiting = waiting && failures[i].Earliest != nil
		}
		d.Failures = append(d.Failures, failures...)
	}
	if len(d.Failures) > 0 && waiting {
		d.Earliest = s.first(func(day time.Time) bool { return s.kept(by, day) })
	}
	return d
}

func has(failures []Failure, key [3]string) bool {
	for i := range failures {
		if failures[i].key() == key {
			return true
		}
	}
	return false
}

func (s *Snapshot) kept(by []rule, day time.Time) bool {
	for _, r := range by {
		if r.timed && len(r.check(s, day)) > 0 {
			return false
		}
	}
	return true
}

// first is the first day from the day that was asked for, or today if that is past, of which ok says so.
func (s *Snapshot) first(ok func(day time.Time) bool) *time.Time {
	from := s.Day
	if from.Before(s.Today) {
		from = s.Today
	}
	for i := range horizon {
		day := from.AddDate(0, 0, i)
		if ok(day) {
			return &day
		}
	}
	return nil
}
