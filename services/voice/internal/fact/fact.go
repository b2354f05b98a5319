// Package fact is what voice knows of customers, their people and orders: a projection of the events of profile and segmentation, which can be built again by replaying them, and
// what only their services may tell (people, very long orders, policies), asked of them a moment later.
package fact

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// The names of the subscriptions that build the projection: Consumer from the events of profile, StandingsConsumer from those of segmentation.
const (
	Consumer          = "voice-facts"
	StandingsConsumer = "voice-standings"
)

// Tables are what Consumer builds and can build again, StandingsTables what StandingsConsumer does. The customers themselves stay: their rows number our own events.
var (
	Tables          = []string{"order_lines", "orders", "people", "wanted", "wanted_orders"}
	StandingsTables = []string{"moves"}
)

// Forget removes what a table says of a person whom profile has removed, in the transaction that takes its row away. It is called again when the event is, and then finds
// nothing.
type Forget func(ctx context.Context, customer, person uuid.UUID) error

// ordinary is the SLA factor of a customer of whom no policy says anything.
var ordinary = decimal.NewFromInt(1)

// order is one as profile tells of it, as far as voice needs it.
type order struct {
	Customer  uuid.UUID  `db:"customer_id"`
	ID        uuid.UUID  `db:"order_id"`
	Source    string     `db:"source_system"`
	Number    string     `db:"order_number"`
	Time      time.Time  `db:"order_time"`
	Delivered *time.Time `db:"delivered_time"`
	lines     []line
	// without says that the event had no room for the lines.
	without bool
}

// line is one of an order's.
type line struct {
	Customer uuid.UUID       `db:"customer_id"`
	Order    uuid.UUID       `db:"order_id"`
	Number   int             `db:"number"`
	Product  string          `db:"product_line"`
	Code     string          `db:"product_code"`
	Quantity decimal.Decimal `db:"quantity"`
}
