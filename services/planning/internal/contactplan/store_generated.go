package contactplan

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/events"
)

// runs is the collection of the runs' names.
const runs = "contactPlanRuns"

// generated is a year of an owner that has been laid out.
type generated struct {
	figures
	owner  string
	fiscal int
	run    uuid.UUID
	first  int // the first day that could be planned
}

// noted is what is kept of it.
type noted struct {
	ID       uuid.UUID `db:"plan_id"`
	Sequence int64     `db:"sequence"`
	Demanded int32     `db:"demanded"`
	Placed   int32     `db:"placed"`
	Moved    int32     `db:"moved"`
}

// The customers without an owner come by pages: their figures add up within a run.
const noteYear = `insert into owner_years as y (owner, fiscal_year, run_id, sequence, plan_id, first_day, demanded, placed, moved, variation, ideal, generate_time)
	values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11)
	on conflict (owner, fiscal_year) do update set run_id = excluded.run_id, sequence = y.sequence + 1, first_day = excluded.first_day,
		demanded = excluded.demanded + case when y.owner = '' and y.run_id = excluded.run_id then y.demanded else 0 end,
		placed = excluded.placed + case when y.owner = '' and y.run_id = excluded.run_id then y.placed else 0 end,
		moved = excluded.moved + case when y.owner = '' and y.run_id = excluded.run_id then y.moved else 0 end,
		variation = excluded.variation, ideal = excluded.ideal, generate_time = excluded.generate_time
	returning plan_id, sequence, demanded, placed, moved`

// note keeps which years have been laid out, and announces them.
func (s *Store) note(ctx context.Context, f *frame, all []generated) error {
	list := make([]events.Event, 0, len(all))
	for _, g := range all {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("contactplan: %w", err)
		}
		var n noted
		err = s.db.Get(ctx, &n, noteYear, g.owner, g.fiscal, g.run, id, midnightOf(g.first), g.demanded, g.placed, g.moved, g.variation, g.ideal, f.now)
		if err != nil {
			return err
		}
		event, err := g.event(ctx, f.now, &n)
		if err != nil {
			return err
		}
		event.Version = n.Sequence
		list = append(list, event)
	}
	return events.InsertAll(ctx, s.db, list)
}
