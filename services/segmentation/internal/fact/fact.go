// Package fact is what segmentation knows of customers, their orders and payments: a projection of the profile service's events, which can be built again by replaying
// them, and what only profile may tell (profits), asked of it a moment later.
package fact

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Consumer is the name of the subscription that builds the projection.
const Consumer = "segmentation-facts"

// RelationshipsConsumer is the name of the one that listens to planning. What it keeps are signals, which are not built again.
const RelationshipsConsumer = "segmentation-relationships"

// VoicesConsumer is the name of the one that listens to voice. It keeps signals, too.
const VoicesConsumer = "segmentation-voices"

// ScoresConsumer is the name of the one that listens to satisfaction. It keeps signals, too.
const ScoresConsumer = "segmentation-scores"

// Tables are what Consumer builds and can build again. The customers themselves stay: their rows number our own events.
var Tables = []string{"orders", "payments", "wanted", "touched", "measures", "supply_positions", "expected_sales"}

// defaultZone is that of a customer of whom nothing else is said, as in profile.
const defaultZone = "Asia/Shanghai"

// order is an order as far as segmentation is concerned.
type order struct {
	CustomerID   uuid.UUID           `db:"customer_id"`
	ID           uuid.UUID           `db:"order_id"`
	Time         time.Time           `db:"order_time"`
	Currency     string              `db:"currency"`
	Amount       decimal.Decimal     `db:"amount"`
	GrossProfit  decimal.NullDecimal `db:"gross_profit"`
	NetProfit    decimal.NullDecimal `db:"net_profit"`
	ProductLines []string            `db:"-"`
}
