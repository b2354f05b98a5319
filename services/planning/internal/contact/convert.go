package contact

import (
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// toProto is the contact for callers who may, or may not, know of senior people.
func (c *Contact) toProto(seniors bool) *planningv1.Contact {
	out := &planningv1.Contact{
		Name: c.Name(), Customer: aggregate.Name(c.Customer), Owner: c.Owner, Activity: planningv1.Activity(c.Activity), Role: planningv1.Role(c.Role),
		Origin: planningv1.Contact_Origin(c.Origin), Source: c.Source, WindowStartDate: civil.Date(c.WindowStart), WindowEndDate: civil.Date(c.WindowEnd),
		Day: civil.Optional(c.Day), StartTime: timestamp(c.StartTime), Minutes: c.Minutes, People: c.known(seniors), State: planningv1.Contact_State(c.State),
		Pinned: c.Pinned, Obstacle: planningv1.Contact_Obstacle(c.Obstacle), Purpose: c.Purpose, Outcome: c.Outcome, Responded: c.Responded, Reason: c.Reason,
		Author: c.Author, CreateTime: timestamppb.New(c.CreateTime), UpdateTime: timestamppb.New(c.UpdateTime), DoneTime: timestamp(c.DoneTime),
		Etag: etag.Of(c.Revision),
	}
	if c.Booked != nil {
		out.BookedActivity = resource.Name("activities", *c.Booked)
	}
	return out
}

func timestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func dateOf(d *time.Time) *date.Date { return civil.Optional(d) }
