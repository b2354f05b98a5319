// Package fact is what satisfaction knows of customers and their orders: a projection of the events of profile and segmentation, which can be built again by replaying them,
// and what only profile may tell (the lines of very large orders), asked of it a moment later.
package fact

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// The names of the subscriptions that build the projection: Consumer from the events of profile, StandingsConsumer from those of segmentation.
const (
	Consumer          = "satisfaction-facts"
	StandingsConsumer = "satisfaction-standings"
)

// Tables are what Consumer builds and can build again. The customers themselves stay: their rows number our own events.
var Tables = []string{"order_lines", "orders", "wanted"}

// Forget removes what a table says of a person whom profile has removed, in the transaction that hears of it. It is called again when the event is, and then finds nothing.
type Forget func(ctx context.Context, customer, person uuid.UUID) error

// order is an order as far as satisfaction is concerned.
type order struct {
	Customer     uuid.UUID
	ID           uuid.UUID
	SourceSystem string
	Time         time.Time
	// The instants of its cycle; nil: not known.
	Requested, Promised, Transmitted, Processed, Assembled, Shipped, Delivered *time.Time
	Documents                                                                  *bool
	Currency                                                                   string
	Amount                                                                     decimal.Decimal
	Lines                                                                      []line
	// Unlined says that it has lines which were not told.
	Unlined bool
}

// line is a line of an order.
type line struct {
	ProductLine, ProductCode string
	Quantity                 decimal.Decimal
	Filled, Damaged          decimal.NullDecimal
}

// productLines are those of an order, each once, in order.
func (o *order) productLines() []string {
	var out []string
	for _, l := range o.Lines {
		out = append(out, l.ProductLine)
	}
	return distinct(out)
}
