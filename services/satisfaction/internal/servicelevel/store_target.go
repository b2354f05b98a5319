package servicelevel

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	columns = `target_id, label_en, label_zh, indicator, part, comparison, due, done, product_line, class, last_month, judged_month, author, create_time, update_time, revision,
	(select json_agg(json_build_object('first_month', first_month, 'value', value, 'author', v.author, 'create_time', v.create_time) order by first_month)
		from service_level_target_values v where v.target_id = t.target_id) as "values"`

	selectTarget = `select ` + columns + ` from service_level_targets t where target_id = $1`
	lockTarget   = selectTarget + ` for no key update`
	selectAll    = `select ` + columns + ` from service_level_targets t order by target_id`

	insertTarget = `insert into service_level_targets (target_id, label_en, label_zh, indicator, part, comparison, due, done, product_line, class, last_month, author, create_time,
		update_time)
	values (:target_id, :label_en, :label_zh, :indicator, :part, :comparison, :due, :done, :product_line, :class, :last_month, :author, :create_time, :update_time)`

	updateTarget = `update service_level_targets set label_en = :label_en, label_zh = :label_zh, last_month = :last_month, update_time = :update_time, revision = :revision
	where target_id = :target_id`

	putValue = `insert into service_level_target_values (target_id, first_month, value, author, create_time) values ($1, $2, $3, $4, $5)
	on conflict (target_id, first_month) do update set value = excluded.value, author = excluded.author, create_time = excluded.create_time`

	announceTarget = `with bumped as (
		update service_level_targets set sequence = sequence + 1 where target_id = :aggregate_id returning target_id as aggregate_id, sequence as version
	)` + events.Insert
)

type targetRow struct {
	Target
	Values postgres.JSON[[]Value] `db:"values"`
}

func (r *targetRow) target() *Target {
	t := r.Target
	t.Values = r.Values.V
	return &t
}

// Target reads a target.
func (s *Store) Target(ctx context.Context, id uuid.UUID) (*Target, error) {
	return s.read(ctx, selectTarget, id)
}

// hold reads a target, and locks it until the end of the transaction.
func (s *Store) hold(ctx context.Context, id uuid.UUID) (*Target, error) {
	return s.read(ctx, lockTarget, id)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Target, error) {
	var r targetRow
	err := s.db.Get(ctx, &r, query, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(Name(id)) // targets are known to everybody
	}
	return r.target(), err
}

// Targets reads all targets. There are few: a company aims at as much as it can look after.
func (s *Store) Targets(ctx context.Context) ([]*Target, error) {
	var rows []targetRow
	err := s.db.Select(ctx, &rows, selectAll)
	out := make([]*Target, len(rows))
	for i := range rows {
		out[i] = rows[i].target()
	}
	return out, err
}

// List reads a page of the targets.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Target, string, error) {
	query, args := plan.Query(columns, "service_level_targets t", "true")
	var rows []struct {
		targetRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Target, len(rows))
	for i := range rows {
		out[i] = rows[i].target()
	}
	return out, next, err
}

// Create stores a new target.
func (s *Store) Create(ctx context.Context, t *Target) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	t.ID, t.Author, t.CreateTime, t.Revision = id, auth.From(ctx).Subject, s.now(), 1
	t.UpdateTime = t.CreateTime
	v := &t.Values[0]
	v.Author, v.CreateTime = t.Author, t.CreateTime
	return s.db.InTx(ctx, func(ctx context.Context) error {
		_, err := s.db.NamedExec(ctx, insertTarget, t)
		if postgres.Violated(err, "service_level_targets_one") {
			return existsError()
		}
		if err != nil {
			return err
		}
		if err := s.put(ctx, t); err != nil {
			return err
		}
		return s.announce(ctx)(t.created(ctx))
	})
}

// put stores the latest value.
func (s *Store) put(ctx context.Context, t *Target) error {
	v := t.Latest()
	_, err := s.db.Exec(ctx, putValue, t.ID, v.FirstMonth.Time, v.Value, v.Author, v.CreateTime)
	return err
}

// Change locks a target, holds the caller to its etag, and stores what set made of it: fields are those that changed, valued says that the latest value is new.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(t *Target) (fields []string, valued bool, err error)) (*Target, error) {
	var out *Target
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		t, err := s.hold(ctx, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, t.Revision, t.Name()); err != nil {
			return err
		}
		fields, valued, err := set(t)
		out = t
		if err != nil || len(fields) == 0 {
			return err
		}
		t.UpdateTime = s.now()
		t.Revision++
		if _, err := s.db.NamedExec(ctx, updateTarget, t); err != nil {
			return err
		}
		if valued {
			if err := s.put(ctx, t); err != nil {
				return err
			}
		}
		return s.announce(ctx)(t.changed(ctx, fields))
	})
	return out, err
}

// announce writes an event under the target's next number. The target is locked.
func (s *Store) announce(ctx context.Context) func(e events.Event, err error) error {
	return func(e events.Event, err error) error {
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, announceTarget, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{e, e.Aggregate})
		return err
	}
}
