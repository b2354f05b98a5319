package evaluation

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// Store keeps evaluations and the ladder.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// row is an evaluation as it is stored.
type row struct {
	Evaluation
	Scores postgres.JSON[[]Score] `db:"scores"`
}

func (r *row) evaluation() *Evaluation {
	e := r.Evaluation
	e.Scores = r.Scores.V
	return &e
}

const (
	columns = `e.customer_id, e.evaluation_id, e.kind, e.person_id, e.department, e.phase, e.fiscal_year, e.evaluation_day, e.scores, e.computed_level, e.level, e.level_reason,
	e.ladder, e.ladder_evidence, e.author, e.create_time`

	insert = `insert into evaluations (customer_id, evaluation_id, kind, person_id, department, phase, fiscal_year, evaluation_day, scores, computed_level, level, level_reason,
		ladder, ladder_evidence, author, create_time)
	values (:customer_id, :evaluation_id, :kind, :person_id, :department, :phase, :fiscal_year, :evaluation_day, :scores, :computed_level, :level, :level_reason,
		:ladder, :ladder_evidence, :author, :create_time)`

	selectOne = `select ` + columns + ` from evaluations e join customers c using (customer_id)
	where e.customer_id = $1 and e.evaluation_id = $2 and guanxi_covers(c.territory, $3)`

	// Of one day the one recorded later counts: ids grow with time.
	selectActual = `select level from evaluations where customer_id = $1 and kind = $2 and person_id = $3 and lower(department) = lower($4) and phase = 3
	order by evaluation_day desc, evaluation_id desc limit 1`

	// Half of the key persons are at least there.
	selectKeyPersons = `select coalesce(percentile_disc(0.5) within group (order by level), 0) from (
		select distinct on (person_id) level from evaluations where customer_id = $1 and kind = 1 and phase = 3 order by person_id, evaluation_day desc, evaluation_id desc
	) last`

	// An evaluation of an earlier day than the one that set the rung does not change it.
	setLadder = `insert into ladders as l (customer_id, person_id, rung, reference, since) values ($1, $2, $3, $4, $5)
	on conflict (customer_id, person_id) do update set rung = excluded.rung, reference = excluded.reference, since = excluded.since where l.since <= excluded.since`
)

// Create records an evaluation, and announces the actual level if it is another one by it.
func (s *Store) Create(ctx context.Context, e *Evaluation) error {
	return aggregate.Change(ctx, s.db, e.Customer, func(ctx context.Context) ([]history.Record, error) {
		if e.Person != uuid.Nil {
			if err := fact.RequireKnown(ctx, s.db, "evaluation.person", e.Customer, e.Person); err != nil {
				return nil, err
			}
		}
		before, err := s.actual(ctx, e)
		if err != nil {
			return nil, err
		}
		if err := s.write(ctx, e); err != nil {
			return nil, err
		}
		after, err := s.actual(ctx, e)
		if err != nil || after == before {
			return nil, err
		}
		var keyPersons Level
		if err := s.db.Get(ctx, &keyPersons, selectKeyPersons, e.Customer); err != nil {
			return nil, err
		}
		return e.changed(ctx, keyPersons)
	})
}

func (s *Store) write(ctx context.Context, e *Evaluation) (err error) {
	if e.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	e.CreateTime = s.now()
	if _, err := s.db.NamedExec(ctx, insert, row{Evaluation: *e, Scores: postgres.JSON[[]Score]{V: e.Scores}}); err != nil {
		return err
	}
	if e.Ladder == 0 {
		return nil
	}
	_, err = s.db.Exec(ctx, setLadder, e.Customer, e.Person, e.Ladder, e.name(), e.Day)
	return err
}

// actual is the level of the same relationship that counts; 0 when there is none.
func (s *Store) actual(ctx context.Context, e *Evaluation) (level Level, err error) {
	err = s.db.Get(ctx, &level, selectActual, e.Customer, e.Kind, e.Person, e.Department)
	if errors.Is(err, postgres.ErrNoRows) {
		return 0, nil
	}
	return level, err
}

// Get reads one evaluation.
func (s *Store) Get(ctx context.Context, customer, id uuid.UUID) (*Evaluation, error) {
	var found row
	err := s.db.Get(ctx, &found, selectOne, customer, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("customers", customer, "evaluations", id), typev1.Level_MANAGER)
	}
	return found.evaluation(), err
}

// List reads a page of the evaluations of a customer.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Evaluation, string, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, "evaluations e", "e.customer_id = $1", customer)
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Evaluation, len(rows))
	for i := range rows {
		out[i] = rows[i].evaluation()
	}
	return out, next, err
}

// Forget removes what was judged of a person whom profile has removed; see fact.Forget.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	if _, err := s.db.Exec(ctx, `delete from evaluations where customer_id = $1 and person_id = $2`, customer, person); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, `delete from ladders where customer_id = $1 and person_id = $2`, customer, person)
	return err
}
