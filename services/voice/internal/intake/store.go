package intake

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

// Store keeps voices.
type Store struct {
	db    *postgres.DB
	now   func() time.Time
	cases *casefile.Store
}

// NewStore makes a store; cases has all tools.
func NewStore(db *postgres.DB, now func() time.Time, cases *casefile.Store) *Store {
	return &Store{db: db, now: now, cases: cases}
}

const (
	columns = `v.voice_id, v.customer_id, v.territory, v.source, v.kind, v.phase, v.technicality, v.track, v.body, v.language, v.product_line, v.product_code, v.order_reference,
	v.reporter_id, v.reporter_name, v.reporter_contact, v.affected, v.duration_minutes, v.grading, v.source_system, v.source_id, v.digest, v.implicit, v.major, v.received_time,
	v.case_id, v.author, v.create_time, v.update_time, v.revision,
	exists (select from people p where p.customer_id = v.customer_id and p.person_id = v.reporter_id and p.senior) as reporter_senior`

	from = `voices v left join customers c on c.customer_id = v.customer_id`

	// A voice that has no customer is seen where it waits.
	visible = `guanxi_covers(coalesce(c.territory, v.territory), $1)`

	selectByID     = `select ` + columns + ` from ` + from + ` where ` + visible + ` and v.voice_id = $2`
	selectBySource = `select ` + columns + `, ` + visible + ` as visible from ` + from + ` where v.source_system = $2 and v.source_id = $3`

	lock = `select from voices where voice_id = $1 for no key update`

	insert = `insert into voices (voice_id, customer_id, territory, source, kind, phase, technicality, track, body, language, product_line, product_code, order_reference, reporter_id,
		reporter_name, reporter_contact, affected, duration_minutes, grading, source_system, source_id, digest, implicit, major, received_time, author, create_time, update_time, revision)
	values (:voice_id, :customer_id, :territory, :source, :kind, :phase, :technicality, :track, :body, :language, :product_line, :product_code, :order_reference, :reporter_id,
		:reporter_name, :reporter_contact, :affected, :duration_minutes, :grading, :source_system, :source_id, :digest, :implicit, :major, :received_time, :author, :create_time,
		:update_time, :revision)
	on conflict (source_system, source_id) where source_id <> '' do nothing`

	update = `update voices set customer_id = :customer_id, territory = :territory, reporter_id = :reporter_id, reporter_name = :reporter_name,
		reporter_contact = :reporter_contact, case_id = :case_id, update_time = :update_time, revision = :revision
	where voice_id = :voice_id`

	announce = `with bumped as (
		update voices set sequence = sequence + 1 where voice_id = :aggregate_id returning voice_id as aggregate_id, sequence as version
	)` + events.Insert

	forget = `update voices set reporter_id = null, revision = revision + 1, update_time = $3 where customer_id = $1 and reporter_id = $2`
)

// Get reads a voice that the caller may see.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Voice, error) {
	var v Voice
	err := s.db.Get(ctx, &v, selectByID, auth.From(ctx).Scope(), id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	return &v, err
}

// List reads a page of the voices that the caller may see.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Voice, string, error) {
	query, args := plan.Query(columns, from, visible, auth.From(ctx).Scope())
	var rows []struct {
		Voice
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Voice, len(rows))
	for i := range rows {
		out[i] = &rows[i].Voice
	}
	return out, next, err
}

// before finds the voice that came earlier under the reference of its source, and refuses one that says something else.
func (s *Store) before(ctx context.Context, v *Voice) (*Voice, error) {
	if v.SourceID == "" {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	var found struct {
		Voice
		Visible bool `db:"visible"`
	}
	err := s.db.Get(ctx, &found, selectBySource, auth.From(ctx).Scope(), v.SourceSystem, v.SourceID)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // see above
	}
	switch {
	case err != nil:
		return nil, err
	case string(found.Digest) != string(v.Digest):
		return nil, takenError(v)
	case !found.Visible: // it waits, or was identified, elsewhere
		return nil, fault.Hidden(v.SourceSystem + "/" + v.SourceID)
	}
	return &found.Voice, nil
}

// write stores a changed voice under its next revision.
func (s *Store) write(ctx context.Context, v *Voice) error {
	v.Revision, v.UpdateTime = v.Revision+1, s.now()
	_, err := s.db.NamedExec(ctx, update, v)
	return err
}

// Forget takes a person out of all voices; see fact.Forget. What was written in words stays: nobody can tell whether it names him.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, forget, customer, person, s.now())
	return err
}
