package escalation

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

const (
	dropAlarms = `update clock_alarms a set drop_time = $5, fire_time = null
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[]), cast($4 as smallint[])) as d (customer_id, case_id, clock_id, number)
	where (a.customer_id, a.case_id, a.clock_id, a.number) = (d.customer_id, d.case_id, d.clock_id, d.number) and a.fired_time is null`

	nextAlarms = `update clocks k set next_alarm_time = n.fire_time, next_alarm = n.number
	from (select distinct * from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[])) as u (customer_id, case_id, clock_id)) d
	left join lateral (
		select a.fire_time, a.number from clock_alarms a
		where (a.customer_id, a.case_id, a.clock_id) = (d.customer_id, d.case_id, d.clock_id) and a.fired_time is null and a.drop_time is null and a.fire_time is not null
		order by a.fire_time, a.number limit 1
	) n on true
	where (k.customer_id, k.case_id, k.clock_id) = (d.customer_id, d.case_id, d.clock_id)`
)

// drop gives up steps of clocks that have stopped, so that they are not found again.
func (s *Store) drop(ctx context.Context, steps []due, at time.Time) error {
	if len(steps) == 0 {
		return nil
	}
	customers, cases, clocks, numbers := make([]uuid.UUID, len(steps)), make([]uuid.UUID, len(steps)), make([]uuid.UUID, len(steps)), make([]int16, len(steps))
	for i := range steps {
		customers[i], cases[i], clocks[i], numbers[i] = steps[i].Customer, steps[i].Case, steps[i].Clock, steps[i].Number
	}
	if _, err := s.db.Exec(ctx, dropAlarms, pq.Array(customers), pq.Array(cases), pq.Array(clocks), pq.Array(numbers), at); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, nextAlarms, pq.Array(customers), pq.Array(cases), pq.Array(clocks))
	return err
}
