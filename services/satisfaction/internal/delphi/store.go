package delphi

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// Store keeps the rounds.
type Store struct {
	db      *postgres.DB
	now     func() time.Time
	models  *indexmodel.Store
	numbers *settings.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, models: indexmodel.NewStore(db, now), numbers: numbers}
}

const (
	columns = `model_id, round_id, round, model_version, state, item_codes, experts,
	(select count(*) from delphi_ratings r where r.model_id = d.model_id and r.round_id = d.round_id and r.rated) as rated,
	opinions, ballots, stable, concordance, settings_version, create_time, close_time, apply_time, apply_reason`

	selectRound = `select ` + columns + ` from delphi_rounds d where model_id = $1 and round_id = $2`

	// Whoever weighs keeps the round from being closed meanwhile, and lets others weigh.
	shareRound = selectRound + ` for share`

	// The round before a number; with a very large one, the latest.
	beforeRound = `select ` + columns + ` from delphi_rounds d where model_id = $1 and model_version = $2 and round < $3 order by round desc limit 1`

	expertBySecret = `select model_id, round_id, expert, weights from delphi_ratings where secret_hash = $1`

	expertBySubject = `select model_id, round_id, expert, weights from delphi_ratings where model_id = $1 and round_id = $2 and subject = $3 and $3 <> ''`
)

// row is a round as the table has it.
type row struct {
	Round
	Codes       pq.StringArray                    `db:"item_codes"`
	Opinions    postgres.JSON[[]Opinion]          `db:"opinions"`
	Ballots     postgres.JSON[Ballots]            `db:"ballots"`
	Concordance postgres.JSON[*stats.Concordance] `db:"concordance"`
}

func (r *row) round() *Round {
	out := r.Round
	out.Codes = r.Codes
	out.Outcome = Outcome{Opinions: r.Opinions.V, Ballots: r.Ballots.V, Concordance: r.Concordance.V}
	return &out
}

// Get reads a round.
func (s *Store) Get(ctx context.Context, model, id uuid.UUID) (*Round, error) {
	return s.read(ctx, model, id, selectRound)
}

func (s *Store) read(ctx context.Context, model, id uuid.UUID, query string) (*Round, error) {
	var r row
	err := s.db.Get(ctx, &r, query, model, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(resource.Name("indexModels", model, "delphiRounds", id)) // rounds are known to everybody
	}
	if err != nil {
		return nil, err
	}
	return r.round(), nil
}

// Before is the round before a number within a version of a model; nil when there is none.
func (s *Store) Before(ctx context.Context, model uuid.UUID, version, number int32) (*Round, error) {
	var r row
	err := s.db.Get(ctx, &r, beforeRound, model, version, number)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // see above
	}
	if err != nil {
		return nil, err
	}
	return r.round(), nil
}

// List reads a page of the rounds of a model.
func (s *Store) List(ctx context.Context, plan *listing.Plan, model uuid.UUID) ([]*Round, string, error) {
	query, args := plan.Query(columns, "delphi_rounds d", "model_id = $1", model)
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Round, len(rows))
	for i := range rows {
		out[i] = rows[i].round()
	}
	return out, next, err
}

// seat is an expert's place in a round.
type seat struct {
	Model   uuid.UUID              `db:"model_id"`
	Round   uuid.UUID              `db:"round_id"`
	Expert  int32                  `db:"expert"`
	Weights postgres.JSON[Weights] `db:"weights"`
}

// bySecret is the seat of who has the secret of a link.
func (s *Store) bySecret(ctx context.Context, secret string) (*seat, error) {
	var at seat
	err := s.db.Get(ctx, &at, expertBySecret, digest(secret))
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, errUnknown
	}
	return &at, err
}

// bySubject is the seat of an expert with a login. For who has none the round does not exist.
func (s *Store) bySubject(ctx context.Context, model, round uuid.UUID, subject string) (*seat, error) {
	var at seat
	err := s.db.Get(ctx, &at, expertBySubject, model, round, subject)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(resource.Name("indexModels", model, "delphiRounds", round))
	}
	return &at, err
}
