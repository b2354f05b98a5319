package survey

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	insert = `insert into surveys (survey_id, label_en, label_zh, purpose, questionnaire_id, questionnaire_version, previous_id, wave, territory, population, plan, seed, start_time,
		end_time, cost, currency, minimum_group, anonymous, state, author, create_time, update_time)
	values (:survey_id, :label_en, :label_zh, :purpose, :questionnaire_id, :questionnaire_version, :previous_id, :wave, :territory, :population, :plan, :seed, :start_time,
		:end_time, :cost, :currency, :minimum_group, :anonymous, 1, :author, :create_time, :create_time)`

	update = `update surveys set label_en = :label_en, label_zh = :label_zh, purpose = :purpose, questionnaire_id = :questionnaire_id,
		questionnaire_version = :questionnaire_version, previous_id = :previous_id, wave = :wave, territory = :territory, population = :population, plan = :plan, seed = :seed,
		start_time = :start_time, end_time = :end_time, cost = :cost, currency = :currency, minimum_group = :minimum_group, anonymous = :anonymous, state = :state,
		operation_id = :operation_id, population_size = :population_size, sample_size = :sample_size, census = :census, update_time = :update_time, open_time = :open_time,
		close_time = :close_time, revision = :revision
	where survey_id = :survey_id`

	deleteQuotas = `delete from quotas where survey_id = $1`

	insertQuotas = `insert into quotas (survey_id, quota, label_en, label_zh, condition, target)
	select $1, n, en, zh, condition, target
	from unnest($2::text[], $3::text[], $4::jsonb[], $5::integer[]) with ordinality as q (en, zh, condition, target, n)`
)

// Create stores a draft.
func (s *Store) Create(ctx context.Context, x *Survey) error {
	var err error
	if x.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	x.State, x.Author, x.CreateTime, x.Revision = Draft, auth.From(ctx).Subject, s.now(), 1
	x.UpdateTime = x.CreateTime
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.complete(ctx, x); err != nil {
			return err
		}
		if _, err := s.db.NamedExec(ctx, insert, rowOf(x)); err != nil {
			return err
		}
		return s.putQuotas(ctx, x)
	})
}

// complete looks at what a survey refers to, and fills in what it leaves out.
func (s *Store) complete(ctx context.Context, x *Survey) error {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return err
	}
	group := numbers.Survey.MinimumGroup
	if x.State == Open { // it was opened by other settings
		group = min(group, x.MinimumGroup)
	}
	if wrong := x.Check(group); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), field)
	}
	if err := RequireReach(ctx, x.Territory); err != nil {
		return err
	}
	q, err := s.questionnaires.Released(ctx, x.Questionnaire, x.QuestionnaireVersion)
	if err != nil {
		return err
	}
	x.QuestionnaireVersion = q.Version
	if x.Seed == "" {
		x.Seed = rand.Text()
	}
	if !x.Previous.Valid {
		return nil
	}
	before, err := s.Find(ctx, x.Previous.UUID)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return err
	}
	if err != nil || before.ID == x.ID || !before.Seen(auth.From(ctx)) {
		return fault.Invalid(fault.Field(field+".previous", "PREVIOUS", fault.Text{En: "is no other survey that you may see", Zh: "不是您可以查看的其他测评项目"}))
	}
	return nil
}

func (s *Store) putQuotas(ctx context.Context, x *Survey) error {
	n := len(x.Quotas)
	en, zh, conditions, targets := make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n), make(pq.Int32Array, n)
	for i := range x.Quotas {
		q := &x.Quotas[i]
		text, err := postgres.JSON[Condition]{V: q.Condition}.Value()
		if err != nil {
			return err
		}
		en[i], zh[i], targets[i] = q.LabelEn, q.LabelZh, q.Target
		conditions[i] = asText(text)
	}
	if _, err := s.db.Exec(ctx, deleteQuotas, x.ID); err != nil || n == 0 {
		return err
	}
	_, err := s.db.Exec(ctx, insertQuotas, x.ID, en, zh, conditions, targets)
	return err
}

func asText(value any) string {
	if bytes, ok := value.([]byte); ok {
		return string(bytes)
	}
	text, _ := value.(string)
	return text
}

// change locks a survey, holds the caller to its etag, and stores what do made of it; do says whether it changed anything.
func (s *Store) change(ctx context.Context, id uuid.UUID, tag string, do func(ctx context.Context, x *Survey) (bool, error)) (*Survey, error) {
	var out *Survey
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		x, err := s.Hold(ctx, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, x.Revision, x.Name()); err != nil {
			return err
		}
		out = x
		changed, err := do(ctx, x)
		if err != nil || !changed {
			return err
		}
		return s.put(ctx, x)
	})
	return out, err
}

// put stores a survey that is locked, under its next revision.
func (s *Store) put(ctx context.Context, x *Survey) error {
	x.UpdateTime = s.now()
	x.Revision++
	_, err := s.db.NamedExec(ctx, update, rowOf(x))
	return err
}

// Change stores what set made of a survey. loose says whether only what may change of an open survey did.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(x *Survey) (changed, loose bool, err error)) (*Survey, error) {
	return s.change(ctx, id, tag, func(ctx context.Context, x *Survey) (bool, error) {
		state := x.State
		changed, loose, err := set(x)
		if err != nil || !changed {
			return false, err
		}
		if state != Draft && (state != Open || !loose) {
			return false, stateError(x, "is not a draft: this cannot be changed any more", "不是草稿：该内容不能再更改")
		}
		if err := s.complete(ctx, x); err != nil || state != Draft {
			return true, err
		}
		return true, s.putQuotas(ctx, x)
	})
}

// Start has the sample of a draft drawn, in the caller's reach. One that could not be is refused at once.
func (s *Store) Start(ctx context.Context, id uuid.UUID, tag string) (*Survey, error) {
	return s.change(ctx, id, tag, func(ctx context.Context, x *Survey) (bool, error) {
		if x.State != Draft {
			return false, stateError(x, "is not a draft", "不是草稿")
		}
		if err := s.preview(ctx, x); err != nil {
			return false, err
		}
		made, err := operation.Start(ctx, s.db, kind, request{Survey: id}, s.now())
		x.State, x.Operation = Opening, uuid.NullUUID{UUID: made, Valid: true}
		return true, err
	})
}

// Close ends a survey.
func (s *Store) Close(ctx context.Context, id uuid.UUID, tag string) (*Survey, error) {
	return s.change(ctx, id, tag, func(ctx context.Context, x *Survey) (bool, error) {
		if x.State != Open {
			return false, stateError(x, "is not open", "未在进行中")
		}
		now := s.now()
		x.State, x.CloseTime = Closed, &now
		return true, s.announce(ctx)(x.closed(ctx))
	})
}
