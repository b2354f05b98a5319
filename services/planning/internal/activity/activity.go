// Package activity is events and occasions of ours with customers [客户活动]. An activity is of one customer; which contacts are made with it goes through package gate.
package activity

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// State is how far an activity is; the numbers are those of the API.
type State int16

// The states.
const (
	Planned State = iota + 1
	Done
	Cancelled
)

// Item is a part of the planned cost. Its JSON, and that of FollowUp, is stored: names may not change.
type Item struct {
	Label     string          `json:"label"`
	Amount    decimal.Decimal `json:"amount"`
	PerPerson bool            `json:"per_person"`
}

// FollowUp is something to be done after an activity.
type FollowUp struct {
	Text  string `json:"text"`
	Owner string `json:"owner"`
	Due   string `json:"due"` // YYYY-MM-DD
	Done  bool   `json:"done"`
}

// Activity is one of them.
type Activity struct {
	Customer     uuid.UUID
	ID           uuid.UUID
	Kind         settings.Activity
	Title        string
	Purpose      string
	Project      string
	Occasion     string
	People       []uuid.UUID
	Seniors      []uuid.UUID // those of People whom only MANAGER and above know
	Start        time.Time
	FiscalYear   int // of Start; 0 where it was not asked for
	End          *time.Time
	Items        []Item
	Budget       uuid.NullUUID
	Currency     string // of all amounts; empty while there are none
	PlannedCost  decimal.Decimal
	ActualCost   decimal.NullDecimal
	State        State
	Report       string
	FollowUps    []FollowUp
	CancelReason string
	Author       string
	CreateTime   time.Time
	UpdateTime   time.Time
	Revision     int64
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("activities", id) }

// Name is the resource name.
func (a *Activity) Name() string { return Name(a.ID) }

// Cost is what the items come to.
func (a *Activity) Cost() decimal.Decimal {
	total, people := decimal.Zero, decimal.NewFromInt(int64(len(a.People)))
	for _, i := range a.Items {
		if i.PerPerson {
			total = total.Add(i.Amount.Mul(people))
			continue
		}
		total = total.Add(i.Amount)
	}
	return total
}

// Check holds an activity to what the API's constraints cannot say, given what settings say of its kind.
func (a *Activity) Check(kinds map[settings.Activity]settings.Kind) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	kind, listed := kinds[a.Kind]
	add(a.Kind == 0, "kind", "REQUIRED", "must be given", "必须填写")
	add(a.Kind != 0 && !listed, "kind", "ACTIVITY_UNKNOWN", "is not listed in the settings", "设置中未列出")
	add(a.Title == "", "title", "REQUIRED", "must be given", "必须填写")
	add(a.Start.IsZero(), "start_time", "REQUIRED", "must be given", "必须填写")
	add(a.End != nil && !a.End.After(a.Start), "end_time", "RANGE", "must be after start_time", "必须晚于 start_time")
	for i, item := range a.Items {
		add(item.PerPerson && kind.Hospitality, fmt.Sprintf("items[%d].per_person", i), "GATE",
			"what persons are given is reserved by contacts:reserve", "给予个人的利益须通过 contacts:reserve 预约")
	}
	return wrong
}

// stateError says that the activity is no longer what it would have to be.
func (a *Activity) stateError() error {
	return fault.New(codes.FailedPrecondition, "STATE", fault.Text{En: a.Name() + " is done or cancelled", Zh: a.Name() + " 已完成或已取消"})
}

// afterwards are the fields that can still be changed when it is done.
var afterwards = []string{"report", "follow_ups"}

// Changeable refuses a change of those fields.
func (a *Activity) Changeable(fields []string) error {
	if a.State == Planned {
		return nil
	}
	other := slices.ContainsFunc(fields, func(f string) bool { return !slices.Contains(afterwards, f) })
	if a.State == Cancelled || other {
		return a.stateError()
	}
	return nil
}
