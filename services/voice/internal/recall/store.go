package recall

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps recalls.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now}
}

const (
	columns = `recall_id, title, reason, product_line, product_codes, order_start_time, order_end_time, lot_note, territory, task_force, state, operation_id, trace_time, author,
	start_time, end_time, end_reason, revision, create_time, update_time`

	insert = `insert into recalls (recall_id, title, reason, product_line, product_codes, order_start_time, order_end_time, lot_note, territory, task_force, state, author,
		create_time, update_time)
	values (:recall_id, :title, :reason, :product_line, :product_codes, :order_start_time, :order_end_time, :lot_note, :territory, :task_force, :state, :author, :create_time,
		:create_time)`

	update = `update recalls set title = :title, reason = :reason, product_line = :product_line, product_codes = :product_codes, order_start_time = :order_start_time,
		order_end_time = :order_end_time, lot_note = :lot_note, territory = :territory, task_force = :task_force, state = :state, operation_id = :operation_id,
		start_time = :start_time, end_time = :end_time, end_reason = :end_reason, revision = :revision, update_time = :update_time
	where recall_id = :recall_id`

	// Territories overlap when one is the other or lies below it. Who has none overlaps with nothing.
	overlaps = `($1::text[] is null or cardinality($1) > 0 and territory = '' or guanxi_covers(territory, $1)
		or exists (select from unnest($1) as mine where guanxi_covers(mine, array[territory])))`

	selectByID = `select ` + columns + ` from recalls where recall_id = $2 and ` + overlaps
	lockRecall = selectByID + ` for no key update`

	announce = `with bumped as (
		update recalls set sequence = sequence + 1 where recall_id = :aggregate_id returning recall_id as aggregate_id, sequence as version
	)` + events.Insert
)

// stored is a recall as the database has it.
type stored struct {
	Recall
	Products pq.StringArray          `db:"product_codes"`
	Force    postgres.JSON[[]Member] `db:"task_force"`
}

func (s *stored) recall() *Recall {
	s.Codes, s.TaskForce = s.Products, s.Force.V
	return &s.Recall
}

func rowOf(r *Recall) *stored {
	return &stored{Recall: *r, Products: postgres.OrEmpty(r.Codes), Force: postgres.JSON[[]Member]{V: postgres.OrEmpty(r.TaskForce)}}
}

// Get reads a recall whose territory overlaps with the caller's.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Recall, error) {
	return s.read(ctx, selectByID, id)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Recall, error) {
	var row stored
	err := s.db.Get(ctx, &row, query, auth.From(ctx).Scope(), id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return row.recall(), nil
}

// Create stores a draft.
func (s *Store) Create(ctx context.Context, r *Recall) (err error) {
	if r.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	r.State, r.Author, r.CreateTime, r.Revision = Draft, auth.From(ctx).Subject, s.now(), 1
	r.UpdateTime = r.CreateTime
	_, err = s.db.NamedExec(ctx, insert, rowOf(r))
	return err
}

// Change locks a recall that the caller may change, holds him to its etag, and stores what set made of it, with the event that set returns, if any. What set does is of the same
// transaction.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(ctx context.Context, r *Recall) (changed bool, event *events.Event, err error)) (*Recall, error) {
	var r *Recall
	err := s.db.InTx(ctx, func(ctx context.Context) (err error) {
		if r, err = s.read(ctx, lockRecall, id); err != nil {
			return err
		}
		if err := r.Permit(auth.From(ctx)); err != nil {
			return err
		}
		if err := etag.Check(tag, r.Revision, r.Name()); err != nil {
			return err
		}
		changed, event, err := set(ctx, r)
		if err != nil || !changed {
			return err
		}
		r.UpdateTime = s.now()
		r.Revision++
		if _, err := s.db.NamedExec(ctx, update, rowOf(r)); err != nil || event == nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, announce, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{*event, event.Aggregate})
		return err
	})
	return r, err
}

// List reads a page of the recalls whose territory overlaps with the caller's.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Recall, string, error) {
	query, args := plan.Query(columns, "recalls", overlaps, auth.From(ctx).Scope())
	var rows []struct {
		stored
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Recall, len(rows))
	for i := range rows {
		out[i] = rows[i].recall()
	}
	return out, next, err
}

const figures = `select count(*) as customers, count(*) filter (where n.notify_time is null) as to_notify, coalesce(sum(i.items), 0) as items, coalesce(sum(i.items_open), 0) as items_open,
		coalesce(sum(i.quantity), 0) as quantity, coalesce(sum(i.returned), 0) as returned,
		(select count(*) from cases k join customers o using (customer_id) where k.recall_id = $1 and guanxi_covers(o.territory, $2)) as cases
	from recall_customers n join customers c using (customer_id), lateral (
		select count(*) as items, count(*) filter (where state < 3) as items_open, sum(quantity) as quantity, sum(returned) as returned
		from recall_items i where i.customer_id = n.customer_id and i.recall_id = n.recall_id
	) i where n.recall_id = $1 and guanxi_covers(c.territory, $2)`

// Figures counts what has come of a recall within the caller's territories.
func (s *Store) Figures(ctx context.Context, id uuid.UUID) (*Figures, error) {
	var f Figures
	return &f, s.db.Get(ctx, &f, figures, id, auth.From(ctx).Scope())
}
