// Package queue says what to do next [待办队列]: the open cases in the order of what it costs that they wait, by Taguchi's loss of lateness.
package queue

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Decimals is how exact losses are. The database rounds in the same way.
const Decimals = 4

// Entry is an open case, and why it has its place.
type Entry struct {
	Customer, Case uuid.UUID
	Title          string
	Severity       int16
	Major          bool
	State          int16
	Assignee       string
	Desk           uuid.NullUUID
	Received       time.Time
	Weight, Cost   decimal.Decimal
	Loss           decimal.Decimal
	Clocks         []Clock
}

// Clock is a clock of a case that has not stopped, as it stands at the instant of the list.
type Clock struct {
	ID              uuid.UUID
	Measure         int16
	Paused          bool
	Elapsed, Target int64 // seconds of working time
	Due             *time.Time
	Loss            decimal.Decimal // before the weight of the class
}

// Loss is Taguchi's loss of lateness, k (y / m)^2: nothing at once, k when the target is just used up, four times that when twice it is.
func Loss(cost decimal.Decimal, elapsed, target int64) decimal.Decimal {
	y, m := decimal.NewFromInt(elapsed), decimal.NewFromInt(max(target, 1))
	return cost.Mul(y).Mul(y).DivRound(m.Mul(m), Decimals)
}

// Total is what a case costs: its clocks together, by the weight of the customer's class.
func Total(clocks []Clock, weight decimal.Decimal) decimal.Decimal {
	var sum decimal.Decimal
	for _, c := range clocks {
		sum = sum.Add(c.Loss)
	}
	return sum.Mul(weight).Round(Decimals)
}

// Filter is which cases are asked for; what is left out is not asked.
type Filter struct {
	Desk               uuid.NullUUID
	Assignee           string
	Unassigned         bool
	Severities, States []int16
}

// Position is where a page begins: behind a case, in a list of an instant.
type Position struct {
	AsOf  time.Time
	After *Mark // nil: at the start
}

// Mark is the place of a case.
type Mark struct {
	Loss string // in the database's own form: exact
	Case uuid.UUID
}
