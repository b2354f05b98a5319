package settings

import (
	"time"

	"github.com/shopspring/decimal"
)

// Escalation says what happens with escalations beside the steps of response rules.
type Escalation struct {
	// Acknowledge is after how long one that nobody has acknowledged goes to the next level; 0: it does not.
	Acknowledge time.Duration
}

// Queue says what lateness costs.
type Queue struct {
	Currency string
	// Costs are those of a breach, by the number of the severity; of 0, not graded, as of MEDIUM.
	Costs [5]decimal.Decimal
	// Weights are those of the classes, by the number of the class; 0 is not judged.
	Weights [6]decimal.Decimal
}
