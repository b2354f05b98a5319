// Package contact is the contacts with customers [客户接触], planned, agreed and made, and what people do with them: move, complete and cancel. What the planner does stands in
// package contactplan, what may be agreed in package gate.
package contact

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/resource"
)

// State is how far a contact is; the numbers of it and of the following are those of the API.
type State int16

// The states.
const (
	Planned State = iota + 1
	Reserved
	Done
	Cancelled
	NotPlaced
)

// Finished says that nothing more will come of it.
func (s State) Finished() bool { return s == Done || s == Cancelled }

// Origin is what asked for a contact.
type Origin int16

// The origins.
const (
	Policy Origin = iota + 1
	SpecialDate
	Retention
	FollowUp
	Personal
)

// ID names a contact.
type ID struct {
	Customer uuid.UUID `db:"customer_id"`
	Contact  uuid.UUID `db:"contact_id"`
}

// Recheck asks the gate whether a reserved contact may be on another day, in the transaction of ctx and before that locks anything. The contact itself does not count against
// its own time, money and fatigue. nil is yes.
type Recheck func(ctx context.Context, contact ID, day time.Time) error

// Release gives back what the gate has set aside for a reserved contact that is called off, in the transaction of ctx and before that locks anything.
type Release func(ctx context.Context, contact ID) error

// Name is the resource name.
func (c *Contact) Name() string { return resource.Name("contacts", c.Contact) }

// known are the people of a contact that a caller may know of.
func (c *Contact) known(seniors bool) []string {
	var names []string
	for _, p := range c.People {
		if seniors || !slices.Contains(c.Seniors, p) {
			names = append(names, "customers/"+c.Customer.String()+"/people/"+p)
		}
	}
	return names
}
