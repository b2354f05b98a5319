// Package mirror is what a service other than profile knows of every customer: a projection of profile's events that can be built again by replaying them.
//
// It asks of the service's database the table of package aggregate with these columns besides:
//
//	owner text, display_name text, kind smallint, relations integer[], time_zone text, create_time timestamptz
//
// and leaves further ones alone. Of a customer that is a person events carry no name.
package mirror

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Subject covers all events that Handle takes.
const Subject = "guanxi.profile.customer.*.v1"

// DefaultZone is that of a customer of whom nothing else is said, as in profile.
const DefaultZone = "Asia/Shanghai"

// What happened to a customer.
const (
	Created   = "created"
	Changed   = "changed"
	Deleted   = "deleted"
	Undeleted = "undeleted"
	Purged    = "purged"
)

// Change is what an event told of a customer.
type Change struct {
	Customer uuid.UUID
	What     string
	// Fields are the names of the fields that changed; none unless What is Changed.
	Fields []string
	Time   time.Time
}

// Customers keeps the mirror.
type Customers struct {
	db     *postgres.DB
	told   func(context.Context, Change) error
	merger *Merger
}

// NewCustomers makes a mirror. told, if not nil, hears of every change after it is stored, in the same transaction; of a purge before, while the row is there.
func NewCustomers(db *postgres.DB, told func(context.Context, Change) error) *Customers {
	if told == nil {
		told = func(context.Context, Change) error { return nil }
	}
	return &Customers{db: db, told: told}
}

// Following has merges of customers followed by m, which is to name Consumer, Mover, Aliases, Rekeyed and the like; what only the mirror can say is filled in here. Without it
// merges are passed over.
func (c *Customers) Following(m Merger) {
	m.DB = c.db
	m.Put = c.putMerged
	after := m.After
	m.After = func(ctx context.Context, merge Merge) error {
		if after != nil {
			if err := after(ctx, merge); err != nil {
				return err
			}
		}
		return c.toldOf(ctx, merge)
	}
	c.merger = &m
}

// toldOf tells of both customers of a merge.
func (c *Customers) toldOf(ctx context.Context, m Merge) error {
	what := Merged
	if m.Undone {
		what = Unmerged
	}
	for _, id := range []uuid.UUID{m.Merged, m.Survivor} {
		if err := c.told(ctx, Change{Customer: id, What: what, Time: m.Time}); err != nil {
			return err
		}
	}
	return nil
}

// Handle brings an event into the mirror. An event of a kind that is not known is of a newer profile service and of no concern here.
func (c *Customers) Handle(ctx context.Context, d events.Delivery) error {
	switch d.Subject {
	case "guanxi.profile.customer.created.v1":
		return Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.CustomerCreated) error {
			return c.put(ctx, d, nil, m.GetAfter())
		})
	case "guanxi.profile.customer.changed.v1":
		return Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *profilev1.CustomerChanged) error {
			return c.put(ctx, d, m.GetChangedFields(), m.GetAfter())
		})
	case "guanxi.profile.customer.deleted.v1":
		return c.setDeleted(ctx, d, Deleted, &d.Time)
	case "guanxi.profile.customer.undeleted.v1":
		return c.setDeleted(ctx, d, Undeleted, nil)
	case "guanxi.profile.customer.purged.v1":
		return c.purge(ctx, d)
	}
	if c.merger == nil {
		return nil
	}
	return c.merger.Handle(ctx, d)
}

// Decode reads an event's data for the one who handles it. Data that cannot be read will not be readable later either.
func Decode[M any, P interface {
	*M
	proto.Message
}](ctx context.Context, d events.Delivery, handle func(context.Context, events.Delivery, P) error) error {
	m := P(new(M))
	if err := d.Decode(m); err != nil {
		return events.Permanent(err)
	}
	return handle(ctx, d, m)
}
