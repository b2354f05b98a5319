package order

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// recorded notes no field values in the history: the order itself holds them, and corrections keep what was before them.
func recorded(ctx context.Context, at time.Time, o *Order) (history.Record, error) {
	after, err := ToProto(o)
	if err != nil {
		return history.Record{}, err
	}
	return record(ctx, at, o, &profilev1.OrderRecorded{Order: after.GetName(), After: public(after)}, history.Created, nil)
}

// corrected compares the two states; ok is false when nothing differs.
func corrected(ctx context.Context, at time.Time, before, o *Order) (r history.Record, ok bool, err error) {
	was, err := ToProto(before)
	if err != nil {
		return r, false, err
	}
	is, err := ToProto(o)
	if err != nil {
		return r, false, err
	}
	fields := history.Diff(was, is)
	if len(fields) == 0 {
		return r, false, nil
	}
	data := &profilev1.OrderCorrected{Order: is.GetName(), ChangedFields: history.Names(fields), Before: public(was), After: public(is)}
	r, err = record(ctx, at, o, data, history.Changed, fields)
	return r, true, err
}

func record(ctx context.Context, at time.Time, o *Order, data proto.Message, action history.Action, fields []history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, o.CustomerID, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_BASIC, fields), nil
}

// spaciousLines is how much of an event an order's lines may take; of a longer order the event carries none and GetOrder has them. Two states of 300 kB each
// leave room for the rest below what the broker takes.
const spaciousLines = 300 << 10

// public is the order for an event. Who wants the articles in words asks for the order.
func public(p *profilev1.Order) *profilev1.Order {
	out := proto.CloneOf(p)
	out.Etag = ""
	size := 0
	for _, l := range out.GetLines() {
		l.Description = ""
		size += jsonOverhead + len(l.GetProductLine()) + len(l.GetProductCode())
	}
	if size > spaciousLines {
		out.Lines = nil
	}
	return out
}

// jsonOverhead is about what the names and figures of a line take in JSON.
const jsonOverhead = 200
