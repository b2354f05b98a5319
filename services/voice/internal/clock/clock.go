// Package clock measures the time of cases against response rules [时钟]: what was used of the target, when it is due, and when which level has to be told.
package clock

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

// Measure is what a clock measures; the numbers are those of the API.
type Measure = rule.Measure

// The measures.
const (
	FirstResponse = rule.FirstResponse
	Resolution    = rule.Resolution
)

// Trigger is when an alarm goes off; the numbers are those of the API.
type Trigger = rule.Trigger

// The triggers.
const (
	Before      = rule.Before
	AtBreach    = rule.AtBreach
	AfterBreach = rule.AfterBreach
	OnSeverity  = rule.OnSeverity
)

// State is where a clock stands; the numbers are those of the API.
type State int16

// The states. Met and Missed are stopped, and can be reopened.
const (
	Running State = iota + 1
	Paused
	Met
	Missed
	Cancelled
)

// Open says whether the clock has not ended.
func (s State) Open() bool { return s == Running || s == Paused }

// Cause is what began an interval; the numbers are those of the API.
type Cause int16

// The causes.
const (
	Started Cause = iota + 1
	Waiting
	Resumed
	Stopped
	Reopened
	CaseChanged
	CalendarChanged
	RuleChanged
	Ended
	Escalated
)

// Terms are what a clock is held to.
type Terms struct {
	Rule            uuid.UUID       `db:"rule_id"          json:"rule_id"`
	RuleVersion     int32           `db:"rule_version"     json:"rule_version"`
	Calendar        uuid.UUID       `db:"calendar_id"      json:"calendar_id"`
	CalendarVersion int32           `db:"calendar_version" json:"calendar_version"`
	Factor          decimal.Decimal `db:"sla_factor"       json:"sla_factor"`
	Target          int64           `db:"target_seconds"   json:"target_seconds"`
}

// Same says whether they are the same.
func (t Terms) Same(o Terms) bool {
	return t.Rule == o.Rule && t.RuleVersion == o.RuleVersion && t.Calendar == o.Calendar && t.CalendarVersion == o.CalendarVersion &&
		t.Factor.Equal(o.Factor) && t.Target == o.Target
}

// Promise is what a rule asks of a clock: the terms, and what follows from them.
type Promise struct {
	Terms
	Offered decimal.Decimal // the customer's SLA factor, whether the rule applies it or not
	Pauses  bool
	Steps   []rule.Step
	Time    *calendar.Time // of the calendar
}

// Clock is one measured time of a case. It reckons in whole seconds: fractions of instants are cut off.
type Clock struct {
	Customer uuid.UUID `db:"customer_id" json:"customer_id"`
	Case     uuid.UUID `db:"case_id"     json:"case_id"`
	ID       uuid.UUID `db:"clock_id"    json:"clock_id"`
	Measure  Measure   `db:"measure"     json:"measure"`
	Terms
	Offered   decimal.Decimal `db:"customer_factor" json:"customer_factor"` // the customer's SLA factor
	Pauses    bool            `db:"pauses"          json:"pauses"`
	State     State           `db:"state"           json:"state"`
	Used      int64           `db:"used_seconds"    json:"used_seconds"` // up to Changed
	Intervals int32           `db:"intervals"       json:"intervals"`    // the number of the last one
	AlarmsMax int16           `db:"alarms"          json:"alarms"`       // the number of the last one
	Changed   time.Time       `db:"change_time"     json:"change_time"`  // the last change of the clock itself
	Since     *time.Time      `db:"running_since"   json:"running_since"`
	Due       *time.Time      `db:"due_time"        json:"due_time"`
	Breach    *time.Time      `db:"breach_time"     json:"breach_time"`
	NextTime  *time.Time      `db:"next_alarm_time" json:"next_alarm_time"`
	Next      *int16          `db:"next_alarm"      json:"next_alarm"`

	Alarms []Alarm    `json:"-"` // all but those dropped before it was read
	log    []Interval // what was added since it was read
	time   *calendar.Time
}

// Interval is a stretch of time in which the same held of a clock.
type Interval struct {
	Customer uuid.UUID  `db:"customer_id" json:"customer_id"`
	Case     uuid.UUID  `db:"case_id"     json:"case_id"`
	Clock    uuid.UUID  `db:"clock_id"    json:"clock_id"`
	Number   int32      `db:"number"      json:"number"`
	Level    int16      `db:"level"       json:"level"` // 0: the clock itself
	Cause    Cause      `db:"cause"       json:"cause"`
	State    State      `db:"state"       json:"state"`
	Start    time.Time  `db:"start_time"  json:"start_time"`
	End      *time.Time `db:"end_time"    json:"end_time"`
	Terms
	Used int64      `db:"used_seconds" json:"used_seconds"` // before it
	Due  *time.Time `db:"due_time"     json:"due_time"`     // as projected when it began
}

// UsedAt is the working time used up to an instant that is not before the last change.
func (k *Clock) UsedAt(at time.Time) int64 {
	if k.State != Running {
		return k.Used
	}
	return k.Used + k.time.Between(*k.Since, at)
}
