// Package group is the customers that belong together [集团客户]: who is below whom, what they buy together, and the contacts that they share.
package group

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/sheet"
)

// Member is a company in a group.
type Member struct {
	ID          uuid.UUID     `db:"customer_id"`
	DisplayName string        `db:"display_name"`
	Parent      uuid.NullUUID `db:"parent_id"` // not valid at the top
	Depth       int32         `db:"depth"`
	Own         []Sales       `db:"-"`
	Totals      []Sales       `db:"-"`
}

// Sales are what some customers bought in one currency.
type Sales struct {
	Currency    string              `db:"currency"`
	Amount      decimal.Decimal     `db:"amount"`
	GrossProfit decimal.NullDecimal `db:"gross_profit"`
	NetProfit   decimal.NullDecimal `db:"net_profit"`
	Orders      int64               `db:"orders"`
	Customers   int64               `db:"customers"`
}

// Share is a person of one company who is known at another one of its group.
type Share struct {
	CustomerID uuid.UUID      `db:"customer_id"` // the person's company
	PersonID   uuid.UUID      `db:"person_id"`
	With       uuid.UUID      `db:"shared_customer_id"`
	Position   string         `db:"position"`
	Department string         `db:"department"`
	Author     string         `db:"author"`
	CreateTime time.Time      `db:"create_time"`
	Person     *person.Person `db:"-"`
}

const (
	monthLayout = "2006-01"
	usualMonths = 12
)

// newSpan reads the months that a caller asked for: twelve, up to the running one, when he says nothing.
func newSpan(start, end string, now time.Time) (sheet.Span, error) {
	if start == "" {
		last := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
		if asked, err := time.Parse(monthLayout, end); err == nil {
			last = asked
		}
		start = last.AddDate(0, 1-usualMonths, 0).Format(monthLayout)
	}
	return sheet.NewSpan(start, end, now)
}
