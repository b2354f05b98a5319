package person

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func created(ctx context.Context, at time.Time, p *Person) (history.Record, error) {
	after := ToProto(p)
	return record(ctx, at, p, &profilev1.PersonCreated{Person: after.GetName()}, history.Created, history.Diff(nil, after))
}

// changed compares the two states; ok is false when nothing differs.
func changed(ctx context.Context, at time.Time, before *profilev1.Person, p *Person) (r history.Record, ok bool, err error) {
	after := ToProto(p)
	fields := history.Diff(before, after)
	if len(fields) == 0 {
		return r, false, nil
	}
	data := &profilev1.PersonChanged{Person: after.GetName(), ChangedFields: history.Names(fields)}
	r, err = record(ctx, at, p, data, history.Changed, fields)
	return r, true, err
}

func deleted(ctx context.Context, at time.Time, p *Person) (history.Record, error) {
	return record(ctx, at, p, &profilev1.PersonDeleted{Person: Name(p.CustomerID, p.ID)}, history.Deleted, nil)
}

func erased(ctx context.Context, at time.Time, p *Person) (history.Record, error) {
	return record(ctx, at, p, &profilev1.PersonErased{Person: Name(p.CustomerID, p.ID)}, history.Deleted, nil)
}

func record(ctx context.Context, at time.Time, p *Person, data proto.Message, action history.Action, fields []history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, p.CustomerID, data)
	if err != nil {
		return history.Record{}, err
	}
	r := history.NewRecord(event, action, p.level(), fields)
	r.Fields, err = p.key.SealHistory(r.Fields)
	return r, err
}

// level is what it takes to know of the person.
func (p *Person) level() typev1.Level {
	if p.Senior {
		return typev1.Level_MANAGER
	}
	return typev1.Level_BASIC
}
