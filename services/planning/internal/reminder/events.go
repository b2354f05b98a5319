package reminder

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// announcement changes nothing of the customer, and so is none of its history.
func (r *Reminder) announcement(ctx context.Context, at time.Time) (history.Record, error) {
	event, err := events.New(ctx, at, r.Customer, r.data())
	return history.Record{Event: event}, err
}

func (r *Reminder) data() proto.Message {
	contact, customer := resource.Name("contacts", r.ID), aggregate.Name(r.Customer)
	day, end, activity := civil.Optional(r.Day), civil.Date(r.WindowEnd), planningv1.Activity(r.Activity)
	switch {
	case r.Activity == Message:
		return &planningv1.MessageDue{Contact: contact, Customer: customer, Owner: r.Owner, Day: day, WindowEndDate: end}
	case r.Mark == Overdue:
		return &planningv1.ContactOverdue{Contact: contact, Customer: customer, Owner: r.Owner, Activity: activity, Day: day, WindowEndDate: end}
	default:
		return &planningv1.ContactDue{Contact: contact, Customer: customer, Owner: r.Owner, Activity: activity, Day: day, WindowEndDate: end}
	}
}
