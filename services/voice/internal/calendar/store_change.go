package calendar

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const (
	insertCalendar = `insert into business_calendars (calendar_id, code, version, create_time) values ($1, $2, 1, $3) on conflict do nothing`
	insertVersion  = `insert into business_calendar_versions (calendar_id, version, body, author, create_time, spans_from, spans_to) values ($1, $2, $3, $4, $5, $6, $7)`
	stored         = `select count(*) = 2 from business_calendars where calendar_id in ($1, $2)`

	lock    = `select version from business_calendars where calendar_id = $1 for no key update`
	advance = `update business_calendars set version = $2 where calendar_id = $1`

	announce = `with bumped as (
		update business_calendars set sequence = sequence + 1 where calendar_id = :aggregate_id returning calendar_id as aggregate_id, sequence as version
	)` + events.Insert
)

// Ship stores what a new installation has, once: what a later release ships does not change it. It does so apart from the caller's transaction, whose end does not matter to it.
func (s *Store) Ship(ctx context.Context) error {
	if s.shipped.Load() {
		return nil
	}
	ctx = s.db.Apart(ctx)
	var there bool
	if err := s.db.Get(ctx, &there, stored, ChinaOffice, AlwaysOpen); err != nil {
		return err
	}
	if there {
		s.shipped.Store(true)
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, c := range Shipped() {
			c.CreateTime = s.now()
			if _, err := s.insert(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// insert stores a new calendar; it does not when its code or its id is taken.
func (s *Store) insert(ctx context.Context, c *Calendar) (done bool, err error) {
	t, wrong := c.Understand()
	if len(wrong) > 0 {
		return false, fault.Invalid(wrong...)
	}
	result, err := s.db.Exec(ctx, insertCalendar, c.ID, c.Code, c.CreateTime)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, s.version(ctx, c, t)
}

// version stores a version with its spans.
func (s *Store) version(ctx context.Context, c *Calendar, t *Time) error {
	body, err := protojson.Marshal(c.body())
	if err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	from, to := Unrolled(c.CreateTime)
	if _, err := s.db.Exec(ctx, insertVersion, c.ID, c.Version, string(body), c.Author, c.CreateTime, from, to); err != nil {
		return err
	}
	return s.unroll(ctx, Version{c.ID, c.Version}, t, from, to, 0)
}

// Create stores a calendar as its first version.
func (s *Store) Create(ctx context.Context, c *Calendar) (err error) {
	if err := s.Ship(ctx); err != nil {
		return err
	}
	if c.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	c.Version, c.Author, c.CreateTime = 1, auth.From(ctx).Subject, s.now()
	return s.db.InTx(ctx, func(ctx context.Context) error {
		done, err := s.insert(ctx, c)
		if err != nil {
			return err
		}
		if !done {
			return fault.New(codes.AlreadyExists, "CODE_TAKEN", fault.Text{En: "there is a calendar " + c.Code, Zh: "已有代码为 " + c.Code + " 的日历"})
		}
		return s.announce(ctx, c, c.CreateTime, nil)
	})
}

// Change makes what set makes of the newest version a new one; fields are those that set changed, none when nothing did.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(c *Calendar) (fields []string, err error)) (*Calendar, error) {
	var changed *Calendar
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, lock, id); err != nil {
			return err
		}
		c, err := s.Get(ctx, id, 0)
		if err != nil {
			return err
		}
		changed = c
		if err := etag.Check(tag, int64(c.Version), Name(id)); err != nil {
			return err
		}
		fields, err := set(c)
		if err != nil || len(fields) == 0 {
			return err
		}
		t, wrong := c.Understand()
		if len(wrong) > 0 {
			return fault.Prefix(fault.Invalid(wrong...), "business_calendar")
		}
		c.Version, c.Author, c.CreateTime = c.Version+1, auth.From(ctx).Subject, s.now()
		if err := s.version(ctx, c, t); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, advance, id, c.Version); err != nil {
			return err
		}
		return s.announce(ctx, c, c.CreateTime, fields)
	})
	return changed, err
}

// announce writes the event under the calendar's next number.
func (s *Store) announce(ctx context.Context, c *Calendar, at time.Time, fields []string) error {
	e, err := events.New(ctx, at, c.ID, &voicev1.BusinessCalendarChanged{BusinessCalendar: Name(c.ID), Code: c.Code, Version: c.Version, Fields: fields})
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, announce, struct {
		events.Event
		AggregateID uuid.UUID `db:"aggregate_id"`
	}{e, e.Aggregate})
	return err
}
