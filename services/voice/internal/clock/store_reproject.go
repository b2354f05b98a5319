package clock

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
)

// kind is that of the operations that take clocks over.
const kind = "voice-clock-reprojections"

// chunk is how many customers a step takes over: it bounds memory and how long they are held.
const chunk = 500

// reprojection is what a run was asked for.
type reprojection struct {
	Calendar *uuid.UUID `json:"calendar,omitempty"` // nil: all clocks, to the rules as they are
	Preview  bool       `json:"preview,omitempty"`
}

// Kind is the operation that takes clocks over. A step reads the open clocks of some customers by two statements and writes what has become of them by five; in between they are
// reckoned by the same algebra as a single one, which has no horizon and is exact.
func (s *Store) Kind() operation.Kind {
	return operation.Kind{Name: kind, Begin: s.begin, Step: s.step}
}

const (
	countOpen = `select count(*) from clocks where state in (1, 2) and ($1::uuid is null or calendar_id = $1)`

	nextOfCalendar = `select distinct customer_id from clocks where state in (1, 2) and calendar_id = $1 and customer_id > $2 order by customer_id limit $3`
	nextOfAll      = `select distinct customer_id from clocks where state in (1, 2) and customer_id > $1 order by customer_id limit $2`
)

func (s *Store) begin(ctx context.Context, o operation.Operation) (total int64, err error) {
	var asked reprojection
	if err := o.Decode(&asked); err != nil {
		return 0, err
	}
	return total, s.db.Get(ctx, &total, countOpen, asked.Calendar)
}

func (s *Store) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	ctx = events.WithCause(auth.With(ctx, auth.Principal{Subject: o.Actor, Territories: []string{auth.Anywhere}}), "recompute")
	var asked reprojection
	if err := o.Decode(&asked); err != nil {
		return did, err
	}
	after := uuid.Nil
	if o.Cursor != "" {
		if after, err = uuid.Parse(o.Cursor); err != nil {
			return did, err
		}
	}
	var customers []uuid.UUID
	if asked.Calendar != nil {
		err = s.db.Select(ctx, &customers, nextOfCalendar, *asked.Calendar, after, chunk)
	} else {
		err = s.db.Select(ctx, &customers, nextOfAll, after, chunk)
	}
	if err != nil || len(customers) == 0 {
		return operation.Progress{Cursor: o.Cursor, Finished: true}, err
	}
	did.Cursor = customers[len(customers)-1].String()
	did.Done, err = s.takeOver(ctx, o.ID, asked, customers)
	return did, err
}

// posed is a clock with what the rules ask of its case.
type posed struct {
	Clock
	Request  int16 `db:"request_kind"`
	Severity int16 `db:"severity"`
	Major    bool  `db:"major"`
	Class    int16 `db:"class"`
}

func (p *posed) of() Of {
	return Of{Customer: p.Customer, Case: p.Case, Request: p.Request, Severity: p.Severity, Major: p.Major, Class: p.Class, SLAFactor: p.Offered}
}

const (
	selectOpen = `select ` + columns + `, f.request_kind, f.severity, f.major, c.class
	from clocks k join cases f on (f.customer_id, f.case_id) = (k.customer_id, k.case_id) join customers c on c.customer_id = k.customer_id
	where k.customer_id = any($1) and k.state in (1, 2) and ($2::uuid is null or k.calendar_id = $2)
	order by k.customer_id, k.case_id, k.measure`
	selectOpenAlarms = `select ` + alarmColumns + ` from clock_alarms a join clocks k on (k.customer_id, k.case_id, k.clock_id) = (a.customer_id, a.case_id, a.clock_id)
	where k.customer_id = any($1) and k.state in (1, 2) and ($2::uuid is null or k.calendar_id = $2) and a.drop_time is null
	order by a.customer_id, a.case_id, a.clock_id, a.number`
)

