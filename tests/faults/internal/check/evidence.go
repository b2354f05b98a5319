// Package check holds what clients were told against what is there: the state, its history, the outbox, the stream and the effects of
// a subscriber. It looks at data only, so that it can be shown data that are wrong.
package check

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/ledger"
)

// Evidence is all that there is to look at once everything is up and quiet.
type Evidence struct {
	Calls []ledger.Call
	// State are the resources as they stand.
	State []Row
	// Changes are the entries of the change history.
	Changes []Change
	// Outbox is in the order of its ids.
	Outbox []Stored
	// Stream is in its own order.
	Stream []events.Message
	// Effects are in the order in which they happened.
	Effects []Effect
	// Dead are the subscriber's dead letters.
	Dead []uuid.UUID
}

// Row is a resource.
type Row struct {
	Resource  string    `db:"resource"`
	Aggregate uuid.UUID `db:"aggregate_id"`
	// Version is the number of the aggregate's last change, 0 for a part of an aggregate.
	Version int64 `db:"version"`
	// Mark is that of the last write.
	Mark string `db:"mark"`
}

// Change is an entry of the history with the marks that it says were written.
type Change struct {
	Aggregate uuid.UUID
	Version   int64
	Resource  string
	Marks     []string
}

// Stored is an event in the outbox.
type Stored struct {
	events.Event
	Published bool `db:"published"`
}

// Effect is what a subscriber did once for an event.
type Effect struct {
	Event     uuid.UUID `db:"event_id"`
	Aggregate uuid.UUID `db:"aggregate_id"`
	Version   int64     `db:"version"`
}

// Allowance is what a fault may do that else is a violation.
type Allowance struct {
	// Repeats: the stream may hold an event again, once the broker has forgotten its id. Subscribers have to drop it.
	Repeats bool
	// NoUnknowns: a call that was accepted must be answered.
	NoUnknowns bool
}

// Violation is a promise that was broken.
type Violation struct {
	// Rule names the promise.
	Rule string
	// Text says what was found.
	Text string
}

func (v Violation) String() string { return v.Rule + ": " + v.Text }

// Check returns what is wrong, nothing at best.
func Check(e Evidence, allow Allowance) []Violation {
	c := &checker{Evidence: e, allow: allow}
	c.calls()
	c.state()
	c.outbox()
	c.stream()
	c.effects()
	return c.found
}

type checker struct {
	Evidence
	allow Allowance
	found []Violation
}

func (c *checker) complainf(rule, format string, args ...any) {
	c.found = append(c.found, Violation{Rule: rule, Text: fmt.Sprintf(format, args...)})
}

// place is the number of a change or an event within its aggregate.
type place struct {
	aggregate uuid.UUID
	version   int64
}

func (p place) String() string { return fmt.Sprintf("%s#%d", p.aggregate, p.version) }

// poisoned says that subscribers cannot digest the event.
func poisoned(e events.Event) bool { return strings.Contains(string(e.Data), ledger.Poison) }
