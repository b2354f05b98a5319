package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store keeps the versions.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `version, expected_order_lead_days, rhythm_min_intervals, overdue_deviation_factor, overdue_median_factor, deleted_customer_days,
	author, create_time`

const inForce = `select ` + columns + ` from settings order by version desc limit 1`

// Current is the version in force.
func (s *Store) Current(ctx context.Context) (Settings, error) {
	var current Settings
	err := s.db.Get(ctx, &current, inForce)
	return current, err
}

const insertVersion = `insert into settings (` + columns + `)
	values (:version, :expected_order_lead_days, :rhythm_min_intervals, :overdue_deviation_factor, :overdue_median_factor, :deleted_customer_days,
		:author, :create_time)`

// Update makes a new version of what change makes of the one in force. Of two who do so at once one is told to look again.
func (s *Store) Update(ctx context.Context, tag string, change func(*Settings) error) (Settings, error) {
	current, err := s.Current(ctx)
	if err != nil {
		return current, err
	}
	if err := etag.Check(tag, int64(current.Version), Name); err != nil {
		return current, err
	}
	next := current
	if err := change(&next); err != nil {
		return current, err
	}
	if wrong := next.Check(); len(wrong) > 0 {
		return current, fault.Prefix(fault.Invalid(wrong...), "settings")
	}
	if next.same(current) {
		return current, nil
	}
	next.Version, next.Author, next.CreateTime = current.Version+1, auth.From(ctx).Subject, s.now()
	_, err = s.db.NamedExec(ctx, insertVersion, next)
	if postgres.Violated(err, "settings_pkey") {
		return current, fault.Aborted(Name)
	}
	return next, err
}

// Versions reads a page of the versions.
func (s *Store) Versions(ctx context.Context, plan *listing.Plan) ([]Settings, string, error) {
	query, args := plan.Query(columns, "settings", "")
	var rows []struct {
		Settings
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]Settings, len(rows))
	for i, r := range rows {
		out[i] = r.Settings
	}
	return out, next, err
}
