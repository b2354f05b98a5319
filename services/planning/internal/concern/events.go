package concern

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (c *Concern) opened(ctx context.Context) (*history.Record, error) {
	return c.record(ctx, c.CreateTime, history.Created, &planningv1.ConcernOpened{
		Concern: c.Name(), Major: c.Major, SourceSystem: c.SourceSystem, SourceId: c.SourceID, OpenTime: timestamppb.New(c.OpenTime),
	})
}

func (c *Concern) resolved(ctx context.Context, at time.Time) (*history.Record, error) {
	return c.record(ctx, at, history.Changed, &planningv1.ConcernResolved{Concern: c.Name(), Major: c.Major, ResolveTime: timestamppb.New(*c.ResolveTime)})
}

func (c *Concern) differs(ctx context.Context, at time.Time, fields []string) (*history.Record, error) {
	data := &planningv1.ConcernChanged{Concern: c.Name(), ChangedFields: fields, Major: c.Major}
	if c.ResolveTime != nil {
		data.ResolveTime = timestamppb.New(*c.ResolveTime)
	}
	return c.record(ctx, at, history.Changed, data)
}

func (c *Concern) record(ctx context.Context, at time.Time, action history.Action, data proto.Message) (*history.Record, error) {
	event, err := events.New(ctx, at, c.Customer, data)
	if err != nil {
		return nil, err
	}
	record := history.NewRecord(event, action, typev1.Level_BASIC, nil)
	return &record, nil
}
