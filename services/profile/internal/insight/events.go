package insight

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (i *Insight) recorded(ctx context.Context) ([]history.Record, error) {
	after := i.toProto()
	data := &profilev1.InsightRecorded{Insight: after.GetName(), Date: after.GetDate(), SourceKind: after.GetSourceKind(), Sections: after.GetSections()}
	return i.record(ctx, i.UpdateTime, data, history.Created, history.Diff(nil, after))
}

// changed is of what differs from before; nothing when nothing does.
func (i *Insight) changed(ctx context.Context, before *profilev1.Insight) ([]history.Record, error) {
	after := i.toProto()
	fields := history.Diff(before, after)
	if len(fields) == 0 {
		return nil, nil
	}
	data := &profilev1.InsightChanged{Insight: after.GetName(), ChangedFields: history.Names(fields)}
	return i.record(ctx, i.UpdateTime, data, history.Changed, fields)
}

func (i *Insight) deleted(ctx context.Context, at time.Time) ([]history.Record, error) {
	return i.record(ctx, at, &profilev1.InsightDeleted{Insight: i.name()}, history.Deleted, nil)
}

func (i *Insight) record(ctx context.Context, at time.Time, data proto.Message, action history.Action, fields []history.Field) ([]history.Record, error) {
	event, err := events.New(ctx, at, i.Customer, data)
	if err != nil {
		return nil, err
	}
	return []history.Record{history.NewRecord(event, action, typev1.Level_MANAGER, fields)}, nil
}
