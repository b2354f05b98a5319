package calendar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Store keeps calendars.
type Store struct {
	db      *postgres.DB
	now     func() time.Time
	shipped atomic.Bool // what is shipped is known to be stored
	times   sync.Map    // of *Time by Version: those are never changed
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// Version is one version of a calendar.
type Version struct {
	ID      uuid.UUID
	Version int32
}

const (
	columns = `c.calendar_id, c.code, v.version, v.body, v.author, v.create_time`
	// newest are all calendars in their newest version.
	newest   = `business_calendars c join business_calendar_versions v on v.calendar_id = c.calendar_id and v.version = c.version`
	versions = `business_calendars c join business_calendar_versions v on v.calendar_id = c.calendar_id`
)

type row struct {
	ID         uuid.UUID `db:"calendar_id"`
	Code       string    `db:"code"`
	Version    int32     `db:"version"`
	Body       string    `db:"body"`
	Author     string    `db:"author"`
	CreateTime time.Time `db:"create_time"`
	listing.Cursor
}

func (r *row) calendar() (*Calendar, error) {
	body := &voicev1.BusinessCalendar{}
	// A field of a newer release that shares the database is passed over.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(r.Body), body); err != nil {
		return nil, fmt.Errorf("calendar: body of %s: %w", r.ID, err)
	}
	c := &Calendar{ID: r.ID, Version: r.Version, Author: r.Author, CreateTime: r.CreateTime}
	c.set(body)
	c.Code = r.Code
	return c, nil
}

const (
	selectNewest  = `select ` + columns + ` from ` + newest + ` where c.calendar_id = $1`
	selectVersion = `select ` + columns + ` from ` + versions + ` where c.calendar_id = $1 and v.version = $2`
	idOf          = `select calendar_id from business_calendars where code = $1`
)

// Get reads a version of a calendar; 0 is the newest.
func (s *Store) Get(ctx context.Context, id uuid.UUID, version int32) (*Calendar, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, err
	}
	var r row
	var err error
	if version == 0 {
		err = s.db.Get(ctx, &r, selectNewest, id)
	} else {
		err = s.db.Get(ctx, &r, selectVersion, id, version)
	}
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(Name(id))
	}
	if err != nil {
		return nil, err
	}
	return r.calendar()
}

// Find reads the id out of a name, businessCalendars/{id} or businessCalendars/{code}. One that is not there is NOT_FOUND.
func (s *Store) Find(ctx context.Context, field, name string) (id uuid.UUID, err error) {
	text, ok := strings.CutPrefix(name, Collection+"/")
	if id, err := uuid.Parse(text); ok && err == nil && id != uuid.Nil && id.String() == text {
		return id, nil
	}
	if !ok || !Code(text) {
		return uuid.Nil, fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
			En: "must be businessCalendars/{id} with an id or a code", Zh: "必须是 businessCalendars/{id} 形式的资源名，id 为标识或代码",
		}))
	}
	if err := s.Ship(ctx); err != nil {
		return uuid.Nil, err
	}
	err = s.db.Get(ctx, &id, idOf, text)
	if errors.Is(err, postgres.ErrNoRows) {
		return uuid.Nil, fault.NotFound(name)
	}
	return id, err
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

// List reads a page of the calendars in their newest versions.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Calendar, string, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, newest, "true")
	return s.page(ctx, plan, query, args)
}

// Versions reads a page of the versions of a calendar.
func (s *Store) Versions(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*Calendar, string, error) {
	query, args := plan.Query(columns, versions, "c.calendar_id = $1", id)
	return s.page(ctx, plan, query, args)
}

func (s *Store) page(ctx context.Context, plan *listing.Plan, query string, args []any) ([]*Calendar, string, error) {
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Calendar, len(rows))
	for i := range rows {
		if out[i], err = rows[i].calendar(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}
