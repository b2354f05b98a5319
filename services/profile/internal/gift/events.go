package gift

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func recorded(ctx context.Context, at time.Time, g *Gift) (history.Record, error) {
	return record(ctx, at, g, &profilev1.GiftRecorded{Gift: Name(g.CustomerID, g.PersonID, g.ID)}, history.Created)
}

// changed compares the two states; ok is false when nothing differs.
func changed(ctx context.Context, at time.Time, before, g *Gift) (r history.Record, ok bool, err error) {
	was, err := ToProto(before)
	if err != nil {
		return r, false, err
	}
	is, err := ToProto(g)
	if err != nil {
		return r, false, err
	}
	fields := history.Diff(was, is)
	if len(fields) == 0 {
		return r, false, nil
	}
	r, err = record(ctx, at, g, &profilev1.GiftChanged{Gift: is.GetName(), ChangedFields: history.Names(fields)}, history.Changed)
	return r, true, err
}

func deleted(ctx context.Context, at time.Time, g *Gift) (history.Record, error) {
	return record(ctx, at, g, &profilev1.GiftDeleted{Gift: Name(g.CustomerID, g.PersonID, g.ID)}, history.Deleted)
}

// record notes no values in the history: they are the person's, and what is forgotten of him must not be left there.
func record(ctx context.Context, at time.Time, g *Gift, data proto.Message, action history.Action) (history.Record, error) {
	event, err := events.New(ctx, at, g.CustomerID, data)
	if err != nil {
		return history.Record{}, err
	}
	return history.NewRecord(event, action, typev1.Level_MANAGER, nil), nil
}
