package delphi

import (
	"context"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

const (
	insertRound = `insert into delphi_rounds (model_id, round_id, round, model_version, state, item_codes, experts, create_time)
	values ($1, $2, $3, $4, 1, $5, $6, $7)`

	insertExpert = `insert into delphi_ratings (model_id, round_id, expert, subject, secret_hash) values ($1, $2, $3, $4, $5)`

	expertsOf = `select expert, subject from delphi_ratings where model_id = $1 and round_id = $2 order by expert`

	putWeights = `update delphi_ratings set weights = $4, rated = true where model_id = $1 and round_id = $2 and expert = $3`
)

// latest is a number above those of all rounds.
const latest = math.MaxInt32

// Open makes the next round on the draft of a model. Without experts, or codes, those of the round before are taken.
func (s *Store) Open(ctx context.Context, model uuid.UUID, experts []Expert, codes []string) (*Round, []Expert, error) {
	var made *Round
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		draft, err := s.models.Hold(ctx, model)
		if err != nil {
			return err
		}
		before, err := s.Before(ctx, model, draft.Version, latest)
		if err != nil {
			return err
		}
		if before != nil && before.State == Open {
			return before.openError()
		}
		if experts, err = s.invited(ctx, before, experts); err != nil {
			return err
		}
		if codes, err = codesOf(draft, before, codes); err != nil {
			return err
		}
		made = &Round{Model: model, Number: 1, ModelVersion: draft.Version, State: Open, Experts: int32(len(experts)), CreateTime: s.now(), Codes: codes}
		if made.ID, err = uuid.NewV7(); err != nil {
			return err
		}
		if before != nil {
			made.Number = before.Number + 1
		}
		return s.insert(ctx, made, experts)
	})
	return made, experts, err
}

func (s *Store) insert(ctx context.Context, r *Round, experts []Expert) error {
	if _, err := s.db.Exec(ctx, insertRound, r.Model, r.ID, r.Number, r.ModelVersion, pq.StringArray(r.Codes), r.Experts, r.CreateTime); err != nil {
		return err
	}
	for i := range experts {
		e := &experts[i]
		e.Number = int32(i)
		if e.Subject == "" {
			e.Secret = newSecret()
			e.Hash = digest(e.Secret)
		}
		if _, err := s.db.Exec(ctx, insertExpert, r.Model, r.ID, e.Number, e.Subject, e.Hash); err != nil {
			return err
		}
	}
	return nil
}

// invited are those who are asked: so many that nobody can tell who said what.
func (s *Store) invited(ctx context.Context, before *Round, experts []Expert) ([]Expert, error) {
	if len(experts) == 0 && before != nil {
		if err := s.db.Select(ctx, &experts, expertsOf, before.Model, before.ID); err != nil {
			return nil, err
		}
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	if len(experts) < int(numbers.Delphi.MinimumExperts) {
		return nil, fault.Invalid(fault.Field("experts", "TOO_FEW_EXPERTS", fault.Text{
			En: "are too few: from what they say together one could tell who said what", Zh: "人数过少：可从汇总推知个人意见",
		}))
	}
	return experts, nil
}

// codesOf are the items to be weighed: those asked for, or those of the round before, or all.
func codesOf(draft *indexmodel.Model, before *Round, asked []string) ([]string, error) {
	codes := asked
	if len(codes) == 0 && before != nil {
		for _, code := range before.Codes {
			if draft.Item(code) != nil {
				codes = append(codes, code)
			}
		}
	}
	if len(codes) == 0 {
		for _, i := range draft.Items {
			codes = append(codes, i.Code)
		}
	}
	for i, code := range codes {
		if draft.Item(code) == nil {
			return nil, fault.Invalid(fault.Field(at("item_codes", i), "CODE", fault.Text{En: "is no item of the draft", Zh: "不是草稿的指标"}))
		}
		if slices.Index(codes, code) < i {
			return nil, fault.Invalid(fault.Field(at("item_codes", i), "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
	}
	if len(codes) < 2 {
		return nil, fault.Invalid(fault.Field("item_codes", "TOO_FEW_ITEMS", fault.Text{En: "must be at least two: a weight counts beside others", Zh: "至少两项：权重是相对的"}))
	}
	return codes, nil
}

// Rate keeps what an expert says; check looks at it by the round.
func (s *Store) Rate(ctx context.Context, find func(context.Context) (*seat, error), check func(*Round) (Weights, error)) (*Round, Weights, error) {
	var round *Round
	var weights Weights
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		at, err := find(ctx)
		if err != nil {
			return err
		}
		if round, err = s.read(ctx, at.Model, at.Round, shareRound); err != nil {
			return err
		}
		if round.State != Open {
			return round.closedError()
		}
		if weights, err = check(round); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, putWeights, at.Model, at.Round, at.Expert, postgres.JSON[Weights]{V: weights})
		return err
	})
	return round, weights, err
}
