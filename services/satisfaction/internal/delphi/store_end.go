package delphi

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

const (
	weightsOf = `select weights from delphi_ratings where model_id = $1 and round_id = $2 and weights is not null`

	forgetWeights = `update delphi_ratings set weights = null, secret_hash = null where model_id = $1 and round_id = $2`

	closeRound = `update delphi_rounds set state = 2, opinions = $3, ballots = $4, stable = $5, concordance = $6, settings_version = $7, close_time = $8
	where model_id = $1 and round_id = $2`

	applyRound = `update delphi_rounds set apply_time = $3, apply_reason = $4 where model_id = $1 and round_id = $2`
)

// Close ends a round.
func (s *Store) Close(ctx context.Context, model, id uuid.UUID) (*Round, error) {
	var round *Round
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.models.Lock(ctx, model); err != nil {
			return err
		}
		var err error
		if round, err = s.read(ctx, model, id, selectRound+` for update`); err != nil {
			return err
		}
		if round.State != Open {
			return round.closedError()
		}
		before, err := s.Before(ctx, model, round.ModelVersion, round.Number)
		if err != nil {
			return err
		}
		ballots, err := s.ballots(ctx, round)
		if err != nil {
			return err
		}
		numbers, err := s.numbers.Current(ctx)
		if err != nil {
			return err
		}
		if err := round.Close(ballots, before, numbers.Delphi); err != nil {
			return err
		}
		now := s.now()
		round.CloseTime, round.SettingsVersion = &now, numbers.Version
		return s.end(ctx, round)
	})
	return round, err
}

func (s *Store) end(ctx context.Context, r *Round) error {
	var concordance any // null when there is none
	if r.Concordance != nil {
		concordance = postgres.JSON[any]{V: r.Concordance}
	}
	_, err := s.db.Exec(ctx, closeRound, r.Model, r.ID, postgres.JSON[[]Opinion]{V: postgres.OrEmpty(r.Opinions)},
		postgres.JSON[Ballots]{V: postgres.OrEmpty(r.Ballots)}, r.Stable, concordance, r.SettingsVersion, r.CloseTime)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, forgetWeights, r.Model, r.ID); err != nil {
		return err
	}
	return s.models.Announce(ctx)(r.closed(ctx))
}

// ballots are the weights of those who have weighed.
func (s *Store) ballots(ctx context.Context, r *Round) (Ballots, error) {
	var given []postgres.JSON[Weights]
	if err := s.db.Select(ctx, &given, weightsOf, r.Model, r.ID); err != nil {
		return nil, err
	}
	out := make(Ballots, len(given))
	for i, weights := range given {
		for _, code := range r.Codes {
			out[i] = append(out[i], weights.V[code])
		}
	}
	return out, nil
}

// Apply puts the mean weights of the latest round into the draft.
func (s *Store) Apply(ctx context.Context, model, id uuid.UUID, reason string) (*indexmodel.Model, error) {
	var draft *indexmodel.Model
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.models.Lock(ctx, model); err != nil {
			return err
		}
		round, err := s.Get(ctx, model, id)
		if err != nil {
			return err
		}
		if draft, err = s.models.Hold(ctx, model); err != nil {
			return err
		}
		last, err := s.Before(ctx, model, draft.Version, latest)
		switch {
		case err != nil:
			return err
		case last != nil && last.State == Open:
			return last.openError()
		case last == nil || last.ID != round.ID:
			return round.notLatestError()
		case len(round.Opinions) == 0:
			return round.tooFewError()
		case !round.Stable && reason == "":
			return round.notStableError()
		}
		if gone := draft.Weigh(round.means(indexmodel.WeightPlaces)); gone != "" {
			return itemGoneError(gone)
		}
		if _, err := s.db.Exec(ctx, applyRound, model, id, s.now(), reason); err != nil {
			return err
		}
		return s.models.Put(ctx, draft)
	})
	return draft, err
}
