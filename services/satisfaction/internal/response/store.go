package response

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
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/fact"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Store keeps responses.
type Store struct {
	db             *postgres.DB
	now            func() time.Time
	numbers        *settings.Store
	facts          *fact.Store
	questionnaires *questionnaire.Store
	surveys        *survey.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{
		db: db, now: now, numbers: numbers, facts: fact.NewStore(db, now), questionnaires: questionnaire.NewStore(db, now, numbers), surveys: survey.NewStore(db, now, numbers),
	}
}

const (
	columns = `r.survey_id, r.response_id, r.customer_id, r.person_id, r.stratum, r.channel, r.state, r.void_reason, r.by_hand, r.decision, r.announced, r.recommendation,
	r.start_time, r.accept_time, r.seconds, r.interviewer, r.source_system, r.source_id, r.section, r.revision, r.answers, r.segment, r.counted`

	// Where nobody knows the customer, the territory that it was in says who may see its response.
	from  = `responses r left join customers c on c.customer_id = r.customer_id`
	reach = `r.survey_id = $1 and guanxi_covers(coalesce(c.territory, r.segment->>'territory'), $2)`

	selectSeen = `select ` + columns + ` from ` + from + ` where ` + reach + ` and r.response_id = $3`

	selectBySource = `select ` + columns + ` from responses r where r.survey_id = $1 and r.source_system = $2 and r.source_id = $3`

	selectByLink = `select ` + columns + ` from responses r where r.link = $1`

	insert = `insert into responses (survey_id, response_id, customer_id, person_id, stratum, channel, state, void_reason, announced, scores, importances, expectations,
		recommendation, answers, segment, counted, start_time, accept_time, seconds, interviewer, source_system, source_id, link, revision)
	values (:survey_id, :response_id, :customer_id, :person_id, :stratum, :channel, :state, :void_reason, :announced, :scores, :importances, :expectations,
		:recommendation, :answers, :segment, :counted, :start_time, :accept_time, :seconds, :interviewer, :source_system, :source_id, :link, 1)`
)

// row is a response as the table has it.
type row struct {
	Response
	Answers postgres.JSON[questionnaire.Answers] `db:"answers"`
	Segment postgres.JSON[Segment]               `db:"segment"`
	Counted postgres.JSON[survey.Case]           `db:"counted"`

	Scores       any `db:"scores"`
	Importances  any `db:"importances"`
	Expectations any `db:"expectations"`
}

func (r *row) response() *Response {
	out := r.Response
	out.Answers, out.Segment, out.Counted = r.Answers.V, r.Segment.V, r.Counted.V
	return &out
}

// rowOf is a response with its answers by the items of the questionnaire.
func rowOf(r *Response, q *questionnaire.Questionnaire) *row {
	out := &row{
		Response: *r, Answers: postgres.JSON[questionnaire.Answers]{V: r.Answers}, Segment: postgres.JSON[Segment]{V: r.Segment}, Counted: postgres.JSON[survey.Case]{V: r.Counted},
	}
	scores, importances, expectations, recommendation := q.Scores(r.Answers)
	out.Scores, out.Recommendation = pq.Array(postgres.OrEmpty(scores)), recommendation
	for _, i := range q.Items() {
		if i.Importance {
			out.Importances = pq.Array(importances)
		}
		if i.Expectation {
			out.Expectations = pq.Array(expectations)
		}
	}
	return out
}

// Get reads a response that the caller may see. Of one that is started nothing is told.
func (s *Store) Get(ctx context.Context, of, id uuid.UUID) (*Response, error) {
	if _, err := s.surveys.Get(ctx, of); err != nil {
		return nil, err
	}
	var r row
	err := s.db.Get(ctx, &r, selectSeen, of, auth.From(ctx).Scope(), id)
	if errors.Is(err, postgres.ErrNoRows) || err == nil && r.State == Started {
		return nil, resource.Missing(ctx, resource.Name("surveys", of, "responses", id), typev1.Level_MANAGER)
	}
	if err != nil {
		return nil, err
	}
	return r.response(), nil
}

// find reads one by a query; nil when there is none.
func (s *Store) find(ctx context.Context, query string, args ...any) (*Response, error) {
	var r row
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is no error
	}
	if err != nil {
		return nil, err
	}
	return r.response(), nil
}

// List reads a page of the responses of a survey that the caller may see.
func (s *Store) List(ctx context.Context, plan *listing.Plan, of uuid.UUID) ([]*Response, string, error) {
	if _, err := s.surveys.Get(ctx, of); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, from, reach+" and r.state > 1", of, auth.From(ctx).Scope())
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Response, len(rows))
	for i := range rows {
		out[i] = rows[i].response()
	}
	return out, next, err
}

const forget = `update responses set person_id = null, person_gone = true where customer_id = $1 and person_id = $2`

// Forget takes a person out who is no longer known; it is a fact.Forget.
func Forget(db *postgres.DB) fact.Forget {
	return func(ctx context.Context, customer, person uuid.UUID) error {
		_, err := db.Exec(ctx, forget, customer, person)
		return err
	}
}
