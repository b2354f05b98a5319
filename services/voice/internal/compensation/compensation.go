// Package compensation is what customers get for what went wrong [补偿], and who may promise it.
package compensation

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Kind is what a customer gets; the numbers of this and of the following are those of the API.
type Kind int16

// State is how far a compensation is.
type State int16

// The states.
const (
	Proposed State = iota + 1
	Approved
	Rejected
	Paid
)

// Tier is who approves a compensation.
type Tier int16

// The tiers.
const (
	ByAssignee Tier = iota + 1
	ByManager
	ByExecutive
)

// The levels that decide, of libs/auth.
const (
	manager   = 2
	executive = 3
)

// Compensation is what a customer gets.
type Compensation struct {
	Customer     uuid.UUID       `db:"customer_id"`
	Case         uuid.UUID       `db:"case_id"`
	ID           uuid.UUID       `db:"compensation_id"`
	Kind         Kind            `db:"kind"`
	Amount       decimal.Decimal `db:"amount"`
	Currency     string          `db:"currency"`
	Reason       string          `db:"reason"`
	State        State           `db:"state"`
	Tier         Tier            `db:"tier"`
	Proposer     string          `db:"proposer"`
	Decider      string          `db:"decider"`
	DecideTime   *time.Time      `db:"decide_time"`
	DecideReason string          `db:"decide_reason"`
	Payer        string          `db:"payer"`
	PayTime      *time.Time      `db:"pay_time"`
	PayReference string          `db:"pay_reference"`
	CreateTime   time.Time       `db:"create_time"`
	UpdateTime   time.Time       `db:"update_time"`
	Revision     int64           `db:"revision"`
}

// Name is the resource name of a compensation.
func Name(c, id uuid.UUID) string { return resource.Name("cases", c, "compensations", id) }

// Name is its resource name.
func (c *Compensation) Name() string { return Name(c.Case, c.ID) }

// TierOf says who approves an amount. In a currency without limits an EXECUTIVE does.
func TierOf(limits map[string]settings.Limit, amount decimal.Decimal, currency string) Tier {
	limit, ok := limits[currency]
	switch {
	case !ok || amount.GreaterThan(limit.ManagerUpTo):
		return ByExecutive
	case amount.LessThan(limit.AssigneeBelow):
		return ByAssignee
	}
	return ByManager
}

// may says whether somebody decides on a compensation of a case of that assignee.
func (c *Compensation) may(p auth.Principal, assignee string) error {
	switch {
	case c.Tier == ByAssignee && (assignee == "" || p.Subject != assignee):
		return fault.Denied("NOT_ASSIGNEE", fault.Text{En: "this much the assignee of the case decides on", Zh: "此金额由案件受理人决定"})
	case c.Tier == ByManager && p.Level < manager:
		return fault.Denied("APPROVAL_LEVEL", fault.Text{En: "this much a MANAGER decides on", Zh: "此金额须由 MANAGER 级别决定"})
	case c.Tier == ByExecutive && p.Level < executive:
		return fault.Denied("APPROVAL_LEVEL", fault.Text{En: "this much an EXECUTIVE decides on", Zh: "此金额须由 EXECUTIVE 级别决定"})
	}
	return nil
}

// Approve approves a proposal.
func (c *Compensation) Approve(p auth.Principal, assignee, reason string, at time.Time) error {
	if err := c.may(p, assignee); err != nil {
		return err
	}
	if c.Tier != ByAssignee && p.Subject == c.Proposer {
		return fault.Denied("SELF_APPROVAL", fault.Text{En: "nobody approves what he has proposed", Zh: "不得批准自己提出的补偿"})
	}
	return c.decide(Approved, p.Subject, reason, at)
}

// Reject rejects a proposal; who has proposed it may take it back so.
func (c *Compensation) Reject(p auth.Principal, assignee, reason string, at time.Time) error {
	if p.Subject != c.Proposer {
		if err := c.may(p, assignee); err != nil {
			return err
		}
	}
	if reason == "" {
		return fault.Invalid(fault.Field("reason", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	return c.decide(Rejected, p.Subject, reason, at)
}

func (c *Compensation) decide(to State, by, reason string, at time.Time) error {
	if c.State != Proposed {
		return stateError(c)
	}
	c.State, c.Decider, c.DecideReason, c.DecideTime = to, by, reason, &at
	return nil
}

// Pay says that the customer has it, and whether that is news.
func (c *Compensation) Pay(by, reference string, at time.Time) (bool, error) {
	if c.State == Paid && c.PayReference == reference {
		return false, nil
	}
	if c.State != Approved {
		return false, stateError(c)
	}
	c.State, c.Payer, c.PayReference, c.PayTime = Paid, by, reference, &at
	return true, nil
}

var names = map[State]string{Proposed: "PROPOSED", Approved: "APPROVED", Rejected: "REJECTED", Paid: "PAID"}

func stateError(c *Compensation) error {
	return fault.New(codes.FailedPrecondition, "COMPENSATION_STATE", fault.Text{
		En: c.Name() + " is " + names[c.State], Zh: c.Name() + " 处于 " + names[c.State] + " 状态",
	}).With("state", names[c.State])
}

// Decimals is how many places amounts have at most.
const Decimals = 4

var most = decimal.New(1, 12)

// CheckAmount holds an amount to what can be kept.
func CheckAmount(amount decimal.Decimal) []fault.Violation {
	var wrong []fault.Violation
	if !amount.Equal(amount.Round(Decimals)) {
		wrong = append(wrong, fault.Field("amount", "DECIMALS", fault.Text{En: "must have at most 4 decimals", Zh: "小数不得超过 4 位"}))
	}
	if !amount.IsPositive() || amount.GreaterThan(most) {
		wrong = append(wrong, fault.Field("amount", "RANGE", fault.Text{
			En: "must be greater than 0 and at most 1,000,000,000,000", Zh: "须大于 0 且不超过 1,000,000,000,000",
		}))
	}
	return wrong
}
