package owner

import (
	"context"
	"errors"
	"time"

	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// Store keeps owners.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	columns = `o.owner, o.calendar, o.time_zone, o.daily_minutes, o.revision, o.create_time, o.update_time,
	case when o.feed_digest is not null then o.feed_time end as link_time,
	(select coalesce(jsonb_agg(jsonb_build_object('start', lower(a), 'end', upper(a) - 1) order by lower(a)), '[]') from unnest(o.absent) as a) as absences`

	get = `select ` + columns + ` from owners o where o.owner = $1`

	owning = `select exists (select from customers where owner = $1)`

	// Contacts that are planned or reserved make rows as well, with revision 1.
	ensure = `insert into owners (owner, revision, create_time, update_time) values ($1, 0, $2, $2) on conflict do nothing`

	lock = get + ` for no key update`

	set = `update owners set calendar = $2, time_zone = $3, daily_minutes = $4, revision = revision + 1, update_time = $7,
		absent = array(select daterange(a.first, a.last, '[]') from unnest(cast($5 as date[]), cast($6 as date[])) as a (first, last) order by a.first)
	where owner = $1`

	// A day of work more or less is felt by all his customers.
	replan = `insert into replans (customer_id, cause, reference, occur_time)
	select customer_id, $2, $3, $4 from customers where owner = $1 and delete_time is null`

	link = `update owners set feed_digest = $2, feed_level = $3, feed_scope = $4, feed_time = $5, revision = revision + 1, update_time = $5 where owner = $1`

	revoke = `update owners set feed_digest = null, feed_level = 0, feed_scope = null, feed_time = null, revision = revision + 1, update_time = $2
	where owner = $1 and feed_digest is not null`
)

// row is a row of owners.
type row struct {
	Subject      string                   `db:"owner"`
	Calendar     string                   `db:"calendar"`
	TimeZone     string                   `db:"time_zone"`
	DailyMinutes *int32                   `db:"daily_minutes"`
	Absences     postgres.JSON[[]absence] `db:"absences"`
	Revision     int64                    `db:"revision"`
	LinkTime     *time.Time               `db:"link_time"`
	CreateTime   time.Time                `db:"create_time"`
	UpdateTime   time.Time                `db:"update_time"`
}

type absence struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// Get reads an owner of whom something is kept, or who owns a customer, or who is the caller himself.
func (s *Store) Get(ctx context.Context, subject string) (*Owner, error) {
	return s.read(ctx, get, subject)
}

func (s *Store) read(ctx context.Context, query, subject string) (*Owner, error) {
	var r row
	err := s.db.Get(ctx, &r, query, subject)
	if err == nil {
		return r.owner()
	}
	if !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	known := auth.From(ctx).Subject == subject
	if !known {
		if err := s.db.Get(ctx, &known, owning, subject); err != nil {
			return nil, err
		}
	}
	if !known {
		return nil, fault.NotFound(Name(subject))
	}
	return &Owner{Subject: subject}, nil
}

// change has an owner changed while nobody else changes him or his time.
func (s *Store) change(ctx context.Context, subject string, do func(ctx context.Context, o *Owner) error) (*Owner, error) {
	var after *Owner
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Get(ctx, subject); err != nil { // no row for anybody at all
			return err
		}
		if _, err := s.db.Exec(ctx, ensure, subject, s.now()); err != nil {
			return err
		}
		before, err := s.read(ctx, lock, subject)
		if err != nil {
			return err
		}
		if err := do(ctx, before); err != nil {
			return err
		}
		after, err = s.Get(ctx, subject)
		return err
	})
	return after, err
}

// set writes when an owner works, and has his customers planned again.
func (s *Store) set(ctx context.Context, o *Owner) error {
	first, last := make([]string, len(o.Absences)), make([]string, len(o.Absences))
	for i, a := range o.Absences {
		first[i], last[i] = a.Start.Format(time.DateOnly), a.End.Format(time.DateOnly)
	}
	now := s.now()
	_, err := s.db.Exec(ctx, set, o.Subject, o.Calendar, o.TimeZone, o.DailyMinutes, pq.Array(first), pq.Array(last), now)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, replan, o.Subject, fact.CauseCapacity, Name(o.Subject), now)
	return err
}

// Issue makes the secret of a new link, which shows what the caller may see.
func (s *Store) Issue(ctx context.Context, subject string) (string, error) {
	secret, caller := newSecret(), auth.From(ctx)
	_, err := s.change(ctx, subject, func(ctx context.Context, _ *Owner) error {
		_, err := s.db.Exec(ctx, link, subject, Digest(secret), int16(caller.Level), caller.Scope(), s.now())
		return err
	})
	return secret, err
}

// Revoke makes the link void.
func (s *Store) Revoke(ctx context.Context, subject string) (*Owner, error) {
	before, err := s.Get(ctx, subject)
	if err != nil || before.LinkTime == nil {
		return before, err
	}
	return s.change(ctx, subject, func(ctx context.Context, _ *Owner) error {
		_, err := s.db.Exec(ctx, revoke, subject, s.now())
		return err
	})
}

// List reads a page of owners, or of the caller alone if only is not empty.
func (s *Store) List(ctx context.Context, plan *listing.Plan, only string) ([]*Owner, string, error) {
	query, args := plan.Query(columns, "owners o", "$1 = '' or o.owner = $1", only)
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Owner, len(rows))
	for i := range rows {
		if out[i], err = rows[i].owner(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}
