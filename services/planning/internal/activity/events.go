package activity

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (a *Activity) planned(ctx context.Context) (history.Record, error) {
	return a.record(ctx, a.CreateTime, history.Created, nil, &planningv1.ActivityPlanned{
		Activity: a.Name(), Customer: aggregate.Name(a.Customer), Kind: planningv1.Activity(a.Kind), StartTime: timestamppb.New(a.Start), Occasion: a.Occasion,
	})
}

func (a *Activity) changed(ctx context.Context, at time.Time, fields []history.Field) (history.Record, error) {
	return a.record(ctx, at, history.Changed, fields, &planningv1.ActivityChanged{
		Activity: a.Name(), Customer: aggregate.Name(a.Customer), Kind: planningv1.Activity(a.Kind), StartTime: timestamppb.New(a.Start), Fields: history.Names(fields),
	})
}

func (a *Activity) completed(ctx context.Context, at time.Time) (history.Record, error) {
	return a.record(ctx, at, history.Changed, nil, &planningv1.ActivityCompleted{
		Activity: a.Name(), Customer: aggregate.Name(a.Customer), Kind: planningv1.Activity(a.Kind), StartTime: timestamppb.New(a.Start),
	})
}

func (a *Activity) cancelled(ctx context.Context, at time.Time) (history.Record, error) {
	return a.record(ctx, at, history.Changed, nil, &planningv1.ActivityCancelled{
		Activity: a.Name(), Customer: aggregate.Name(a.Customer), Kind: planningv1.Activity(a.Kind),
	})
}

// record keeps to those who know senior people what one of senior people alone is about.
func (a *Activity) record(ctx context.Context, at time.Time, action history.Action, fields []history.Field, data proto.Message) (history.Record, error) {
	event, err := events.New(ctx, at, a.Customer, data)
	level := typev1.Level_BASIC
	if len(a.People) > 0 && len(a.People) == len(a.Seniors) {
		level = typev1.Level_MANAGER
	}
	return history.NewRecord(event, action, level, fields), err
}
