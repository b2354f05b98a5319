package contactplan

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/layout"
)

const (
	selectYear = `select run_id, first_day, generate_time from owner_years where owner = $1 and fiscal_year = $2`

	// $2 is the caller's territories, $3 whether he may know of special dates.
	ofOwner = ` from contacts t join customers c on c.customer_id = t.customer_id
		where t.owner = $1 and guanxi_covers(c.territory, $2) and ($3 or t.origin <> 2)`

	selectDays = `select t.day - date '1970-01-01' as day, sum(t.minutes) as minutes, count(*) as contacts, count(*) filter (where t.state = 3) as done` + ofOwner + `
		and t.state in (1, 2, 3) and t.day >= $4 and t.day < $5 group by t.day`

	selectObstacles = `select t.obstacle, count(*) as contacts` + ofOwner + ` and t.state = 5 and t.window_start >= $4 and t.window_start < $5 group by t.obstacle order by t.obstacle`

	// Of the lengths only those count that could be planned.
	selectMinutes = `select t.minutes` + ofOwner + ` and t.state in (1, 2, 3) and t.minutes > 0 and t.day >= $4 and t.day < $5`
)

// viewed is a year of an owner as somebody may see it.
type viewed struct {
	owner     string
	fiscal    int
	generated *generatedYear
	year      year
	first     int // the first day that could be planned
	own       *owner
	days      map[int]dayLoad
	obstacles []obstacleCount
	minutes   []int32
	frame     *frame
}

type generatedYear struct {
	Run   uuid.UUID `db:"run_id"`
	First time.Time `db:"first_day"`
	Time  time.Time `db:"generate_time"`
}

type dayLoad struct {
	Day      int   `db:"day"`
	Minutes  int32 `db:"minutes"`
	Contacts int32 `db:"contacts"`
	Done     int32 `db:"done"`
}

type obstacleCount struct {
	Obstacle int16 `db:"obstacle"`
	Contacts int32 `db:"contacts"`
}

// view reads what became of a year of an owner.
func (s *Store) view(ctx context.Context, name string, fiscal int) (*viewed, error) {
	f, err := s.frame(ctx)
	if err != nil {
		return nil, err
	}
	if fiscal == 0 {
		fiscal = f.FiscalYear(midnightOf(f.today))
	}
	v := &viewed{owner: name, fiscal: fiscal, year: f.year(fiscal), frame: f, days: map[int]dayLoad{}}
	v.first = v.year.first
	var g generatedYear
	err = s.db.Get(ctx, &g, selectYear, name, fiscal)
	switch {
	case err == nil:
		v.generated, v.first = &g, dayOf(time.Date(g.First.Year(), g.First.Month(), g.First.Day(), 0, 0, 0, 0, time.UTC))
	case !errors.Is(err, postgres.ErrNoRows):
		return nil, err
	}
	owners, err := s.owners(ctx, f, []string{name}, selectOwners)
	if err != nil {
		return nil, err
	}
	if v.own = owners[name]; v.own == nil {
		v.own = &owner{name: name, daily: f.Layout.DailyMinutes}
	}
	if err := s.count(ctx, v); err != nil {
		return nil, err
	}
	// That a year was laid out is told to those only who may see all that it holds, or some of it.
	if len(v.days) == 0 && len(v.obstacles) == 0 && (v.generated == nil || !auth.From(ctx).Everywhere()) {
		return nil, resource.Missing(ctx, planName(name), typev1.Level_MANAGER)
	}
	return v, nil
}

func (s *Store) count(ctx context.Context, v *viewed) error {
	caller := auth.From(ctx)
	args := []any{v.owner, caller.Scope(), caller.Level >= typev1.Level_MANAGER, midnightOf(v.year.first), midnightOf(v.year.next)}
	var days []dayLoad
	if err := s.db.Select(ctx, &days, selectDays, args...); err != nil {
		return err
	}
	for _, d := range days {
		v.days[d.Day] = d
	}
	if err := s.db.Select(ctx, &v.obstacles, selectObstacles, args...); err != nil {
		return err
	}
	args[3] = midnightOf(v.first)
	return s.db.Select(ctx, &v.minutes, selectMinutes, args...)
}

// load are the minutes of the working days that could be planned.
func (v *viewed) load() (load []int32) {
	h := v.frame.horizon(v.own, v.year.first, v.year.next)
	for i, works := range h.Works {
		if day := v.year.first + i; works && h.Room[i] > 0 && day >= v.first {
			load = append(load, v.days[day].Minutes)
		}
	}
	return load
}

func (v *viewed) ideal(days int) float64 { return layout.Ideal(days, v.minutes) }
