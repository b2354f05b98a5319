// Package assess looks at customers again: after something about them changed, within a second, and all of them once a day. It sees to the locks, the order and the
// events; what there is to be judged is the matter of its parts (measure, standing, grade, churn, segment, loyalty).
package assess

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Scope is whom an assessment looks at and as of when.
type Scope struct {
	// Customers are held by the transaction that ctx carries: their rows of customers are locked, those of measures and standings are there. Deleted customers are
	// not among them.
	Customers []uuid.UUID
	// Day is the business day as midnight UTC; Now the instant that is recorded.
	Day time.Time
	Now time.Time
	// Causes says of each customer why it is looked at; the zero Cause stands for the daily assessment.
	Causes map[uuid.UUID]Cause
	// Settings are those in force.
	Settings *settings.Numbers
}

// Cause is what made us look at a customer again.
type Cause struct {
	What      string // order, payment, signal, judgement, ranking, settings, ...; empty: daily
	Reference string // the resource that it is about; may be empty
}

// Or is the cause, or the daily assessment.
func (c Cause) Or() Cause {
	if c.What == "" {
		c.What = "daily"
	}
	return c
}

// Part judges one thing. It reads and writes for all customers of the scope together, by a number of statements that does not depend on how many they are, and writes
// only what has changed. It may be asked again for the same customers at any time, and then finds nothing to do.
type Part interface {
	Assess(ctx context.Context, scope Scope) ([]Announcement, error)
}
