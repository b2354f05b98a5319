package indexmodel

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	insertHead = `insert into index_model_heads (model_id) values ($1)`

	insert = `insert into index_models (model_id, version, state, label_en, label_zh, description_en, description_zh, scales, author, create_time, update_time)
	values (:model_id, :version, 1, :label_en, :label_zh, :description_en, :description_zh, :scales, :author, :create_time, :update_time)`

	update = `update index_models set label_en = :label_en, label_zh = :label_zh, description_en = :description_en, description_zh = :description_zh, scales = :scales,
		update_time = :update_time, revision = :revision
	where model_id = :model_id and version = :version and state = 1`

	release = `update index_models set state = 2, releaser = :releaser, release_time = :release_time, update_time = :update_time, revision = :revision
	where model_id = :model_id and version = :version and state = 1`

	deleteItems = `delete from index_items where model_id = $1 and version = $2`

	insertItems = `insert into index_items (model_id, version, item_code, parent_code, level, position, label_zh, label_en, weight, direction, scale)
	select $1, $2, code, parent, level, n - 1, zh, en, weight, direction, scale
	from unnest($3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::numeric[], $9::smallint[], $10::smallint[])
		with ordinality as i (code, parent, level, zh, en, weight, direction, scale, n)`

	roundOpen = `select exists (select from delphi_rounds where model_id = $1 and state = 1)`
)

// Create stores a new model, whose version 1 is a draft.
func (s *Store) Create(ctx context.Context, m *Model) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	m.ID, m.Version = id, 1
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, insertHead, m.ID); err != nil {
			return err
		}
		return s.insert(ctx, m)
	})
}

// insert stores a version as a draft of the caller's.
func (s *Store) insert(ctx context.Context, m *Model) error {
	m.State, m.Author, m.Releaser, m.CreateTime, m.ReleaseTime, m.Revision = Draft, auth.From(ctx).Subject, "", s.now(), nil, 1
	m.UpdateTime = m.CreateTime
	if _, err := s.db.NamedExec(ctx, insert, rowOf(m)); err != nil {
		return err
	}
	return s.putItems(ctx, m)
}

func rowOf(m *Model) row {
	return row{Model: *m, Scales: postgres.JSON[[]Wording]{V: postgres.OrEmpty(m.Wordings)}}
}

func (s *Store) putItems(ctx context.Context, m *Model) error {
	n := len(m.Items)
	codes, parents, zh, en, weights := make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n)
	levels, directions, scales := make(pq.Int32Array, n), make(pq.Int32Array, n), make(pq.Int32Array, n)
	for i, item := range m.Items {
		codes[i], parents[i], zh[i], en[i], weights[i] = item.Code, item.Parent, item.LabelZh, item.LabelEn, item.Weight.String()
		levels[i], directions[i], scales[i] = int32(item.Level), int32(item.Direction), int32(item.Scale)
	}
	_, err := s.db.Exec(ctx, insertItems, m.ID, m.Version, codes, parents, levels, zh, en, weights, directions, scales)
	return err
}

// Change locks a model, holds the caller to the etag of its draft, and stores what set made of it; itemsChanged says whether the items are others, changed whether anything is.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(m *Model) (changed, itemsChanged bool, err error)) (*Model, error) {
	var out *Model
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		m, err := s.Hold(ctx, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, m.Revision, m.Name()); err != nil {
			return err
		}
		changed, itemsChanged, err := set(m)
		out = m
		if err != nil || !changed {
			return err
		}
		if itemsChanged {
			if err := s.requireNoRound(ctx, id); err != nil {
				return err
			}
		}
		return s.Put(ctx, m)
	})
	return out, err
}

// Put stores a draft that is locked, under its next revision.
func (s *Store) Put(ctx context.Context, m *Model) error {
	m.UpdateTime = s.now()
	m.Revision++
	if _, err := s.db.NamedExec(ctx, update, rowOf(m)); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, deleteItems, m.ID, m.Version); err != nil {
		return err
	}
	return s.putItems(ctx, m)
}

func (s *Store) requireNoRound(ctx context.Context, id uuid.UUID) error {
	var open bool
	if err := s.db.Get(ctx, &open, roundOpen, id); err != nil {
		return err
	}
	if open {
		return roundOpenError(id)
	}
	return nil
}

// Release freezes the draft.
func (s *Store) Release(ctx context.Context, id uuid.UUID, tag string) (*Model, error) {
	var out *Model
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		m, err := s.Hold(ctx, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, m.Revision, m.Name()); err != nil {
			return err
		}
		if err := s.requireNoRound(ctx, id); err != nil {
			return err
		}
		if gap, lacks := m.Gap(); lacks {
			return incompleteError(gap)
		}
		now := s.now()
		m.State, m.Releaser, m.ReleaseTime, m.UpdateTime = Released, auth.From(ctx).Subject, &now, now
		m.Revision++
		if _, err := s.db.NamedExec(ctx, release, rowOf(m)); err != nil {
			return err
		}
		out = m
		return s.Announce(ctx)(m.released(ctx))
	})
	return out, err
}

// Revise copies the newest version, which must be released, into the next draft.
func (s *Store) Revise(ctx context.Context, id uuid.UUID) (*Model, error) {
	var out *Model
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.Lock(ctx, id); err != nil {
			return err
		}
		m, err := s.Version(ctx, id, 0)
		if err != nil {
			return err
		}
		if m.State == Draft {
			return draftError(id)
		}
		m.Version++
		out = m
		return s.insert(ctx, m)
	})
	return out, err
}

// Weigh puts weights into a draft that is locked; missing is the code of one that it does not have.
func (m *Model) Weigh(weights map[string]decimal.Decimal) (missing string) {
	for code, w := range weights {
		item := m.Item(code)
		if item == nil {
			return code
		}
		item.Weight = w
	}
	return ""
}
