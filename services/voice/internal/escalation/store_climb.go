package escalation

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/voice/internal/clock"
)

const (
	selectClimbs = `select e.customer_id, e.escalation_id from escalations e join customers c on c.customer_id = e.customer_id and c.delete_time is null
	where e.climb_time <= $1 order by e.climb_time, e.customer_id limit $2`

	selectClimbing = `select e.customer_id, e.escalation_id, e.case_id, e.clock_id, e.measure, e.level, e.climb_time as fire_time, k.due_time, k.state as clock_state,
		c.territory, f.severity
	from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as d (customer_id, escalation_id)
	join escalations e on (e.customer_id, e.escalation_id) = (d.customer_id, d.escalation_id)
	join clocks k on (k.customer_id, k.case_id, k.clock_id) = (e.customer_id, e.case_id, e.clock_id)
	join cases f on (f.customer_id, f.case_id) = (e.customer_id, e.case_id)
	join customers c on c.customer_id = e.customer_id
	where e.customer_id = any($3) and e.climb_time <= $4
	order by e.customer_id, e.case_id, e.climb_time, e.escalation_id`

	// While the clock stands still nobody is told, nor is it forgotten.
	setClimb = `update escalations e set climb_time = n.climb_time
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as timestamptz[])) as n (customer_id, escalation_id, climb_time)
	where (e.customer_id, e.escalation_id) = (n.customer_id, n.escalation_id)`
)

// climbing is an escalation that nobody has acknowledged in time.
type climbing struct {
	due
	ID uuid.UUID `db:"escalation_id"`
}

// passClimbs has a batch of escalations that nobody has acknowledged go to the next level.
func (s *Store) passClimbs(ctx context.Context) (count int, err error) {
	at := s.now()
	var found []climbing
	if err := s.db.Select(ctx, &found, selectClimbs, at, batch); err != nil || len(found) == 0 {
		return 0, err
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		customers, ids := make([]uuid.UUID, len(found)), make([]uuid.UUID, len(found))
		for i := range found {
			customers[i], ids[i] = found[i].Customer, found[i].ID
		}
		held, err := s.hold(ctx, customers)
		if err != nil {
			return err
		}
		free := make([]uuid.UUID, 0, len(held))
		for id := range held {
			free = append(free, id)
		}
		var late []climbing
		if err := s.db.Select(ctx, &late, selectClimbing, pq.Array(customers), pq.Array(ids), pq.Array(free), at); err != nil {
			return err
		}
		if len(late) == 0 {
			return errTaken
		}
		count = len(late)
		o, err := s.climbAll(ctx, late, at, numbers.Escalation.Acknowledge)
		if err != nil {
			return err
		}
		return s.write(ctx, o, held)
	})
	return count, err
}

// climbAll tells the next level of each, once.
func (s *Store) climbAll(ctx context.Context, late []climbing, at time.Time, acknowledge time.Duration) (*outcome, error) {
	steps := make([]due, len(late))
	customers, ids, times := make([]uuid.UUID, len(late)), make([]uuid.UUID, len(late)), make([]*time.Time, len(late))
	for i := range late {
		steps[i], customers[i], ids[i] = late[i].due, late[i].Customer, late[i].ID
	}
	leads, err := s.leads(ctx, steps)
	if err != nil {
		return nil, err
	}
	o := &outcome{}
	for i := range late {
		l := &late[i]
		switch l.State {
		case running:
			e := &Escalation{
				Customer: l.Customer, Case: l.Case, Clock: l.Clock, Measure: l.Measure, Level: l.Level + 1, Trigger: NotAcknowledged,
				PlannedTime: l.FireTime, ToldTime: at, DueTime: l.DueTime,
			}
			e.tell(l.Territory, leads)
			e.climb(acknowledge)
			if err := o.tell(ctx, e, l.Severity); err != nil {
				return nil, err
			}
		case paused:
			later := at.Add(max(acknowledge, time.Minute))
			times[i] = &later
		}
	}
	charged := make([]clock.Told, len(o.told))
	for i, e := range o.told {
		charged[i] = clock.Told{Customer: e.Customer, Case: e.Case, Clock: e.Clock, Level: int16(e.Level)}
	}
	if err := s.clocks.Charge(ctx, charged, at); err != nil {
		return nil, err
	}
	_, err = s.db.Exec(ctx, setClimb, pq.Array(customers), pq.Array(ids), pq.Array(times))
	return o, err
}
