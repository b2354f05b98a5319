package group

import (
	"context"
	"encoding/json"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

func shared(ctx context.Context, at time.Time, before, s *Share) (history.Record, error) {
	data := &profilev1.PersonShared{Person: person.Name(s.CustomerID, s.PersonID), Customer: aggregate.Name(s.With)}
	return record(ctx, at, s, data, history.Field{From: before.text(), To: s.text()})
}

func unshared(ctx context.Context, at time.Time, s *Share) (history.Record, error) {
	data := &profilev1.PersonUnshared{Person: person.Name(s.CustomerID, s.PersonID), Customer: aggregate.Name(s.With)}
	return record(ctx, at, s, data, history.Field{From: s.text()})
}

// text is what a person is at the other company, as JSON for the history; empty: nothing.
func (s *Share) text() string {
	if s == nil {
		return ""
	}
	text, err := json.Marshal(map[string]string{"position": s.Position, "department": s.Department})
	if err != nil { // never of strings
		return ""
	}
	return string(text)
}

// record notes it in the history of the person: whoever may know of him may know of it, and it goes with him.
func record(ctx context.Context, at time.Time, s *Share, data proto.Message, field history.Field) (history.Record, error) {
	event, err := events.New(ctx, at, s.CustomerID, data)
	if err != nil {
		return history.Record{}, err
	}
	field.Path, field.Level = `shared["`+aggregate.Name(s.With)+`"]`, typev1.Level_BASIC
	level := typev1.Level_BASIC
	if s.Person == nil || s.Person.Senior { // who takes it back need not have read the person
		level = typev1.Level_MANAGER
	}
	return history.NewRecord(event, history.Changed, level, []history.Field{field}), nil
}
