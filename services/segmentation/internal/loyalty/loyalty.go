// Package loyalty is the points of customers [积分管理]: how they are earned, spent, expire and are taken back, and what they are redeemed for.
package loyalty

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Kind is what a posting is; the numbers are those of the API.
type Kind int16

// The kinds. The first three are earnings, which lots are kept of.
const (
	Volume Kind = iota + 1
	Referral
	Other
	Adjustment
	Redemption
	Expiry
	Reversal
)

// Account is where points are; the numbers are those of the API.
type Account int16

// The accounts. Available and Debt are the customer's, the others the company's.
const (
	Available Account = iota + 1
	Issued
	Redeemed
	Expired
	Debt
)

// Line moves points to an account, or from it when they are below 0.
type Line struct {
	Account Account       `db:"account"`
	Lot     uuid.NullUUID `db:"lot_id"`
	Points  int64         `db:"points"`
}

// Posting is a transaction of the ledger: its lines add up to zero.
type Posting struct {
	Customer     uuid.UUID     `db:"customer_id"`
	ID           uuid.UUID     `db:"transaction_id"`
	Kind         Kind          `db:"kind"`
	Points       int64         `db:"points"` // by which the balance changes
	BalanceAfter int64         `db:"balance_after"`
	Reference    string        `db:"reference"`
	Reason       string        `db:"reason"`
	ExpireDay    *time.Time    `db:"expire_day"`
	Reward       uuid.NullUUID `db:"reward_id"`
	Quantity     int32         `db:"quantity"`
	Reverses     uuid.NullUUID `db:"reverses"`
	ReversedBy   uuid.NullUUID `db:"reversed_by"`
	Author       string        `db:"author"`
	Day          time.Time     `db:"post_day"`
	Time         time.Time     `db:"post_time"`
	Lines        []Line        `db:"-"`
}

// NewPosting makes a posting without lines.
func NewPosting(kind Kind, reference, reason string) (*Posting, error) {
	id, err := uuid.NewV7()
	return &Posting{ID: id, Kind: kind, Reference: reference, Reason: reason}, err
}

// Lot is what one source has brought, an order for example, all corrections included, and what is left of it.
type Lot struct {
	Customer  uuid.UUID           `db:"customer_id"`
	ID        uuid.UUID           `db:"lot_id"` // of the posting that it came by
	Kind      Kind                `db:"kind"`
	Reference string              `db:"reference"`
	Points    int64               `db:"points"` // below 0 of a return
	Left      int64               `db:"points_left"`
	EarnDay   time.Time           `db:"earn_day"`
	ExpireDay *time.Time          `db:"expire_day"` // its last day; nil: none
	Rate      decimal.NullDecimal `db:"rate"`       // points for one unit of sales, when it was earned by itself
	Currency  string              `db:"currency"`   // of those sales
	Reversed  bool                `db:"reversed"`
}

// past says whether the points of the lot can be spent no more.
func (l *Lot) past(day time.Time) bool { return l.ExpireDay != nil && l.ExpireDay.Before(day) }

// entryName is the resource name of a posting.
func entryName(customer, id uuid.UUID) string {
	return resource.Name("customers", customer, "pointEntries", id)
}
