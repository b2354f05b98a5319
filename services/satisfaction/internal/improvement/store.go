package improvement

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Store keeps improvements.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	numbers  *settings.Store
	surveys  *survey.Store
	analyses *analysis.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, numbers: numbers, surveys: survey.NewStore(db, now, numbers), analyses: analysis.NewStore(db, now, numbers)}
}

const (
	columns = `improvement_id, survey_id, item_code, label_en, label_zh, owner, due_date, measures, state, score, verdict, verified_survey_id, change, verify_time, due_time,
	author, create_time, update_time, revision`

	// Who may see the survey may see what is done about it.
	seen = `exists (select from surveys s where s.survey_id = improvements.survey_id and (s.territory = '' or guanxi_covers(s.territory, $1)))`

	selectByID = `select ` + columns + ` from improvements where improvement_id = $2 and ` + seen
	lock       = selectByID + ` for no key update`

	insert = `insert into improvements (improvement_id, survey_id, item_code, label_en, label_zh, owner, due_date, measures, state, score, author, create_time, update_time)
	values (:improvement_id, :survey_id, :item_code, :label_en, :label_zh, :owner, :due_date, :measures, :state, :score, :author, :create_time, :create_time)`

	update = `update improvements set owner = :owner, due_date = :due_date, measures = :measures, state = :state, verdict = :verdict, verified_survey_id = :verified_survey_id,
		change = :change, verify_time = :verify_time, due_time = :due_time, update_time = :update_time, revision = :revision
	where improvement_id = :improvement_id`

	announce = `with bumped as (
		update improvements set sequence = sequence + 1 where improvement_id = :aggregate_id returning improvement_id as aggregate_id, sequence as version
	)` + events.Insert
)

// row is an improvement as the table has it.
type row struct {
	Improvement
	Change postgres.JSON[*Change] `db:"change"`
}

func rowOf(i *Improvement) *row { return &row{*i, postgres.JSON[*Change]{V: i.Change}} }

func (r *row) improvement() *Improvement {
	i := r.Improvement
	i.Change = r.Change.V
	return &i
}

// Get reads one that the caller may see.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Improvement, error) {
	return s.read(ctx, selectByID, id)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Improvement, error) {
	var r row
	err := s.db.Get(ctx, &r, query, auth.From(ctx).Scope(), id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return r.improvement(), nil
}

// List reads a page of those that the caller may see.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Improvement, string, error) {
	query, args := plan.Query(columns, "improvements", seen, auth.From(ctx).Scope())
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Improvement, len(rows))
	for i := range rows {
		out[i] = rows[i].improvement()
	}
	return out, next, err
}

// insert keeps a new one. Its survey is held, or seen and reached.
func (s *Store) insert(ctx context.Context, i *Improvement) (err error) {
	if i.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	i.Author, i.CreateTime, i.Revision = auth.From(ctx).Subject, s.now(), 1
	i.UpdateTime = i.CreateTime
	if i.Owner == "" {
		i.Owner = i.Author
	}
	_, err = s.db.NamedExec(ctx, insert, rowOf(i))
	return err
}

// put keeps a changed one, which is locked, under its next revision.
func (s *Store) put(ctx context.Context, i *Improvement) error {
	i.UpdateTime = s.now()
	i.Revision++
	_, err := s.db.NamedExec(ctx, update, rowOf(i))
	return err
}

// announce writes an event under the improvement's next number. It is locked.
func (s *Store) announce(ctx context.Context) func(e events.Event, err error) error {
	return func(e events.Event, err error) error {
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, announce, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{e, e.Aggregate})
		return err
	}
}