// takeOver takes the open clocks of some customers over, or finds what that would move.
func (s *Store) takeOver(ctx context.Context, run uuid.UUID, asked reprojection, customers []uuid.UUID) (done int64, err error) {
	if !asked.Preview {
		if _, err := aggregate.Hold(ctx, s.db, customers); err != nil {
			return 0, err
		}
	}
	var rows []posed
	if err := s.db.Select(ctx, &rows, selectOpen, pq.Array(customers), asked.Calendar); err != nil {
		return 0, err
	}
	var alarms []Alarm
	if err := s.db.Select(ctx, &alarms, selectOpenAlarms, pq.Array(customers), asked.Calendar); err != nil {
		return 0, err
	}
	clocks := make([]*Clock, len(rows))
	for i := range rows {
		clocks[i] = &rows[i].Clock
	}
	if err := s.complete(ctx, clocks, alarms); err != nil {
		return 0, err
	}
	changed, moves, err := s.retake(ctx, asked, rows)
	if err != nil {
		return 0, err
	}
	if !asked.Preview {
		if err := s.save(ctx, changed); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), s.record(ctx, run, moves)
}

// moved is a move, as it is kept.
type moved struct {
	Customer     uuid.UUID  `db:"customer_id"   json:"customer_id"`
	Case         uuid.UUID  `db:"case_id"       json:"case_id"`
	Clock        uuid.UUID  `db:"clock_id"      json:"clock_id"`
	Measure      Measure    `db:"measure"       json:"measure"`
	BeforeDue    *time.Time `db:"before_due"    json:"before_due"`
	AfterDue     *time.Time `db:"after_due"     json:"after_due"`
	BeforeTarget int64      `db:"before_target" json:"before_target"`
	AfterTarget  int64      `db:"after_target"  json:"after_target"`
	BeforeRule   uuid.UUID  `db:"before_rule"   json:"before_rule"`
	AfterRule    uuid.UUID  `db:"after_rule"    json:"after_rule"`
}

// retake changes the clocks, and tells which have changed and what moved: one whose terms are other versions of the same changes without moving.
func (s *Store) retake(ctx context.Context, asked reprojection, rows []posed) (changed []*Clock, moves []moved, err error) {
	b, err := s.brief(ctx)
	if err != nil {
		return nil, nil, err
	}
	now := s.now()
	for i := range rows {
		k := &rows[i].Clock
		before := k.moving()
		did, err := s.takeOne(ctx, b, asked, &rows[i], now)
		if err != nil {
			return nil, nil, err
		}
		if !did {
			continue
		}
		changed = append(changed, k)
		if m := before.to(k); m.BeforeTarget != m.AfterTarget || m.BeforeRule != m.AfterRule || !equal(m.BeforeDue, m.AfterDue) {
			moves = append(moves, moved{k.Customer, k.Case, k.ID, k.Measure, m.BeforeDue, m.AfterDue, m.BeforeTarget, m.AfterTarget, m.BeforeRule, m.AfterRule})
		}
	}
	return changed, moves, nil
}

func (s *Store) takeOne(ctx context.Context, b *brief, asked reprojection, p *posed, now time.Time) (bool, error) {
	k := &p.Clock
	if asked.Calendar == nil {
		terms, err := b.promise(ctx, p.of(), k.Measure)
		if err != nil || terms == nil {
			return false, err
		}
		return k.retarget(*terms, RuleChanged, now), nil
	}
	next := calendar.Version{ID: k.Calendar, Version: b.newest[k.Calendar]}
	at, err := s.calendars.Time(ctx, next)
	if err != nil {
		return false, err
	}
	return k.recalendar(next, at, now), nil
}

func equal(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

const insertMoves = `insert into clock_moves (operation_id, customer_id, case_id, clock_id, measure, before_due, after_due, before_target, after_target, before_rule, after_rule)
	select $1, m.customer_id, m.case_id, m.clock_id, m.measure, m.before_due, m.after_due, m.before_target, m.after_target, m.before_rule, m.after_rule
	from jsonb_to_recordset($2) as m (customer_id uuid, case_id uuid, clock_id uuid, measure smallint, before_due timestamptz, after_due timestamptz, before_target bigint,
		after_target bigint, before_rule uuid, after_rule uuid)
	on conflict do nothing`

func (s *Store) record(ctx context.Context, run uuid.UUID, moves []moved) error {
	if len(moves) == 0 {
		return nil
	}
	_, err := s.db.Exec(ctx, insertMoves, run, postgres.JSON[any]{V: moves})
	return err
}
