package survey

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
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Store keeps surveys and their invitations.
type Store struct {
	db             *postgres.DB
	now            func() time.Time
	settings       *settings.Store
	questionnaires *questionnaire.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, settings: numbers, questionnaires: questionnaire.NewStore(db, now, numbers)}
}

const (
	// A survey whose sample could not be drawn, or is to be drawn no more, is a draft again.
	stateNow = `case when surveys.state = 4 and exists (select from operations o where o.operation_id = surveys.operation_id and o.state in (4, 5)) then 1 else surveys.state end`

	columns = `survey_id, label_en, label_zh, purpose, questionnaire_id, questionnaire_version, previous_id, wave, territory, population, plan, seed, start_time, end_time, cost,
	currency, minimum_group, anonymous, ` + stateNow + ` as state, operation_id, population_size, sample_size, census, author, create_time, update_time, open_time, close_time, revision`

	selectByID = `select ` + columns + ` from surveys where survey_id = $1`
	lock       = selectByID + ` for no key update`

	strataOf = `select s.stratum, s.label, s.size, s.planned, s.weight from survey_strata s where s.survey_id = $1 order by s.stratum`

	announce = `with bumped as (
		update surveys set sequence = sequence + 1 where survey_id = :aggregate_id returning survey_id as aggregate_id, sequence as version
	)` + events.Insert
)

// row is a survey as the table has it.
type row struct {
	Survey
	Population postgres.JSON[Population] `db:"population"`
	Plan       postgres.JSON[Plan]       `db:"plan"`
}

func (r *row) survey() *Survey {
	x := r.Survey
	x.Population, x.Plan = r.Population.V, r.Plan.V
	return &x
}

func rowOf(x *Survey) *row {
	return &row{Survey: *x, Population: postgres.JSON[Population]{V: x.Population}, Plan: postgres.JSON[Plan]{V: x.Plan}}
}

// Get reads a survey that the caller may see: of the whole company, or of his territories.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Survey, error) {
	x, err := s.read(ctx, selectByID, id)
	if errors.Is(err, postgres.ErrNoRows) || err == nil && !x.Seen(auth.From(ctx)) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	return x, err
}

// Find reads a survey, whoever asks; the error of one that there is not is postgres.ErrNoRows.
func (s *Store) Find(ctx context.Context, id uuid.UUID) (*Survey, error) {
	return s.read(ctx, selectByID, id)
}

// Hold reads a survey that the caller may change, and locks it until the end of the transaction, before all else.
func (s *Store) Hold(ctx context.Context, id uuid.UUID) (*Survey, error) {
	x, err := s.read(ctx, lock, id)
	if errors.Is(err, postgres.ErrNoRows) || err == nil && !x.Seen(auth.From(ctx)) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return x, RequireReach(ctx, x.Territory)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Survey, error) {
	var r row
	if err := s.db.Get(ctx, &r, query, id); err != nil {
		return nil, err
	}
	x := r.survey()
	return x, s.fill(ctx, x)
}

// fill reads what other tables say of a survey.
func (s *Store) fill(ctx context.Context, x *Survey) (err error) {
	if x.Quotas, err = s.quotas(ctx, x.ID); err != nil {
		return err
	}
	return s.db.Select(ctx, &x.Strata, strataOf, x.ID)
}

// List reads a page of the surveys that the caller may see.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Survey, string, error) {
	query, args := plan.Query(columns, "surveys", "(territory = '' or guanxi_covers(territory, $1))", auth.From(ctx).Scope())
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
	out := make([]*Survey, len(rows))
	for i := range rows {
		out[i] = rows[i].survey()
		if err := s.fill(ctx, out[i]); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}

// announce writes an event under the survey's next number. The survey is locked.
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
