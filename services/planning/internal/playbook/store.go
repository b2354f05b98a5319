package playbook

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Store keeps the versions of the playbook, and reads how customers stand by it.
type Store struct {
	db       *postgres.DB
	versions *settings.Store[*planningv1.Playbook]
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, versions: settings.NewStore(db, now, shipped(), check).In("playbooks", "playbook")}
}

// Of each department the last evaluation of phase ACTUAL, and its liaisons by level.
const standings = `with e as (
		select distinct on (lower(department)) lower(department) as department, level from evaluations
		where customer_id = $1 and kind = 3 and phase = 3 order by lower(department), evaluation_day desc, evaluation_id desc
	), l as (
		select lower(department) as department, count(distinct colleague) filter (where rank = 1) as working, count(distinct colleague) filter (where rank = 2) as middle,
			count(distinct colleague) filter (where rank = 3) as top
		from liaisons where customer_id = $1 group by lower(department)
	)
	select coalesce(e.department, l.department) as department, coalesce(level, 0) as actual, coalesce(working, 0) as working, coalesce(middle, 0) as middle, coalesce(top, 0) as top
	from e full join l using (department)`

// Standings are what is known of the departments of a customer, by their names in lower case.
func (s *Store) Standings(ctx context.Context, customer uuid.UUID) (map[string]Standing, error) {
	var rows []struct {
		Department string `db:"department"`
		Actual     int16  `db:"actual"`
		Working    int32  `db:"working"`
		Middle     int32  `db:"middle"`
		Top        int32  `db:"top"`
	}
	if err := s.db.Select(ctx, &rows, standings, customer); err != nil {
		return nil, err
	}
	known := make(map[string]Standing, len(rows))
	for _, r := range rows {
		known[key(r.Department)] = Standing{Actual: r.Actual, Working: r.Working, Middle: r.Middle, Top: r.Top}
	}
	return known, nil
}
