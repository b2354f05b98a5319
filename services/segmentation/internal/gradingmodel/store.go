package gradingmodel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Store keeps models.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `model_id, revision, body, effective_day, publish_time, author, create_time, update_time`

type row struct {
	ID           uuid.UUID  `db:"model_id"`
	Revision     int64      `db:"revision"`
	Body         string     `db:"body"`
	EffectiveDay *time.Time `db:"effective_day"`
	PublishTime  *time.Time `db:"publish_time"`
	Author       string     `db:"author"`
	CreateTime   time.Time  `db:"create_time"`
	UpdateTime   time.Time  `db:"update_time"`
	listing.Cursor
}

func newRow(m *Model) (row, error) {
	body, err := protojson.Marshal(m.body())
	if err != nil {
		return row{}, fmt.Errorf("gradingmodel: %w", err)
	}
	return row{
		ID: m.ID, Revision: m.Revision, Body: string(body), EffectiveDay: m.EffectiveDay, PublishTime: m.PublishTime,
		Author: m.Author, CreateTime: m.CreateTime, UpdateTime: m.UpdateTime,
	}, nil
}

func (r *row) model() (*Model, error) {
	body := &segmentationv1.GradingModel{}
	// A field of a newer release that shares the database is passed over.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(r.Body), body); err != nil {
		return nil, fmt.Errorf("gradingmodel: body of %s: %w", r.ID, err)
	}
	m, err := fromProto(body)
	if err != nil {
		return nil, fmt.Errorf("gradingmodel: stored %s: %s", r.ID, err) //nolint:errorlint // ours to mend, not a caller's INVALID_ARGUMENT
	}
	m.ID, m.Revision, m.Author, m.CreateTime, m.UpdateTime = r.ID, r.Revision, r.Author, r.CreateTime, r.UpdateTime
	m.EffectiveDay, m.PublishTime = r.EffectiveDay, r.PublishTime
	return m, nil
}

const selectModel = `select ` + columns + ` from grading_models where model_id = $1`

// Get reads a model.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Model, error) {
	return s.one(ctx, Name(id), selectModel, id)
}

const inForce = ` from grading_models where effective_day <= $1 order by effective_day desc, publish_time desc, model_id desc limit 1`

// InForce reads the model in force on a day.
func (s *Store) InForce(ctx context.Context, day time.Time) (*Model, error) {
	return s.one(ctx, "gradingModels/current", `select `+columns+inForce, day)
}

// InForceID is the id of the model in force on a day, for those who know the model already.
func (s *Store) InForceID(ctx context.Context, day time.Time) (uuid.UUID, error) {
	var id uuid.UUID
	err := s.db.Get(ctx, &id, `select model_id`+inForce, day)
	if errors.Is(err, postgres.ErrNoRows) {
		return id, fault.NotFound("gradingModels/current")
	}
	return id, err
}

func (s *Store) one(ctx context.Context, name, query string, args ...any) (*Model, error) {
	var r row
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(name)
	}
	if err != nil {
		return nil, err
	}
	return r.model()
}

// That in force and those to come. A factor of one that was replaced is of no use to judge.
const selectApplicable = `select ` + columns + ` from grading_models
	where effective_day > $1 or model_id = (select model_id` + inForce + `) order by effective_day`

// Applicable are the model in force on a day and those that will be.
func (s *Store) Applicable(ctx context.Context, day time.Time) ([]*Model, error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, selectApplicable, day); err != nil {
		return nil, err
	}
	return models(rows)
}

func models(rows []row) ([]*Model, error) {
	out := make([]*Model, len(rows))
	for i := range rows {
		var err error
		if out[i], err = rows[i].model(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

const insertModel = `insert into grading_models (model_id, revision, sequence, body, author, create_time, update_time)
	values (:model_id, 1, 0, :body, :author, :create_time, :update_time)`

// Create stores a draft.
func (s *Store) Create(ctx context.Context, m *Model) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("gradingmodel: %w", err)
	}
	m.ID, m.Revision, m.CreateTime = id, 1, s.now()
	m.UpdateTime = m.CreateTime
	r, err := newRow(m)
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, insertModel, r)
	return err
}

const updateModel = `update grading_models set revision = :revision, body = :body, update_time = :update_time where model_id = :model_id`

// Update lets change alter a draft and stores what came of it.
func (s *Store) Update(ctx context.Context, id uuid.UUID, tag string, change func(*Model) (*Model, error)) (*Model, error) {
	return s.draft(ctx, id, tag, func(ctx context.Context, m *Model) (*Model, error) {
		next, err := change(m)
		if err != nil {
			return nil, err
		}
		next.ID, next.Author, next.CreateTime = m.ID, m.Author, m.CreateTime
		next.Revision, next.UpdateTime = m.Revision+1, s.now()
		r, err := newRow(next)
		if err != nil {
			return nil, err
		}
		_, err = s.db.NamedExec(ctx, updateModel, r)
		return next, err
	})
}

// Delete removes a draft.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, tag string) error {
	_, err := s.draft(ctx, id, tag, func(ctx context.Context, m *Model) (*Model, error) {
		_, err := s.db.Exec(ctx, `delete from grading_models where model_id = $1`, id)
		return m, err
	})
	return err
}

const publishModel = `with bumped as (
	update grading_models set revision = :revision, sequence = sequence + 1, effective_day = :effective_day, publish_time = :publish_time, update_time = :update_time
	where model_id = :model_id
	returning model_id as aggregate_id, sequence as version
), ` + history.Write

// Publish puts a draft into force from a day on.
func (s *Store) Publish(ctx context.Context, id uuid.UUID, tag string, day time.Time) (*Model, error) {
	return s.draft(ctx, id, tag, func(ctx context.Context, m *Model) (*Model, error) {
		now := s.now()
		m.Revision, m.EffectiveDay, m.PublishTime, m.UpdateTime = m.Revision+1, &day, &now, now
		record, err := published(ctx, now, m)
		if err != nil {
			return nil, err
		}
		r, err := newRow(m)
		if err != nil {
			return nil, err
		}
		_, err = s.db.NamedExec(ctx, publishModel, struct {
			row
			history.Record
		}{r, record})
		return m, err
	})
}

// draft reads a draft and keeps others from changing it until fn is done and committed.
func (s *Store) draft(ctx context.Context, id uuid.UUID, tag string, fn func(context.Context, *Model) (*Model, error)) (*Model, error) {
	var out *Model
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		m, err := s.one(ctx, Name(id), selectModel+` for update`, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, m.Revision, Name(id)); err != nil {
			return err
		}
		if m.Published() {
			return fault.New(codes.FailedPrecondition, "PUBLISHED", fault.Text{
				En: Name(id) + " is published and never changes; make a new one", Zh: Name(id) + " 已发布,不可更改;请新建模型",
			})
		}
		out, err = fn(ctx, m)
		return err
	})
	return out, err
}

// List reads a page of the models.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Model, string, error) {
	query, args := plan.Query(columns, "grading_models", "")
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	found, err := models(rows)
	return found, next, err
}
