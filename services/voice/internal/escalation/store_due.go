package escalation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/clock"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
)

const (
	// The first of the partial index: what is not due is not looked at, however much there is. Deleted customers wait until they are undeleted.
	selectCandidates = `select k.customer_id, k.case_id, k.clock_id from clocks k join customers c on c.customer_id = k.customer_id and c.delete_time is null
	where k.next_alarm_time <= $1 order by k.next_alarm_time, k.customer_id limit $2`

	// What of the candidates is still due now that the customers are held. Several steps of a clock that are late are told in order.
	selectDue = `select k.customer_id, k.case_id, k.clock_id, k.state as clock_state, k.measure, k.target_seconds, k.due_time, a.number, a.level, a.trigger, a.fire_time, c.territory, f.severity, f.assignee
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[])) as d (customer_id, case_id, clock_id)
	join clocks k on (k.customer_id, k.case_id, k.clock_id) = (d.customer_id, d.case_id, d.clock_id)
	join clock_alarms a on (a.customer_id, a.case_id, a.clock_id) = (k.customer_id, k.case_id, k.clock_id)
	join cases f on (f.customer_id, f.case_id) = (k.customer_id, k.case_id)
	join customers c on c.customer_id = k.customer_id
	where k.customer_id = any($4) and k.next_alarm_time <= $5 and a.fired_time is null and a.drop_time is null and a.fire_time <= $5
	order by k.customer_id, k.case_id, a.fire_time, k.clock_id, a.number`
)

// due is a step that is to be taken.
type due struct {
	Customer  uuid.UUID  `db:"customer_id"`
	Case      uuid.UUID  `db:"case_id"`
	Clock     uuid.UUID  `db:"clock_id"`
	State     int16      `db:"clock_state"`
	Measure   int16      `db:"measure"`
	Target    int64      `db:"target_seconds"`
	DueTime   *time.Time `db:"due_time"`
	Number    int16      `db:"number"`
	Level     Level      `db:"level"`
	Trigger   Trigger    `db:"trigger"`
	FireTime  time.Time  `db:"fire_time"`
	Territory string     `db:"territory"`
	Severity  int16      `db:"severity"`
	Assignee  string     `db:"assignee"`
}

func (d *due) firing() clock.Firing {
	return clock.Firing{Customer: d.Customer, Case: d.Case, Clock: d.Clock, Number: d.Number}
}

// open says whether a step is still of use: a breach has happened, whatever came after it, but nobody is told of a case whose clock has stopped since. One that stands still was
// running when the step's time came.
func (d *due) open() bool { return d.Level == Breach || d.State == running || d.State == paused }

// candidates are clocks of which something seems to be due, as arrays that a statement takes.
type candidates struct{ customers, cases, clocks []uuid.UUID }

func (s *Store) candidates(ctx context.Context, at time.Time) (*candidates, error) {
	var rows []struct {
		Customer uuid.UUID `db:"customer_id"`
		Case     uuid.UUID `db:"case_id"`
		Clock    uuid.UUID `db:"clock_id"`
	}
	if err := s.db.Select(ctx, &rows, selectCandidates, at, batch); err != nil {
		return nil, err
	}
	c := &candidates{}
	for _, r := range rows {
		c.customers, c.cases, c.clocks = append(c.customers, r.Customer), append(c.cases, r.Case), append(c.clocks, r.Clock)
	}
	return c, nil
}

// one is the set of the candidate alone.
func (c *candidates) one(i int) *candidates {
	return &candidates{c.customers[i : i+1], c.cases[i : i+1], c.clocks[i : i+1]}
}

// passDue takes the steps that are due of a batch of clocks. When something is wrong with one of them, which nothing now known can cause, the others are told all the same.
func (s *Store) passDue(ctx context.Context) (count int, err error) {
	at := s.now()
	c, err := s.candidates(ctx, at)
	if err != nil || len(c.clocks) == 0 {
		return 0, err
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return 0, err
	}
	count, err = s.passOf(ctx, c, at, numbers.Escalation.Acknowledge)
	if err == nil || errors.Is(err, errTaken) || postgres.Retryable(err) || ctx.Err() != nil {
		return count, err
	}
	count, err = 0, nil
	for i := range c.clocks {
		n, wrong := s.passOf(ctx, c.one(i), at, numbers.Escalation.Acknowledge)
		if wrong != nil && !errors.Is(wrong, errTaken) {
			err = fmt.Errorf("escalation: clock %s: %w", c.clocks[i], wrong)
			continue
		}
		count += n
	}
	return count, err
}

