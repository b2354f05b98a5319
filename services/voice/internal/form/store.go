package form

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/intake"
)

// Receiver takes in voices.
type Receiver interface {
	Receive(ctx context.Context, v *intake.Voice) (*intake.Voice, error)
}

// Store keeps forms and what was filled in.
type Store struct {
	db     *postgres.DB
	now    func() time.Time
	voices Receiver
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, voices Receiver) *Store {
	return &Store{db: db, now: now, voices: voices}
}

const (
	columns = `form_id, slug, title_en, title_zh, intro_en, intro_zh, kinds, product_lines, territory, minimum_seconds, valid_hours, most_links, per_minute, active, author,
	create_time, update_time, revision`

	insert = `with f as (
		insert into voice_forms (form_id, slug, title_en, title_zh, intro_en, intro_zh, kinds, product_lines, territory, minimum_seconds, valid_hours, most_links, per_minute,
			active, author, create_time, update_time, revision)
		values (:form_id, :slug, :title_en, :title_zh, :intro_en, :intro_zh, :kinds, :product_lines, :territory, :minimum_seconds, :valid_hours, :most_links, :per_minute,
			:active, :author, :create_time, :update_time, :revision)
		returning form_id, create_time
	)
	insert into form_limits (form_id, full_time) select form_id, create_time from f`

	selectByID   = `select ` + columns + ` from voice_forms where form_id = $1`
	selectBySlug = `select ` + columns + ` from voice_forms where slug = $1 and active`
	lock         = selectByID + ` for no key update`

	update = `update voice_forms set title_en = :title_en, title_zh = :title_zh, intro_en = :intro_en, intro_zh = :intro_zh, kinds = :kinds, product_lines = :product_lines,
	minimum_seconds = :minimum_seconds, valid_hours = :valid_hours, most_links = :most_links, per_minute = :per_minute, active = :active, update_time = :update_time,
	revision = :revision where form_id = :form_id`

	announce = `with bumped as (
		update voice_forms set sequence = sequence + 1 where form_id = :aggregate_id returning form_id as aggregate_id, sequence as version
	)` + events.Insert
)

// errNoForm says the same of whatever is no form that the public can fill in, and does not repeat it.
var errNoForm = fault.New(codes.NotFound, "NOT_FOUND", fault.Text{
	En: "There is no such form, or it is closed. Please check whether the address is complete.", Zh: "没有这个表单，或表单已关闭。请检查链接是否完整。",
})

// Open is the form that the public can fill in under that slug.
func (s *Store) Open(ctx context.Context, slug string) (*Form, error) {
	var r formRow
	err := s.db.Get(ctx, &r, selectBySlug, slug)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, errNoForm
	}
	return r.form(), err
}

// Get reads a form that the caller may see.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Form, error) {
	return s.read(ctx, selectByID, id)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Form, error) {
	var r formRow
	err := s.db.Get(ctx, &r, query, id)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	if err != nil || !auth.From(ctx).Covers(r.Territory) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	return r.form(), nil
}

// Create stores a form.
func (s *Store) Create(ctx context.Context, f *Form) (err error) {
	if f.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	if f.Slug == "" {
		f.Slug = newSlug()
	}
	f.Author, f.CreateTime, f.Revision, f.Active = auth.From(ctx).Subject, s.now(), 1, false
	f.UpdateTime = f.CreateTime
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.NamedExec(ctx, insert, rowOf(f)); err != nil {
			return err
		}
		return s.announce(ctx, announce)(f.created(ctx))
	})
	if postgres.Violated(err, "voice_forms_slug") {
		return fault.New(codes.AlreadyExists, "SLUG", fault.Text{En: "Another form has this slug.", Zh: "该短链接名已被其他表单使用。"})
	}
	return err
}

// Change holds a form and lets set change it; fields are those that differ, none when nothing does.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(*Form) (fields []string, err error)) (f *Form, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if f, err = s.read(ctx, lock, id); err != nil {
			return err
		}
		if err := etag.Check(tag, f.Revision, f.Name()); err != nil {
			return err
		}
		fields, err := set(f)
		if err != nil || len(fields) == 0 {
			return err
		}
		f.Revision, f.UpdateTime = f.Revision+1, s.now()
		if _, err := s.db.NamedExec(ctx, update, rowOf(f)); err != nil {
			return err
		}
		return s.announce(ctx, announce)(f.changed(ctx, fields))
	})
	return f, err
}

// announce writes an event under the next number of its aggregate.
func (s *Store) announce(ctx context.Context, statement string) func(e events.Event, err error) error {
	return func(e events.Event, err error) error {
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, statement, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{e, e.Aggregate})
		return err
	}
}

// List reads a page of the forms within the caller's territories.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Form, string, error) {
	query, args := plan.Query(columns, "voice_forms", "guanxi_covers(territory, $1)", auth.From(ctx).Scope())
	var rows []struct {
		formRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Form, len(rows))
	for i := range rows {
		out[i] = rows[i].form()
	}
	return out, next, err
}
