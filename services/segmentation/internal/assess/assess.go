// Package assess looks at customers again: after something about them changed, within a second, and all of them once a day. It sees to the locks, the order and the
// events; what there is to be judged is the matter of its parts (measure, standing, grade, churn, segment, loyalty).
package assess

import (
	"context"
	"fmt"
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
	// partly are those of the customers in whom nothing can have changed but the rules of some parts, with these parts: only they have to judge, and those after them if
	// they write a standing.
	partly map[uuid.UUID]parts
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
// only what has changed. It may be asked again for the same customers at any time, and then finds nothing to do. Of what other parts write it reads nothing but standings
// and what parts before it have written there.
//
// So that a run need not ask it about everybody each day, it also says what else than a fact of the customer can make it judge otherwise: the rules, the passing of time,
// and other customers. Whatever changes a fact queues the customer.
type Part interface {
	Assess(ctx context.Context, scope Scope) ([]Announcement, error)
	// Rules are, as text, the rules and numbers that the part judges by on a day. When the text changes, everybody is looked at again.
	Rules(ctx context.Context, day time.Time, n *settings.Numbers) (string, error)
	// Due is SQL that gives customer_id and a date: days after that of the scope on which time alone may bring another judgement, any number for a customer. A day
	// may be too early, which costs a look, but never too late. The SQL is over the table subject, see subjects, and "" if there are no such days.
	Due(ctx context.Context, scope Scope, bind Binder) (string, error)
	// Moved are living customers of the span whom the part would judge otherwise although neither the rules nor a fact of theirs has changed and no day could be
	// named for it beforehand.
	Moved(ctx context.Context, span Span, scope Scope) ([]uuid.UUID, error)
}

// Span are the customers with ids above After and up to Last.
type Span struct{ After, Last uuid.UUID }

// Binder binds a value to a statement, as the SQL type named, and gives what stands for it.
type Binder func(cast string, value any) string

// Bind binds values to the parameters $1, $2, ...
func Bind(args *[]any) Binder {
	return func(cast string, value any) string {
		*args = append(*args, value)
		return fmt.Sprintf("cast($%d as %s)", len(*args), cast)
	}
}
