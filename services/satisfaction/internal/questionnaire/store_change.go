package questionnaire

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

const (
	insertHead = `insert into questionnaire_heads (questionnaire_id) values ($1)`

	insert = `insert into questionnaires (questionnaire_id, version, state, label_en, label_zh, model_id, model_version, body, author, create_time, update_time)
	values (:questionnaire_id, :version, 1, :label_en, :label_zh, :model_id, :model_version, :body, :author, :create_time, :update_time)`

	update = `update questionnaires set state = :state, label_en = :label_en, label_zh = :label_zh, body = :body, releaser = :releaser, overrule_reason = :overrule_reason,
		release_time = :release_time, update_time = :update_time, revision = :revision
	where questionnaire_id = :questionnaire_id and version = :version and state < 3`
)

// model reads what the questionnaire asks the items of; nil: it is freely written.
func (s *Store) model(ctx context.Context, q *Questionnaire) (*indexmodel.Model, error) {
	if !q.Model.Valid {
		return nil, nil //nolint:nilnil // see above
	}
	return s.models.Version(ctx, q.Model.UUID, q.ModelVersion)
}

// choose finds the released version of a model that a new questionnaire asks the items of; version 0 is the newest.
func (s *Store) choose(ctx context.Context, id uuid.UUID, version int32) (*indexmodel.Model, error) {
	if version == 0 {
		return s.models.Released(ctx, id)
	}
	m, err := s.models.Version(ctx, id, version)
	if err == nil && m.State != indexmodel.Released {
		return nil, indexmodel.NotReleasedError(id)
	}
	return m, err
}

// Create stores a new questionnaire, whose version 1 is a draft.
func (s *Store) Create(ctx context.Context, q *Questionnaire) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	q.ID, q.Version = id, 1
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, insertHead, q.ID); err != nil {
			return err
		}
		return s.insert(ctx, q)
	})
}

// insert stores a version as a draft of the caller's.
func (s *Store) insert(ctx context.Context, q *Questionnaire) error {
	q.State, q.Author, q.Releaser, q.OverruleReason, q.CreateTime, q.ReleaseTime, q.Revision = Draft, auth.From(ctx).Subject, "", "", s.now(), nil, 1
	q.UpdateTime = q.CreateTime
	_, err := s.db.NamedExec(ctx, insert, rowOf(q))
	return err
}

// draft locks a questionnaire, holds the caller to the etag of its draft, and has do change that; do says whether it did.
func (s *Store) draft(ctx context.Context, id uuid.UUID, tag string, do func(ctx context.Context, q *Questionnaire) (bool, error)) (*Questionnaire, error) {
	var out *Questionnaire
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		q, err := s.hold(ctx, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, q.Revision, q.Name()); err != nil {
			return err
		}
		out = q
		changed, err := do(ctx, q)
		if err != nil || !changed {
			return err
		}
		q.UpdateTime = s.now()
		q.Revision++
		_, err = s.db.NamedExec(ctx, update, rowOf(q))
		return err
	})
	return out, err
}

// Change stores what set made of the draft, which then has no pretest any more.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(q *Questionnaire, model *indexmodel.Model) (bool, error)) (*Questionnaire, error) {
	return s.draft(ctx, id, tag, func(ctx context.Context, q *Questionnaire) (bool, error) {
		model, err := s.model(ctx, q)
		if err != nil {
			return false, err
		}
		changed, err := set(q, model)
		if changed {
			q.State = Draft
		}
		return changed, err
	})
}

// Release freezes the draft, if it has passed a pretest or there is a reason to do without.
func (s *Store) Release(ctx context.Context, id uuid.UUID, tag, overrule string) (*Questionnaire, error) {
	return s.draft(ctx, id, tag, func(ctx context.Context, q *Questionnaire) (bool, error) {
		if gap, lacks := q.Gap(); lacks {
			return false, failed("INCOMPLETE", gap)
		}
		pretested := q.State == Pretested
		if !pretested && overrule == "" {
			return false, notPretestedError(id)
		}
		if pretested {
			overrule = ""
		}
		now := s.now()
		q.State, q.Releaser, q.OverruleReason, q.ReleaseTime = Released, auth.From(ctx).Subject, overrule, &now
		return true, s.announce(ctx)(q.released(ctx, pretested))
	})
}

// Revise copies the newest version, which must be released, into the next draft.
func (s *Store) Revise(ctx context.Context, id uuid.UUID) (*Questionnaire, error) {
	var out *Questionnaire
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lock(ctx, id); err != nil {
			return err
		}
		q, err := s.Version(ctx, id, 0)
		if err != nil {
			return err
		}
		if q.State != Released {
			return draftError(id)
		}
		q.Version++
		out = q
		return s.insert(ctx, q)
	})
	return out, err
}

// requireEverywhere refuses to change what is of the whole company to those whose territories are limited.
func requireEverywhere(ctx context.Context) error {
	if caller := auth.From(ctx); caller.Everywhere() || caller.Administrator {
		return nil
	}
	return fault.Denied("EVERYWHERE_ONLY", fault.Text{
		En: "questionnaires are of the whole company: only administrators and those who work in all territories may change them",
		Zh: "问卷属于全公司：仅管理员与负责全部区域的人员可以更改",
	})
}
