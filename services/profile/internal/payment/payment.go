// Package payment is the payments due and made [付款]: the credit record of a customer.
package payment

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
)

// DefaultSystem is the source system of a payment that names none.
const DefaultSystem = "default"

// Payment is an amount that a customer owes or has paid.
type Payment struct {
	CustomerID   uuid.UUID   `db:"customer_id"`
	ID           uuid.UUID   `db:"payment_id"`
	Revision     int64       `db:"revision"`
	SourceSystem string      `db:"source_system"`
	Number       string      `db:"payment_number"`
	OrderNumber  string      `db:"order_number"`
	Amount       money.Money `db:"-"`
	DueDate      time.Time   `db:"due_date"` // midnight UTC of the day
	PaidDate     *time.Time  `db:"paid_date"`
	CreateTime   time.Time   `db:"create_time"`
	UpdateTime   time.Time   `db:"update_time"`
	// Via is the merged customer that the payment came under by an external id; it is not stored with it.
	Via uuid.NullUUID `db:"-"`
}

// Key is what a payment is known by.
type Key struct {
	CustomerID   uuid.UUID
	SourceSystem string
	Number       string
}

// Key returns the payment's key.
func (p *Payment) Key() Key { return Key{p.CustomerID, p.SourceSystem, p.Number} }

// Check brings the key into its stored form and holds the payment to its rules.
func (p *Payment) Check() []fault.Violation {
	p.Number = strings.TrimSpace(p.Number)
	if p.SourceSystem == "" {
		p.SourceSystem = DefaultSystem
	}
	if p.Number == "" {
		return []fault.Violation{fault.Field("payment_number", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"})}
	}
	return nil
}
