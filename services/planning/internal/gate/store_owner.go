package gate

import (
	"context"
	"errors"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

const (
	ensureOwner = `insert into owners (owner, create_time, update_time) values ($1, $2, $2) on conflict do nothing`
	lockOwner   = `select calendar, time_zone, daily_minutes,
		(select coalesce(jsonb_agg(jsonb_build_object('first', lower(a), 'next', upper(a))), '[]') from unnest(absent) as a where not isempty(a)) as absences
	from owners where owner = $1 for no key update`
)

type ownerRow struct {
	Calendar string                   `db:"calendar"`
	Zone     string                   `db:"time_zone"`
	Daily    *int32                   `db:"daily_minutes"`
	Absences postgres.JSON[[]absence] `db:"absences"`
}

// absence has no end where leave is open.
type absence struct {
	First *string `json:"first"`
	Next  *string `json:"next"`
}

// ensureOwner makes the row of an owner that can be locked. Nobody has no time of his own.
func (s *Store) ensureOwner(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	_, err := s.db.Exec(ctx, ensureOwner, name, s.now())
	return err
}

// holdOwner locks an owner. Of one who was never asked for there is no row, and all is as the settings have it; who reserves has made the row before.
func (s *Store) holdOwner(ctx context.Context, name string) (o ownerRow, err error) {
	err = s.db.Get(ctx, &o, lockOwner, name)
	if errors.Is(err, postgres.ErrNoRows) {
		return ownerRow{}, nil // and not what reading has made of it
	}
	return o, err
}

func (o *ownerRow) zone(n *settings.Numbers) *time.Location {
	if zone, err := time.LoadLocation(o.Zone); err == nil && o.Zone != "" {
		return zone
	}
	return n.Zone
}

func (o *ownerRow) owner(n *settings.Numbers, load map[time.Time]int32) (*Owner, error) {
	out := &Owner{Calendar: n.Calendar(o.Calendar), Daily: n.Layout.DailyMinutes, Load: load}
	if o.Daily != nil {
		out.Daily = *o.Daily
	}
	for _, a := range o.Absences.V {
		span := Span{Next: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
		for text, to := range map[*string]*time.Time{a.First: &span.First, a.Next: &span.Next} {
			if text == nil {
				continue
			}
			day, err := time.Parse(time.DateOnly, *text)
			if err != nil {
				return nil, err
			}
			*to = day
		}
		out.Absent = append(out.Absent, span)
	}
	return out, nil
}
