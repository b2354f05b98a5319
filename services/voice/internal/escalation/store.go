package escalation

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/clock"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Store keeps escalations.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	settings *settings.Store
	desks    *desk.Store
	clocks   *clock.Store
	cases    *casefile.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{
		db: db, now: now, settings: numbers, desks: desk.NewStore(db, now), clocks: clock.NewStore(db, now), cases: casefile.NewStore(db, now, casefile.Tools{}),
	}
}

const (
	columns = `e.customer_id, e.escalation_id, e.case_id, e.clock_id, e.measure, e.number, e.level, e.trigger, e.territory, e.desk_id, e.subjects, e.planned_time, e.told_time,
	e.due_time, e.acknowledge_time, e.climb_time`

	from = `escalations e join customers c on c.customer_id = e.customer_id`

	selectByID = `select ` + columns + ` from ` + from + ` where e.escalation_id = $1 and guanxi_covers(c.territory, $2)`

	selectAcknowledgements = `select customer_id, escalation_id, subject, acknowledge_time, note from escalation_acknowledgements
	where (customer_id, escalation_id) in (select a.c, a.e from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as a (c, e)) order by customer_id, escalation_id, number`
)

// row is an escalation as it is stored.
type row struct {
	Customer        uuid.UUID      `db:"customer_id"`
	ID              uuid.UUID      `db:"escalation_id"`
	Case            uuid.UUID      `db:"case_id"`
	Clock           uuid.UUID      `db:"clock_id"`
	Measure         int16          `db:"measure"`
	Number          *int16         `db:"number"`
	Level           Level          `db:"level"`
	Trigger         Trigger        `db:"trigger"`
	Territory       string         `db:"territory"`
	Desk            uuid.NullUUID  `db:"desk_id"`
	Subjects        pq.StringArray `db:"subjects"`
	PlannedTime     time.Time      `db:"planned_time"`
	ToldTime        time.Time      `db:"told_time"`
	DueTime         *time.Time     `db:"due_time"`
	AcknowledgeTime *time.Time     `db:"acknowledge_time"`
	ClimbTime       *time.Time     `db:"climb_time"`
}

func (r *row) escalation() *Escalation {
	return &Escalation{
		Customer: r.Customer, ID: r.ID, Case: r.Case, Clock: r.Clock, Measure: r.Measure, Number: r.Number, Level: r.Level, Trigger: r.Trigger, Territory: r.Territory,
		Desk: r.Desk, Subjects: r.Subjects, PlannedTime: r.PlannedTime, ToldTime: r.ToldTime, DueTime: r.DueTime, AcknowledgeTime: r.AcknowledgeTime, ClimbTime: r.ClimbTime,
	}
}

// Get reads an escalation of a customer within the caller's territories.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Escalation, error) {
	var r row
	err := s.db.Get(ctx, &r, selectByID, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	e := r.escalation()
	return e, s.fill(ctx, []*Escalation{e})
}

// fill reads who has acknowledged.
func (s *Store) fill(ctx context.Context, all []*Escalation) error {
	of, customers, ids := make(map[uuid.UUID]*Escalation, len(all)), make([]uuid.UUID, len(all)), make([]uuid.UUID, len(all))
	for i, e := range all {
		of[e.ID], customers[i], ids[i] = e, e.Customer, e.ID
	}
	var rows []struct {
		Customer uuid.UUID `db:"customer_id"`
		ID       uuid.UUID `db:"escalation_id"`
		Subject  string    `db:"subject"`
		Time     time.Time `db:"acknowledge_time"`
		Note     string    `db:"note"`
	}
	if err := s.db.Select(ctx, &rows, selectAcknowledgements, pq.Array(customers), pq.Array(ids)); err != nil {
		return err
	}
	for _, r := range rows {
		of[r.ID].Acknowledgements = append(of[r.ID].Acknowledgements, Acknowledgement{Subject: r.Subject, Time: r.Time, Note: r.Note})
	}
	return nil
}

// List reads a page of the escalations of customers within the caller's territories, or of one case of theirs.
func (s *Store) List(ctx context.Context, plan *listing.Plan, of uuid.NullUUID) ([]*Escalation, string, error) {
	where, given := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if of.Valid {
		where += " and e.case_id = $2 and e.customer_id = (select customer_id from cases where case_id = $2)"
		given = append(given, of.UUID)
	}
	query, args := plan.Query(columns, from, where, given...)
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Escalation, len(rows))
	for i := range rows {
		out[i] = rows[i].escalation()
	}
	return out, next, s.fill(ctx, out)
}
