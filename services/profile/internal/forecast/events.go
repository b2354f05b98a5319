package forecast

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func recorded(ctx context.Context, at time.Time, f *Forecast) (history.Record, error) {
	after, err := ToProto(f)
	if err != nil {
		return history.Record{}, err
	}
	data := &profilev1.ExpectedSalesRecorded{ExpectedSales: after.GetName(), After: public(after)}
	return record(ctx, at, f, data, history.Created, history.Diff(nil, after))
}

// corrected compares the two states; ok is false when nothing differs.
func corrected(ctx context.Context, at time.Time, before, f *Forecast) (r history.Record, ok bool, err error) {
	was, err := ToProto(before)
	if err != nil {
		return r, false, err
	}
	is, err := ToProto(f)
	if err != nil {
		return r, false, err
	}
	fields := history.Diff(was, is)
	if len(fields) == 0 {
		return r, false, nil
	}
	data := &profilev1.ExpectedSalesCorrected{ExpectedSales: is.GetName(), ChangedFields: history.Names(fields), Before: public(was), After: public(is)}
	r, err = record(ctx, at, f, data, history.Changed, fields)
	return r, true, err
}

func deleted(ctx context.Context, at time.Time, f *Forecast) (history.Record, error) {
	was, err := ToProto(f)
	if err != nil {
		return history.Record{}, err
	}
	data := &profilev1.ExpectedSalesDeleted{ExpectedSales: was.GetName(), FiscalYear: f.FiscalYear, ProductLine: f.ProductLine}
	return record(ctx, at, f, data, history.Deleted, history.Diff(was, nil))
}

// public is the forecast for an event: without what is written in free words, and without what is of use only to those who read the forecast itself.
func public(p *profilev1.ExpectedSales) *profilev1.ExpectedSales {
	out := proto.CloneOf(p)
	out.Note, out.Etag = "", ""
	return out
}

func record(ctx context.Context, at time.Time, f *Forecast, data proto.Message, action history.Action, fields []history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, f.CustomerID, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_BASIC, fields), nil
}
