package customer

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func created(ctx context.Context, at time.Time, c *Customer) (history.Record, error) {
	after := ToProto(c)
	return record(ctx, at, c, &profilev1.CustomerCreated{Customer: after.GetName(), After: public(after, nil)}, history.Created, history.Diff(nil, after))
}

// changed compares the two states; ok is false when nothing differs.
func changed(ctx context.Context, at time.Time, before *profilev1.Customer, c *Customer) (r history.Record, ok bool, err error) {
	after := ToProto(c)
	fields := history.Diff(before, after)
	if len(fields) == 0 {
		return r, false, nil
	}
	names := history.Names(fields)
	data := &profilev1.CustomerChanged{
		Customer: after.GetName(), ChangedFields: names, Before: public(before, names), After: public(after, names),
	}
	r, err = record(ctx, at, c, data, history.Changed, fields)
	return r, true, err
}

func deleted(ctx context.Context, at time.Time, c *Customer) (history.Record, error) {
	return record(ctx, at, c, &profilev1.CustomerDeleted{Customer: aggregate.Name(c.ID)}, history.Deleted, nil)
}

func undeleted(ctx context.Context, at time.Time, c *Customer) (history.Record, error) {
	return record(ctx, at, c, &profilev1.CustomerUndeleted{Customer: aggregate.Name(c.ID)}, history.Undeleted, nil)
}

func record(ctx context.Context, at time.Time, c *Customer, data proto.Message, action history.Action, fields []history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, c.ID, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_BASIC, fields), nil
}

// Public is what an event may tell of a customer: of the named fields, nil for all.
func Public(p *profilev1.Customer, names []string) *profilev1.Customer { return public(p, names) }

// impersonal are the fields of a person that an event may carry; everything else about a person is personal data.
var impersonal = map[protoreflect.Name]bool{"name": true, "kind": true, "relations": true, "territory": true, "owner": true}

// public is a copy for an event: only the named fields (nil = all), and of a person only the impersonal ones. Channels and addresses are of people often enough
// to be left out throughout.
func public(p *profilev1.Customer, names []string) *profilev1.Customer {
	keep := map[protoreflect.Name]bool{"name": true}
	for _, n := range names {
		keep[protoreflect.Name(n)] = true
	}
	out := proto.CloneOf(p)
	m := out.ProtoReflect()
	m.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		name := fd.Name()
		unwanted := names != nil && !keep[name]
		personal := name == "channels" || name == "addresses" || p.GetKind() == profilev1.Customer_PERSON && !impersonal[name]
		if unwanted || personal || name == "etag" {
			m.Clear(fd)
		}
		return true
	})
	return out
}
