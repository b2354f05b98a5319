package clock

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
)

const (
	columns = `k.customer_id, k.case_id, k.clock_id, k.measure, k.rule_id, k.rule_version, k.calendar_id, k.calendar_version, k.sla_factor, k.customer_factor, k.target_seconds, k.pauses, k.state,
	k.used_seconds, k.intervals, k.alarms, k.change_time, k.running_since, k.due_time, k.breach_time, k.next_alarm_time, k.next_alarm`
	alarmColumns = `a.customer_id, a.case_id, a.clock_id, a.number, a.level, a.trigger, a.at_seconds, a.fire_time, a.fired_time, a.add_time, a.drop_time`

	selectClocks = `select ` + columns + ` from clocks k where k.customer_id = $1 and k.case_id = $2 order by k.measure`
	selectAlarms = `select ` + alarmColumns + ` from clock_alarms a where a.customer_id = $1 and a.case_id = $2 and a.drop_time is null order by a.clock_id, a.number`
)

// load reads the clocks of a case, to be changed by a transaction that holds the customer.
func (s *Store) load(ctx context.Context, customer, id uuid.UUID) ([]*Clock, error) {
	var clocks []*Clock
	if err := s.db.Select(ctx, &clocks, selectClocks, customer, id); err != nil || len(clocks) == 0 {
		return nil, err
	}
	var alarms []Alarm
	if err := s.db.Select(ctx, &alarms, selectAlarms, customer, id); err != nil {
		return nil, err
	}
	return clocks, s.complete(ctx, clocks, alarms)
}

// complete gives clocks their alarms and their calendars.
func (s *Store) complete(ctx context.Context, clocks []*Clock, alarms []Alarm) error {
	byID := make(map[uuid.UUID]*Clock, len(clocks))
	for _, k := range clocks {
		byID[k.ID] = k
		at, err := s.calendars.Time(ctx, calendar.Version{ID: k.Calendar, Version: k.CalendarVersion})
		if err != nil {
			return err
		}
		k.time = at
	}
	for _, a := range alarms {
		if k := byID[a.Clock]; k != nil {
			k.Alarms = append(k.Alarms, a)
		}
	}
	return nil
}

const (
	recordClock = `(customer_id uuid, case_id uuid, clock_id uuid, measure smallint, rule_id uuid, rule_version integer, calendar_id uuid, calendar_version integer,
	sla_factor numeric, customer_factor numeric, target_seconds bigint, pauses boolean, state smallint, used_seconds bigint, intervals integer, alarms smallint, change_time timestamptz,
	running_since timestamptz, due_time timestamptz, breach_time timestamptz, next_alarm_time timestamptz, next_alarm smallint)`
	writeClocks = `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, sla_factor, customer_factor, target_seconds, pauses, state,
	used_seconds, intervals, alarms, change_time, running_since, due_time, breach_time, next_alarm_time, next_alarm)
	select ` + columns + ` from jsonb_to_recordset($1) as k ` + recordClock + ` order by k.customer_id, k.case_id, k.clock_id
	on conflict on constraint clocks_pkey do update set rule_id = excluded.rule_id, rule_version = excluded.rule_version, calendar_id = excluded.calendar_id,
	calendar_version = excluded.calendar_version, sla_factor = excluded.sla_factor, customer_factor = excluded.customer_factor, target_seconds = excluded.target_seconds, pauses = excluded.pauses, state = excluded.state,
	used_seconds = excluded.used_seconds, intervals = excluded.intervals, alarms = excluded.alarms, change_time = excluded.change_time, running_since = excluded.running_since,
	due_time = excluded.due_time, breach_time = excluded.breach_time, next_alarm_time = excluded.next_alarm_time, next_alarm = excluded.next_alarm`

	// The interval that lasts ends where the first new one begins; those of escalation levels end with the clock.
	endIntervals = `update clock_intervals i set end_time = d.start_time
	from jsonb_to_recordset($1) as d (customer_id uuid, case_id uuid, clock_id uuid, start_time timestamptz, ended boolean)
	where (i.customer_id, i.case_id, i.clock_id) = (d.customer_id, d.case_id, d.clock_id) and i.end_time is null and (i.level = 0 or d.ended)`
	recordInterval = `(customer_id uuid, case_id uuid, clock_id uuid, number integer, level smallint, cause smallint, state smallint, start_time timestamptz, end_time timestamptz,
	rule_id uuid, rule_version integer, calendar_id uuid, calendar_version integer, sla_factor numeric, target_seconds bigint, used_seconds bigint, due_time timestamptz)`
	intervalColumns = `i.customer_id, i.case_id, i.clock_id, i.number, i.level, i.cause, i.state, i.start_time, i.end_time, i.rule_id, i.rule_version, i.calendar_id,
	i.calendar_version, i.sla_factor, i.target_seconds, i.used_seconds, i.due_time`
	insertIntervals = `insert into clock_intervals (customer_id, case_id, clock_id, number, level, cause, state, start_time, end_time, rule_id, rule_version, calendar_id,
	calendar_version, sla_factor, target_seconds, used_seconds, due_time)
	select ` + intervalColumns + ` from jsonb_to_recordset($1) as i ` + recordInterval

	recordAlarm = `(customer_id uuid, case_id uuid, clock_id uuid, number smallint, level smallint, trigger smallint, at_seconds bigint, fire_time timestamptz,
	fired_time timestamptz, add_time timestamptz, drop_time timestamptz)`
	writeAlarms = `insert into clock_alarms (customer_id, case_id, clock_id, number, level, trigger, at_seconds, fire_time, fired_time, add_time, drop_time)
	select ` + alarmColumns + ` from jsonb_to_recordset($1) as a ` + recordAlarm + `
	on conflict on constraint clock_alarms_pkey do update set fire_time = excluded.fire_time, drop_time = excluded.drop_time`
)

// ending is where the interval of a clock that lasts comes to its end.
type ending struct {
	Customer uuid.UUID `json:"customer_id"`
	Case     uuid.UUID `json:"case_id"`
	Clock    uuid.UUID `json:"clock_id"`
	Start    time.Time `json:"start_time"`
	Ended    bool      `json:"ended"`
}

// save writes what has become of clocks, however many, by four statements.
func (s *Store) save(ctx context.Context, clocks []*Clock) error {
	if len(clocks) == 0 {
		return nil
	}
	var ends []ending
	var log []Interval
	var alarms []Alarm
	for _, k := range clocks {
		if len(k.log) == 0 {
			continue
		}
		ends = append(ends, ending{k.Customer, k.Case, k.ID, k.log[0].Start, !k.State.Open()})
		log = append(log, k.log...)
		k.log = nil
		for _, a := range k.Alarms {
			if a.Fired == nil {
				alarms = append(alarms, a)
			}
		}
	}
	for _, w := range []struct {
		query string
		rows  any
	}{{writeClocks, postgres.JSON[any]{V: clocks}}, {endIntervals, postgres.JSON[any]{V: ends}}, {insertIntervals, postgres.JSON[any]{V: log}}, {writeAlarms, postgres.JSON[any]{V: postgres.OrEmpty(alarms)}}} {
		if _, err := s.db.Exec(ctx, w.query, w.rows); err != nil {
			return err
		}
	}
	return nil
}
