package supply

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// recorded tells of a position, and which one was the newest of the product line before its day, if any.
func recorded(ctx context.Context, at time.Time, previous, p *Position) (history.Record, error) {
	after := ToProto(p)
	data := &profilev1.SupplyPositionRecorded{SupplyPosition: after.GetName(), After: public(after)}
	if previous != nil {
		data.Before = public(ToProto(previous))
	}
	return record(ctx, at, p, data, history.Created, history.Diff(nil, after))
}

// changed compares the two states; ok is false when nothing differs.
func changed(ctx context.Context, at time.Time, was, p *Position) (r history.Record, ok bool, err error) {
	before, after := ToProto(was), ToProto(p)
	fields := history.Diff(before, after)
	if len(fields) == 0 {
		return r, false, nil
	}
	data := &profilev1.SupplyPositionChanged{
		SupplyPosition: after.GetName(), ChangedFields: history.Names(fields), Before: public(before), After: public(after),
	}
	r, err = record(ctx, at, p, data, history.Changed, fields)
	return r, true, err
}

func deleted(ctx context.Context, at time.Time, p *Position) (history.Record, error) {
	data := &profilev1.SupplyPositionDeleted{SupplyPosition: Name(p.CustomerID, p.ID), ProductLine: p.ProductLine, AsOfDate: civil.Date(p.AsOf)}
	return record(ctx, at, p, data, history.Deleted, history.Diff(ToProto(p), nil))
}

// public is the position for an event: without what is written in free words, and without what is of use only to those who read the position itself.
func public(p *profilev1.SupplyPosition) *profilev1.SupplyPosition {
	out := proto.CloneOf(p)
	out.Reason, out.Source, out.Etag, out.Current = "", "", "", false
	return out
}

func record(ctx context.Context, at time.Time, p *Position, data proto.Message, action history.Action, fields []history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, p.CustomerID, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_BASIC, fields), nil
}