// passOf takes the steps that are due of some clocks.
func (s *Store) passOf(ctx context.Context, c *candidates, at time.Time, acknowledge time.Duration) (count int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := s.hold(ctx, c.customers)
		if err != nil {
			return err
		}
		steps, dropped, err := s.take(ctx, c, held, at)
		if err != nil {
			return err
		}
		if len(steps)+dropped == 0 { // somebody else was faster
			return errTaken
		}
		count = len(steps) + dropped
		return s.fire(ctx, steps, held, at, acknowledge)
	})
	return count, err
}

// take finds what is still due, and has the clocks note that it is done; dropped is how many steps were not taken, because their clock has stopped.
func (s *Store) take(ctx context.Context, c *candidates, held map[uuid.UUID]*aggregate.Held, at time.Time) (taken []due, dropped int, err error) {
	customers := make([]uuid.UUID, 0, len(held))
	for id := range held {
		customers = append(customers, id)
	}
	var found []due
	err = s.db.Select(ctx, &found, selectDue, pq.Array(c.customers), pq.Array(c.cases), pq.Array(c.clocks), pq.Array(customers), at)
	if err != nil || len(found) == 0 {
		return nil, 0, err
	}
	var open, stopped []due
	for i := range found {
		if found[i].open() {
			open = append(open, found[i])
		} else {
			stopped = append(stopped, found[i])
		}
	}
	if err := s.drop(ctx, stopped, at); err != nil || len(open) == 0 {
		return nil, len(stopped), err
	}
	taken, err = s.fired(ctx, open, at)
	return taken, len(stopped), err
}

// fired has the clocks note that steps are taken, and returns those that were not yet.
func (s *Store) fired(ctx context.Context, steps []due, at time.Time) ([]due, error) {
	firings := make([]clock.Firing, len(steps))
	for i := range steps {
		firings[i] = steps[i].firing()
	}
	fired, err := s.clocks.Fired(ctx, firings, at)
	if err != nil {
		return nil, err
	}
	first := make(map[clock.Firing]bool, len(fired))
	for _, f := range fired {
		first[f] = true
	}
	taken := steps[:0]
	for i := range steps {
		if first[steps[i].firing()] {
			taken = append(taken, steps[i])
		}
	}
	return taken, nil
}

// fire announces breaches and tells levels, in order.
func (s *Store) fire(ctx context.Context, steps []due, held map[uuid.UUID]*aggregate.Held, at time.Time, acknowledge time.Duration) error {
	leads, err := s.leads(ctx, steps)
	if err != nil {
		return err
	}
	o := &outcome{}
	for i := range steps {
		d := &steps[i]
		if d.Level == Breach {
			record, err := d.breached(ctx, at)
			if err != nil {
				return err
			}
			o.records, o.entries = append(o.records, record), append(o.entries, casefile.Noted{Entry: d.entry(at), Customer: d.Customer, Case: d.Case})
			continue
		}
		e := &Escalation{
			Customer: d.Customer, Case: d.Case, Clock: d.Clock, Measure: d.Measure, Number: &d.Number, Level: d.Level, Trigger: d.Trigger,
			PlannedTime: d.FireTime, ToldTime: at, DueTime: d.DueTime,
		}
		e.tell(d.Territory, leads)
		e.climb(acknowledge)
		if err := o.tell(ctx, e, d.Severity); err != nil {
			return err
		}
	}
	return s.write(ctx, o, held)
}

// leads are the desks above all of the steps.
func (s *Store) leads(ctx context.Context, steps []due) (map[string]*desk.Desk, error) {
	seen := map[string]bool{}
	var territories []string
	for i := range steps {
		for _, t := range desk.Path(steps[i].Territory) {
			if !seen[t] {
				seen[t] = true
				territories = append(territories, t)
			}
		}
	}
	return s.desks.Leads(ctx, territories)
}
