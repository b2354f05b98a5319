package contact

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// move is where somebody wants to have a contact.
type move struct {
	Day    time.Time
	Start  *time.Time
	Reason string
	Force  bool
}

// Move puts a contact on another day.
func (s *Store) Move(ctx context.Context, id uuid.UUID, tag string, m move) (*Contact, error) {
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	ask := func(ctx context.Context, c *Contact) error {
		if s.recheck == nil {
			return c.refuse("RESERVED", "is reserved, and there is no gate to ask for another day", "已预约，无法为其他日期重新核准")
		}
		return s.recheck(ctx, c.ID, m.Day)
	}
	return s.change(ctx, id, tag, m.Day, ask, func(ctx context.Context, c *Contact, o *owner) (history.Record, error) {
		if c.Origin == SpecialDate {
			return history.Record{}, c.refuse("SPECIAL_DATE", "is bound to its day", "仅限当日，不可改期")
		}
		if m.Day.Before(settings.DayIn(s.now(), o.zone(n))) {
			return history.Record{}, fault.Invalid(fault.Field("day", "PAST", fault.Text{En: "must not be before today", Zh: "不得早于今日"}))
		}
		if m.Start != nil && !settings.DayIn(*m.Start, o.zone(n)).Equal(m.Day) {
			return history.Record{}, fault.Invalid(fault.Field("start_time", "START_TIME", fault.Text{
				En: "is not on that day in the owner's time zone, " + o.zone(n).String(), Zh: "不在该日（负责人时区 " + o.zone(n).String() + "）",
			}))
		}
		if err := s.hard(ctx, c, o, m, n); err != nil {
			return history.Record{}, err
		}
		if !m.Force {
			if err := s.soft(ctx, c, o, m, n); err != nil {
				return history.Record{}, err
			}
		}
		before, was := c.toProto(true), c.Day
		c.Day, c.StartTime, c.Pinned, c.Reason, c.Obstacle = &m.Day, m.Start, true, m.Reason, 0
		if c.State == NotPlaced {
			c.State = Planned
		}
		return c.moved(ctx, s.now(), before, was)
	})
}

const dayLoad = `select coalesce(sum(minutes), 0) from contacts where owner = $1 and day = $2 and state in (1, 2, 3) and contact_id <> $3`

// hard holds a move to what nothing overrides: the owner's working days and his time.
func (s *Store) hard(ctx context.Context, c *Contact, o *owner, m move, n *settings.Numbers) error {
	if c.Minutes == 0 {
		return nil
	}
	if c.Owner == "" {
		return c.noOwnerError()
	}
	if o.Away || !n.Calendar(o.Calendar).Works(m.Day) {
		return c.notWorkingError(m.Day)
	}
	var taken int32
	if err := s.db.Get(ctx, &taken, dayLoad, c.Owner, m.Day, c.Contact); err != nil {
		return err
	}
	if room := o.room(n); taken+c.Minutes > room {
		return c.noCapacityError(m.Day, room, taken)
	}
	return nil
}

const (
	tooClose = `select exists (select from contacts where customer_id = $1 and contact_id <> $2 and minutes > 0 and state in (1, 2, 3)
		and abs(day - $3::date) < $4)`

	// Hours are compared in the owner's zone.
	notWanted = `select exists (select from contact_preferences where customer_id = $1 and person_id = any($2)
		and (refused_days @> array[$3::date] or refused_activities @> array[$4::smallint]
			or $5::smallint is not null and ($5 < from_minute or $5 + $6 > until_minute)))`
)

// soft holds a move to what force overrides.
func (s *Store) soft(ctx context.Context, c *Contact, o *owner, m move, n *settings.Numbers) error {
	if m.Day.Before(day(c.WindowStart)) || m.Day.After(day(c.WindowEnd)) {
		return c.outsideError()
	}
	var broken bool
	if c.Minutes > 0 {
		if err := s.db.Get(ctx, &broken, tooClose, c.Customer, c.Contact, m.Day, n.Layout.MinimumGapDays); err != nil {
			return err
		}
		if broken {
			return c.tooCloseError(n.Layout.MinimumGapDays)
		}
	}
	var minute *int
	if m.Start != nil {
		at := m.Start.In(o.zone(n))
		of := at.Hour()*60 + at.Minute()
		minute = &of
	}
	if err := s.db.Get(ctx, &broken, notWanted, c.Customer, c.People, m.Day, c.Activity, minute, c.Minutes); err != nil {
		return err
	}
	if broken {
		return c.notWantedError()
	}
	return nil
}

// day is a date of the database, whose midnight has a zone of its own, as midnight UTC.
func day(of time.Time) time.Time {
	return time.Date(of.Year(), of.Month(), of.Day(), 0, 0, 0, 0, time.UTC)
}
