package indexmodel

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store keeps the models.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	columns = `model_id, version, state, label_en, label_zh, description_en, description_zh, scales, author, releaser, create_time, update_time, release_time, revision`

	newest = `select ` + columns + ` from index_models where model_id = $1 order by version desc limit 1`

	newestReleased = `select ` + columns + ` from index_models where model_id = $1 and state = 2 order by version desc limit 1`

	ofVersion = `select ` + columns + ` from index_models where model_id = $1 and version = $2`

	items = `select version, item_code, parent_code, level, label_zh, label_en, weight, direction, scale from index_items
	where model_id = $1 and version = any($2) order by version, position`

	lockHead = `select 1 from index_model_heads where model_id = $1 for no key update`

	announce = `with bumped as (
		update index_model_heads set sequence = sequence + 1 where model_id = :aggregate_id returning model_id as aggregate_id, sequence as version
	)` + events.Insert
)

// row is a version as the table has it.
type row struct {
	Model
	Scales postgres.JSON[[]Wording] `db:"scales"`
}

// Version reads a version of a model; 0 the newest, be it a draft. One that does not exist has the error of resource.Missing.
func (s *Store) Version(ctx context.Context, id uuid.UUID, version int32) (*Model, error) {
	if version == 0 {
		return s.read(ctx, id, newest, id)
	}
	return s.read(ctx, id, ofVersion, id, version)
}

// Released reads the newest released version of a model.
func (s *Store) Released(ctx context.Context, id uuid.UUID) (*Model, error) {
	if _, err := s.Version(ctx, id, 0); err != nil {
		return nil, err
	}
	m, err := s.read(ctx, id, newestReleased, id)
	if err != nil && fault.From(err).Code() == codes.NotFound {
		return nil, NotReleasedError(id)
	}
	return m, err
}

// Hold locks a model, so that its draft and its rounds stay as they are until the end of the transaction, and reads its draft.
func (s *Store) Hold(ctx context.Context, id uuid.UUID) (*Model, error) {
	if err := s.Lock(ctx, id); err != nil {
		return nil, err
	}
	m, err := s.Version(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	if m.State != Draft {
		return nil, NoDraftError(id)
	}
	return m, nil
}

// Lock locks a model until the end of the transaction.
func (s *Store) Lock(ctx context.Context, id uuid.UUID) error {
	var one int
	err := s.db.Get(ctx, &one, lockHead, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return fault.NotFound(Name(id))
	}
	return err
}

func (s *Store) read(ctx context.Context, id uuid.UUID, query string, args ...any) (*Model, error) {
	var r row
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(Name(id)) // models are known to everybody
	}
	if err != nil {
		return nil, err
	}
	m := r.model()
	return m, s.fill(ctx, id, []*Model{m})
}

func (r *row) model() *Model {
	m := r.Model
	m.Wordings = r.Scales.V
	return &m
}

// fill reads the items of versions of one model.
func (s *Store) fill(ctx context.Context, id uuid.UUID, versions []*Model) error {
	byVersion, numbers := map[int32]*Model{}, pq.Int32Array{}
	for _, m := range versions {
		byVersion[m.Version] = m
		numbers = append(numbers, m.Version)
	}
	var rows []struct {
		Version int32 `db:"version"`
		Item
	}
	if err := s.db.Select(ctx, &rows, items, id, numbers); err != nil {
		return err
	}
	for i := range rows {
		m := byVersion[rows[i].Version]
		m.Items = append(m.Items, rows[i].Item)
	}
	return nil
}

// List reads a page of the models, of each its newest version; with a model, of its versions.
func (s *Store) List(ctx context.Context, plan *listing.Plan, of uuid.NullUUID) ([]*Model, string, error) {
	const newestOnly = `not exists (select from index_models n where n.model_id = index_models.model_id and n.version > index_models.version)`
	where, args := newestOnly, []any{}
	if of.Valid {
		where, args = "model_id = $1", []any{of.UUID}
	}
	query, args := plan.Query(columns, "index_models", where, args...)
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
	out := make([]*Model, len(rows))
	for i := range rows {
		out[i] = rows[i].model()
		if err := s.fill(ctx, out[i].ID, out[i:i+1]); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}

// Announce writes an event under the model's next number. The model is locked.
func (s *Store) Announce(ctx context.Context) func(e events.Event, err error) error {
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
