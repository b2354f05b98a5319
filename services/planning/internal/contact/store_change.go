package contact

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

const (
	ensureOwner = `insert into owners (owner, create_time, update_time) values ($1, $2, $2) on conflict do nothing`
	lockOwner   = `select calendar, time_zone, daily_minutes, exists (select from unnest(absent) a (days) where a.days @> cast($2 as date)) as away
		from owners where owner = $1 for no key update`

	update = `update contacts set day = :day, start_time = :start_time, minutes = :minutes, state = :state, pinned = :pinned, obstacle = :obstacle, outcome = :outcome,
			responded = :responded, reschedule_note = :reschedule_note, author = :author, revision = :revision, update_time = :update_time, done_time = :done_time
		where customer_id = :customer_id and contact_id = :contact_id`
)

// owner is what his row says; without one the settings do.
type owner struct {
	Calendar string `db:"calendar"`
	Zone     string `db:"time_zone"`
	Daily    *int32 `db:"daily_minutes"`
	Away     bool   `db:"away"`

	name     string
	reserved bool // the contact was when the gate was asked
}

// zone is where his days begin.
func (o *owner) zone(n *settings.Numbers) *time.Location {
	if zone, err := time.LoadLocation(o.Zone); err == nil && o.Zone != "" {
		return zone
	}
	return n.Zone
}

// room is how much time he has on a working day.
func (o *owner) room(n *settings.Numbers) int32 {
	if o.Daily != nil {
		return *o.Daily
	}
	return n.Layout.DailyMinutes
}

// hold locks an owner; day is the one whose absence is asked. Nobody's contacts are nobody's time.
func (s *Store) hold(ctx context.Context, name string, day time.Time) (*owner, error) {
	var o owner
	if name == "" {
		return &o, nil
	}
	if _, err := s.db.Exec(ctx, ensureOwner, name, s.now()); err != nil {
		return nil, err
	}
	return &o, s.db.Get(ctx, &o, lockOwner, name, day)
}

// change does something to an unfinished contact that the caller may see, on behalf of the caller: the gate is asked first, since its locks come first, then the owner and the
// customer are held, then fn alters the contact, and what it returns is recorded.
func (s *Store) change(ctx context.Context, id uuid.UUID, tag string, day time.Time, gate func(context.Context, *Contact) error,
	fn func(context.Context, *Contact, *owner) (history.Record, error),
) (c *Contact, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		o, held, err := s.lock(ctx, id, tag, day, gate)
		if err != nil {
			return err
		}
		if c, err = s.open(ctx, id, tag); err != nil {
			return err
		}
		if held[c.Customer] == nil || c.Owner != o.name || (c.State == Reserved) != o.reserved {
			return fault.Aborted(c.Name()) // it changed while we waited
		}
		record, err := fn(ctx, c, o)
		if err != nil {
			return err
		}
		c.Revision++
		c.UpdateTime, c.Author = record.Time, auth.From(ctx).Subject
		if _, err := s.db.NamedExec(ctx, update, c); err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{record})
	})
	return c, err
}

// lock asks the gate and takes the locks, in the order that everybody keeps.
func (s *Store) lock(ctx context.Context, id uuid.UUID, tag string, day time.Time, gate func(context.Context, *Contact) error) (*owner, map[uuid.UUID]*aggregate.Held, error) {
	c, err := s.open(ctx, id, tag)
	if err != nil {
		return nil, nil, err
	}
	if c.State == Reserved {
		if err := gate(ctx, c); err != nil {
			return nil, nil, err
		}
	}
	o, err := s.hold(ctx, c.Owner, day)
	if err != nil {
		return nil, nil, err
	}
	o.name, o.reserved = c.Owner, c.State == Reserved
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{c.Customer})
	if err != nil {
		return nil, nil, err
	}
	if h := held[c.Customer]; h == nil || h.Deleted {
		return nil, nil, aggregate.Explain(ctx, s.db, c.Customer)
	}
	return o, held, nil
}

// open reads a contact that something can still be done with.
func (s *Store) open(ctx context.Context, id uuid.UUID, tag string) (*Contact, error) {
	c, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := etag.Check(tag, c.Revision, c.Name()); err != nil {
		return nil, err
	}
	if c.State.Finished() {
		return nil, c.finishedError()
	}
	return c, nil
}

// completion is what came of a contact.
type completion struct {
	Outcome   *string
	Responded *bool
	Minutes   *int32
	Time      time.Time
}

// Complete notes that a contact has been made.
func (s *Store) Complete(ctx context.Context, id uuid.UUID, tag string, done completion) (*Contact, error) {
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	free := func(context.Context, *Contact) error { return nil }
	return s.change(ctx, id, tag, done.Time, free, func(ctx context.Context, c *Contact, o *owner) (history.Record, error) {
		before := c.toProto(true)
		day := settings.DayIn(done.Time, o.zone(n))
		if c.StartTime != nil && !day.Equal(*c.Day) {
			c.StartTime = nil
		}
		c.Day, c.State, c.Obstacle, c.DoneTime, c.Responded = &day, Done, 0, &done.Time, done.Responded
		if done.Outcome != nil {
			c.Outcome = *done.Outcome
		}
		if done.Minutes != nil {
			c.Minutes = *done.Minutes
		}
		return c.done(ctx, s.now(), before)
	})
}

// Cancel calls a contact off. It counts as what the policy demands: planning again does not bring it back.
func (s *Store) Cancel(ctx context.Context, id uuid.UUID, tag, reason string) (*Contact, error) {
	free := func(ctx context.Context, c *Contact) error {
		if s.release == nil {
			return nil
		}
		return s.release(ctx, c.ID)
	}
	return s.change(ctx, id, tag, s.now(), free, func(ctx context.Context, c *Contact, _ *owner) (history.Record, error) {
		before := c.toProto(true)
		c.State, c.Pinned, c.Reason, c.Obstacle = Cancelled, true, reason, 0
		return c.cancelled(ctx, s.now(), before)
	})
}
