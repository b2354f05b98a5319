package questionnaire

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Store keeps the questionnaires.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	settings *settings.Store
	models   *indexmodel.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, settings: numbers, models: indexmodel.NewStore(db, now)}
}

const (
	columns = `questionnaire_id, version, state, label_en, label_zh, model_id, model_version, body, author, releaser, overrule_reason, create_time, update_time, release_time,
	revision`

	newest = `select ` + columns + ` from questionnaires where questionnaire_id = $1 order by version desc limit 1`

	newestReleased = `select ` + columns + ` from questionnaires where questionnaire_id = $1 and state = 3 order by version desc limit 1`

	ofVersion = `select ` + columns + ` from questionnaires where questionnaire_id = $1 and version = $2`

	lockHead = `select 1 from questionnaire_heads where questionnaire_id = $1 for no key update`

	announce = `with bumped as (
		update questionnaire_heads set sequence = sequence + 1 where questionnaire_id = :aggregate_id returning questionnaire_id as aggregate_id, sequence as version
	)` + events.Insert
)

// row is a version as the table has it.
type row struct {
	Questionnaire
	Body postgres.JSON[Body] `db:"body"`
}

func rowOf(q *Questionnaire) row { return row{*q, postgres.JSON[Body]{V: q.Body}} }

func (r *row) questionnaire() *Questionnaire {
	q := r.Questionnaire
	q.Body = r.Body.V
	return &q
}

// Version reads a version of a questionnaire; 0 the newest, be it a draft. One that does not exist has the error NOT_FOUND.
func (s *Store) Version(ctx context.Context, id uuid.UUID, version int32) (*Questionnaire, error) {
	if version == 0 {
		return s.read(ctx, id, newest, id)
	}
	return s.read(ctx, id, ofVersion, id, version)
}

// Released reads a released version of a questionnaire, 0 the newest of them; the error of one that is not released is FAILED_PRECONDITION (NOT_RELEASED).
func (s *Store) Released(ctx context.Context, id uuid.UUID, version int32) (*Questionnaire, error) {
	q, err := s.Version(ctx, id, version)
	if err != nil {
		return nil, err
	}
	if q.State != Released && version == 0 {
		q, err = s.read(ctx, id, newestReleased, id)
		if err != nil && fault.From(err).Reason() == fault.From(fault.NotFound("")).Reason() {
			return nil, notReleasedError(id)
		}
	}
	if err == nil && q.State != Released {
		return nil, notReleasedError(id)
	}
	return q, err
}

func (s *Store) read(ctx context.Context, id uuid.UUID, query string, args ...any) (*Questionnaire, error) {
	var r row
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(Name(id)) // questionnaires are known to everybody
	}
	if err != nil {
		return nil, err
	}
	return r.questionnaire(), nil
}

// lock locks a questionnaire until the end of the transaction.
func (s *Store) lock(ctx context.Context, id uuid.UUID) error {
	var one int
	err := s.db.Get(ctx, &one, lockHead, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return fault.NotFound(Name(id))
	}
	return err
}

// hold locks a questionnaire and reads its draft.
func (s *Store) hold(ctx context.Context, id uuid.UUID) (*Questionnaire, error) {
	if err := s.lock(ctx, id); err != nil {
		return nil, err
	}
	q, err := s.Version(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	if q.State == Released {
		return nil, noDraftError(id)
	}
	return q, nil
}

// List reads a page of the questionnaires, of each its newest version; with a questionnaire, of its versions.
func (s *Store) List(ctx context.Context, plan *listing.Plan, of uuid.NullUUID) ([]*Questionnaire, string, error) {
	const newestOnly = `not exists (select from questionnaires n where n.questionnaire_id = questionnaires.questionnaire_id and n.version > questionnaires.version)`
	where, args := newestOnly, []any{}
	if of.Valid {
		where, args = "questionnaire_id = $1", []any{of.UUID}
	}
	query, args := plan.Query(columns, "questionnaires", where, args...)
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
	out := make([]*Questionnaire, len(rows))
	for i := range rows {
		out[i] = rows[i].questionnaire()
	}
	return out, next, nil
}

// announce writes an event under the questionnaire's next number. The questionnaire is locked.
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
