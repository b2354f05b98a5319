package compliance

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Decision is what was decided; the numbers are those of the API.
type Decision int16

// The decisions.
const (
	Granted Decision = iota + 1
	Refused
	Requested
	Approved
	Rejected
	Given
	Released
	Moved
)

// Gift is what one person is given. Its JSON is stored: names may not change.
type Gift struct {
	Person   uuid.UUID       `json:"person"`
	Benefit  Benefit         `json:"benefit"`
	Amount   decimal.Decimal `json:"amount"`
	Currency string          `json:"currency"`
}

// Entry is an entry of the register.
type Entry struct {
	ID         uuid.UUID
	Customer   uuid.UUID
	Person     uuid.NullUUID
	Decision   Decision
	Benefit    Benefit
	Currency   string
	Amount     decimal.Decimal
	Contact    uuid.NullUUID
	Day        time.Time
	Owner      string
	Rules      []string
	Approval   uuid.NullUUID
	Reason     string
	Author     string
	CreateTime time.Time
}

// Entries are entries of the same decision, one for each gift.
func Entries(like Entry, gifts []Gift) []Entry {
	out := make([]Entry, len(gifts))
	for i, g := range gifts {
		out[i] = like
		out[i].Person = uuid.NullUUID{UUID: g.Person, Valid: true}
		out[i].Benefit, out[i].Amount, out[i].Currency = g.Benefit, g.Amount, g.Currency
	}
	return out
}

// State is how far an approval is; the numbers are those of the API.
type State int16

// The states.
const (
	StateRequested State = iota + 1
	StateApproved
	StateRejected
	StateUsed
)

// goodFor is how many days an approval can be used after it was given.
const goodFor = 90

// Approval is the permission to give what is above a threshold.
type Approval struct {
	Customer   uuid.UUID
	ID         uuid.UUID
	State      State
	Activity   int16
	Day        time.Time
	Gifts      []Gift
	Purpose    string
	Owner      string
	Rules      []uuid.UUID
	Requester  string
	CreateTime time.Time
	Decider    string
	DecideTime *time.Time
	Reason     string
	Contact    uuid.NullUUID
}

// Name is the resource name.
func (a *Approval) Name() string { return resource.Name("complianceApprovals", a.ID) }

// Permits says whether the approval can be used now to give that by that way of contact: it was given, not too long ago, not used, and covers each gift.
func (a *Approval) Permits(activity int16, gifts []Gift, now time.Time) bool {
	if a.State != StateApproved || a.Activity != activity || a.DecideTime == nil || now.After(a.DecideTime.AddDate(0, 0, goodFor)) {
		return false
	}
	for _, g := range gifts {
		if !a.covers(g) {
			return false
		}
	}
	return true
}

func (a *Approval) covers(g Gift) bool {
	for _, own := range a.Gifts {
		if own.Person == g.Person && own.Benefit == g.Benefit {
			return own.Currency == g.Currency && !g.Amount.GreaterThan(own.Amount)
		}
	}
	return false
}

// Decidable says what forbids that somebody decides on the approval.
func (a *Approval) Decidable(decider string) error {
	if a.State != StateRequested {
		return fault.New(codes.FailedPrecondition, "DECIDED", fault.Text{En: a.Name() + " has been decided already", Zh: a.Name() + " 已有审批结论"})
	}
	if decider == a.Requester {
		return fault.Denied("SELF_APPROVAL", fault.Text{En: "nobody decides on what he has asked for himself", Zh: "不得审批本人提出的申请"})
	}
	return nil
}
