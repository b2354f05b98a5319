package payment

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// recorded notes no field values in the history: the payment itself holds them, and corrections keep what was before them.
func recorded(ctx context.Context, at time.Time, p *Payment) (history.Record, error) {
	after, err := ToProto(p)
	if err != nil {
		return history.Record{}, err
	}
	return record(ctx, at, p, &profilev1.PaymentRecorded{Payment: after.GetName(), After: public(after)}, history.Created, nil)
}

// corrected compares the two states; ok is false when nothing differs.
func corrected(ctx context.Context, at time.Time, before, p *Payment) (r history.Record, ok bool, err error) {
	was, err := ToProto(before)
	if err != nil {
		return r, false, err
	}
	is, err := ToProto(p)
	if err != nil {
		return r, false, err
	}
	fields := history.Diff(was, is)
	if len(fields) == 0 {
		return r, false, nil
	}
	data := &profilev1.PaymentCorrected{Payment: is.GetName(), ChangedFields: history.Names(fields), Before: public(was), After: public(is)}
	r, err = record(ctx, at, p, data, history.Changed, fields)
	return r, true, err
}

// public is the payment for an event: the etag is of use only to those who read the payment itself.
func public(p *profilev1.Payment) *profilev1.Payment {
	out := proto.CloneOf(p)
	out.Etag = ""
	return out
}

func record(ctx context.Context, at time.Time, p *Payment, data proto.Message, action history.Action, fields []history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, p.CustomerID, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_BASIC, fields), nil
}
