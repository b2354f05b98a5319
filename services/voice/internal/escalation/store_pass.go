package escalation

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/worker"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

const (
	// batch is how many clocks one transaction is for: it bounds how long their customers are held.
	batch = 200
	// poll is how late what is due may be found when nobody wakes the loop.
	poll = 250 * time.Millisecond
)

// errTaken rolls a transaction back in which nothing could be held: others have the customers in hand. It would else count as a write, and wake the loop at once.
var errTaken = errors.New("escalation: all that is due is in other hands")

// Loop has what is due told. Any number may run.
func (s *Store) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "escalations", Pass: s.Pass, Poll: poll, Log: log}).Start(s.db, "clocks", "escalations")
}

// Pass tells what is due of a batch of clocks, and of a batch of escalations that nobody has acknowledged, and returns how many steps that were.
func (s *Store) Pass(ctx context.Context) (count int, err error) {
	ctx = events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "escalation")
	for _, part := range []func(context.Context) (int, error){s.passDue, s.passClimbs} {
		n, err := part(ctx)
		if err != nil && !errors.Is(err, errTaken) {
			return count, err
		}
		count += n
	}
	return count, nil
}

// The lock is that of every writer of a customer. Who has one in hand looks to its clocks himself, or lets them be found by the next pass.
const holdFree = `select customer_id, sequence, false as deleted from customers where customer_id = any($1) and delete_time is null
	order by customer_id for no key update skip locked`

// hold locks those of the customers that nobody else holds.
func (s *Store) hold(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]*aggregate.Held, error) {
	var rows []aggregate.Held
	if err := s.db.Select(ctx, &rows, holdFree, pq.Array(customers)); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errTaken
	}
	held := make(map[uuid.UUID]*aggregate.Held, len(rows))
	for i := range rows {
		held[rows[i].ID] = &rows[i]
	}
	return held, nil
}

// outcome is what a pass writes.
type outcome struct {
	told    []*Escalation
	records []history.Record
	entries []casefile.Noted
}

// tell takes down that a level is told: its event, its entry in the timeline.
func (o *outcome) tell(ctx context.Context, e *Escalation, severity int16) (err error) {
	if e.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	record, err := e.told(ctx, severity)
	if err != nil {
		return err
	}
	o.told, o.records = append(o.told, e), append(o.records, record)
	o.entries = append(o.entries, casefile.Noted{Entry: e.entry(), Customer: e.Customer, Case: e.Case})
	return nil
}

// write stores what was told and announces it.
func (s *Store) write(ctx context.Context, o *outcome, held map[uuid.UUID]*aggregate.Held) error {
	columns := []string{
		"customer_id", "escalation_id", "case_id", "clock_id", "measure", "number", "level", "trigger", "territory", "desk_id", "subjects", "planned_time", "told_time",
		"due_time", "climb_time",
	}
	rows := func(yield func([]any) bool) {
		for _, e := range o.told {
			if !yield([]any{
				e.Customer, e.ID, e.Case, e.Clock, e.Measure, e.Number, int16(e.Level), int16(e.Trigger), e.Territory, e.Desk, pq.StringArray(e.Subjects), e.PlannedTime,
				e.ToldTime, e.DueTime, e.ClimbTime,
			}) {
				return
			}
		}
	}
	if err := s.db.CopyIn(ctx, "escalations", columns, rows); err != nil {
		return err
	}
	if err := s.cases.NoteAll(ctx, o.entries); err != nil {
		return err
	}
	return aggregate.Record(ctx, s.db, held, o.records)
}
