package contact

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (c *Contact) moved(ctx context.Context, at time.Time, before *planningv1.Contact, was *time.Time) (history.Record, error) {
	return c.record(ctx, at, before, &planningv1.ContactMoved{
		Contact: c.Name(), Customer: aggregate.Name(c.Customer), Owner: c.Owner, Activity: planningv1.Activity(c.Activity), DayBefore: dateOf(was), Day: dateOf(c.Day),
	})
}

func (c *Contact) done(ctx context.Context, at time.Time, before *planningv1.Contact) (history.Record, error) {
	return c.record(ctx, at, before, &planningv1.ContactDone{
		Contact: c.Name(), Customer: aggregate.Name(c.Customer), Owner: c.Owner, Activity: planningv1.Activity(c.Activity), Day: dateOf(c.Day), Responded: c.Responded,
	})
}

func (c *Contact) cancelled(ctx context.Context, at time.Time, before *planningv1.Contact) (history.Record, error) {
	return c.record(ctx, at, before, &planningv1.ContactCancelled{
		Contact: c.Name(), Customer: aggregate.Name(c.Customer), Owner: c.Owner, Activity: planningv1.Activity(c.Activity),
	})
}

// record notes the fields that differ. What happens to a contact for a special date is known to those who know of it.
func (c *Contact) record(ctx context.Context, at time.Time, before *planningv1.Contact, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, at, c.Customer, data)
	if err != nil {
		return history.Record{}, err
	}
	level := typev1.Level_BASIC
	if c.Origin == SpecialDate {
		level = typev1.Level_MANAGER
	}
	after := c.toProto(true)
	before.People, after.People = nil, nil // nothing here changes them, and some of them not everybody may know
	return history.NewRecord(event, history.Changed, level, history.Diff(before, after)), nil
}
