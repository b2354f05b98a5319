package calendar

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// Store keeps calendars.
type Store struct {
	*versioned.Store[Calendar]

	db    *postgres.DB
	now   func() time.Time
	times sync.Map // of *Time by Version: those are never changed
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	s := &Store{db: db, now: now}
	s.Store = versioned.New(db, now, versioned.Kind[Calendar]{
		Collection: Collection, Field: "business_calendar", Called: fault.Text{En: "calendar", Zh: "日历"},
		Records: "business_calendars", Versions: "business_calendar_versions", ID: "calendar_id",
		Head: func(c *Calendar) *versioned.Head { return &c.Head },
		Body: func(c *Calendar) proto.Message { return c.body() },
		Read: read,
		Check: func(c *Calendar) []fault.Violation {
			_, wrong := c.Understand()
			return wrong
		},
		Insert: s.insertVersion,
		Event: func(c *Calendar, fields []string) proto.Message {
			return &voicev1.BusinessCalendarChanged{BusinessCalendar: Name(c.ID), Code: c.Code, Version: c.Version, Fields: fields}
		},
		Shipped: Shipped,
	})
	return s
}

func read(head versioned.Head, body []byte) (*Calendar, error) {
	kept := &voicev1.BusinessCalendar{}
	// A field of a newer release that shares the database is passed over.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, kept); err != nil {
		return nil, fmt.Errorf("calendar: body of %s: %w", head.ID, err)
	}
	c := &Calendar{}
	c.set(kept)
	c.Head = head
	return c, nil
}

const insertVersion = `insert into business_calendar_versions (calendar_id, version, body, author, create_time, spans_from, spans_to) values ($1, $2, $3, $4, $5, $6, $7)`

// insertVersion stores a version with its spans.
func (s *Store) insertVersion(ctx context.Context, c *Calendar, body string) error {
	t, wrong := c.Understand()
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	from, to := Unrolled(c.CreateTime)
	if _, err := s.db.Exec(ctx, insertVersion, c.ID, c.Version, body, c.Author, c.CreateTime, from, to); err != nil {
		return err
	}
	return s.unroll(ctx, Version{c.ID, c.Version}, t, from, to, 0)
}

// Version is one version of a calendar.
type Version struct {
	ID      uuid.UUID
	Version int32
}

// Time is what a version of a calendar reckons in.
func (s *Store) Time(ctx context.Context, v Version) (*Time, error) {
	if t, ok := s.times.Load(v); ok {
		return t.(*Time), nil //nolint:forcetypeassert // nothing else is stored
	}
	c, err := s.Get(ctx, v.ID, v.Version)
	if err != nil {
		return nil, err
	}
	t, wrong := c.Understand()
	if len(wrong) > 0 {
		return nil, fmt.Errorf("calendar: stored version %d of %s: %v", v.Version, v.ID, wrong)
	}
	s.times.Store(v, t)
	return t, nil
}

// Newest is the newest version of each calendar.
func (s *Store) Newest(ctx context.Context) (map[uuid.UUID]int32, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, err
	}
	var rows []struct {
		ID      uuid.UUID `db:"calendar_id"`
		Version int32     `db:"version"`
	}
	if err := s.db.Select(ctx, &rows, `select calendar_id, version from business_calendars`); err != nil {
		return nil, err
	}
	out := make(map[uuid.UUID]int32, len(rows))
	for _, r := range rows {
		out[r.ID] = r.Version
	}
	return out, nil
}
