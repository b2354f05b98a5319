// Package gift is the gifts given to and received from people [礼品].
package gift

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
)

// Direction is who gave it; the numbers are those of the API.
type Direction int16

// The directions.
const (
	Given Direction = iota + 1
	Received
)

// Gift is something that was given.
type Gift struct {
	CustomerID uuid.UUID    `db:"customer_id"`
	PersonID   uuid.UUID    `db:"person_id"`
	ID         uuid.UUID    `db:"gift_id"`
	Revision   int64        `db:"revision"`
	Date       time.Time    `db:"gift_date"` // midnight UTC of the day
	Direction  Direction    `db:"direction"`
	Value      *money.Money `db:"-"` // nil: not known
	Content    Content      `db:"-"`
	Author     string       `db:"author"`
	CreateTime time.Time    `db:"create_time"`
	UpdateTime time.Time    `db:"update_time"`
}

// Content is all that is said of a gift in words. It is the person's: it is stored in one piece, and goes with him.
type Content struct {
	Item     string `json:"item"`
	Occasion string `json:"occasion,omitempty"`
	Reaction string `json:"reaction,omitempty"`
}

// Check brings texts into their stored form and holds the gift to its rules. latest is the last day that has begun anywhere.
func (g *Gift) Check(latest time.Time) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	g.Content.Item = strings.TrimSpace(g.Content.Item)
	add(g.Content.Item == "", "item", "REQUIRED", "must be given", "必须填写")
	add(g.Direction != Given && g.Direction != Received, "direction", "REQUIRED", "must be GIVEN or RECEIVED", "必须为 GIVEN 或 RECEIVED")
	add(g.Date.After(latest), "date", "FUTURE", "must not be after today", "不得晚于今日")
	add(g.Value != nil && g.Value.Amount.IsNegative(), "value", "NEGATIVE", "must not be negative", "不得为负")
	return wrong
}
