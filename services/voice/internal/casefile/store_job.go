package casefile

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/schedule"
)

const (
	// Those of deleted customers wait until they come back.
	selectStale = `select k.case_id, k.resolve_time from cases k join customers c using (customer_id)
		where k.state = 6 and k.resolve_time <= $1 and c.delete_time is null and (k.resolve_time, k.case_id) > ($2, $3) order by k.resolve_time, k.case_id limit 200`

	selectOpen = `select ` + columns + ` from ` + from + ` where c.customer_id = $1 and c.delete_time is null and k.state < 6 order by k.case_id`
)

// Jobs are the scheduled work: closing what stays resolved, once an hour, and telling of actions that are late, when a day ends; somewhere one does at each hour.
func Jobs(s *Store) []schedule.Job {
	return []schedule.Job{
		{Name: "close-resolved-cases", Cron: "20 * * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return s.CloseResolved(ctx) }},
		{Name: "overdue-case-actions", Cron: "40 * * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return s.AnnounceOverdue(ctx) }},
	}
}

// background is a context for work that nobody asked for.
func background(ctx context.Context) context.Context {
	return events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "schedule")
}

// stale is a case that may be closed.
type stale struct {
	ID       uuid.UUID `db:"case_id"`
	Resolved time.Time `db:"resolve_time"`
}

// CloseResolved closes cases that have been resolved for so long that nobody seems to mind. Each is a transaction of its own: one over all would keep everybody else from the
// customers until the last is done.
func (s *Store) CloseResolved(ctx context.Context) error {
	ctx = s.db.Apart(background(ctx))
	numbers, err := s.Numbers.Current(ctx)
	if err != nil || numbers.Case.AutoClose == 0 {
		return err
	}
	until, last := s.now().Add(-numbers.Case.AutoClose), stale{}
	for {
		var some []stale
		if err := s.db.Select(ctx, &some, selectStale, until, last.Resolved, last.ID); err != nil || len(some) == 0 {
			return err
		}
		for _, last = range some {
			if err := s.closeStale(ctx, last.ID, until); err != nil && fault.From(err).Code() != codes.FailedPrecondition { // its customer was deleted just now
				return err
			}
		}
	}
}

// closeStale closes a case if it is still to be closed.
func (s *Store) closeStale(ctx context.Context, id uuid.UUID, until time.Time) error {
	_, err := s.Change(ctx, id, "", func(ctx context.Context, c *Case) ([]history.Record, error) {
		if c.State != Resolved || c.ResolveTime.After(until) { // somebody was quicker
			return nil, nil
		}
		return s.take(ctx, c, Step{Verb: Close, Text: "closed by itself: not confirmed in time"}, Options{}, true)
	})
	return err
}

// Moved judges the open cases of a customer anew whose class or policy has changed, and takes their clocks over; see fact.Moved.
func (s *Store) Moved(ctx context.Context, customer uuid.UUID, _ time.Time) error {
	ctx = auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
	var open []*Case
	if err := s.db.Select(ctx, &open, selectOpen, customer); err != nil || len(open) == 0 {
		return err
	}
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
	if err != nil {
		return err
	}
	open = nil
	if err := s.db.Select(ctx, &open, selectOpen, customer); err != nil { // as they are now that the customer is held
		return err
	}
	for _, c := range open {
		records, err := s.moved(ctx, c)
		if err != nil {
			return err
		}
		if err := aggregate.Record(ctx, s.db, held, records); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) moved(ctx context.Context, c *Case) ([]history.Record, error) {
	numbers, err := s.Numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	of, err := s.of(ctx, c)
	if err != nil {
		return nil, err
	}
	before := *c
	if c.Judge(numbers, of.Class) {
		return s.graded(ctx, &before, c, "the customer was judged anew")
	}
	_, err = s.Clocks.Reproject(ctx, of, s.at(c)) // class and factor count for times, too
	return nil, err
}
