package loyalty

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// RewardStore keeps the catalogue.
type RewardStore struct {
	db  *postgres.DB
	now func() time.Time
}

// NewRewardStore makes a store.
func NewRewardStore(db *postgres.DB, now func() time.Time) *RewardStore { return &RewardStore{db, now} }

const rewardColumns = `reward_id, revision, label_en, label_zh, points, active, stock, create_time, update_time`

const insertReward = `insert into rewards (` + rewardColumns + `)
	values (:reward_id, :revision, :label_en, :label_zh, :points, :active, :stock, :create_time, :update_time)`

// Create adds a reward.
func (s *RewardStore) Create(ctx context.Context, r *Reward) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	r.ID, r.Revision, r.CreateTime, r.UpdateTime = id, 1, s.now(), s.now()
	_, err = s.db.NamedExec(ctx, insertReward, r)
	return err
}

const selectReward = `select ` + rewardColumns + ` from rewards where reward_id = $1`

// Get reads a reward.
func (s *RewardStore) Get(ctx context.Context, id uuid.UUID) (*Reward, error) {
	return s.one(ctx, id, selectReward, id)
}

func (s *RewardStore) one(ctx context.Context, id uuid.UUID, query string, args ...any) (*Reward, error) {
	var r Reward
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(resource.Name("rewards", id))
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}

const updateReward = `update rewards set revision = revision + 1, label_en = :label_en, label_zh = :label_zh, points = :points, active = :active, stock = :stock,
	update_time = :update_time where reward_id = :reward_id`

// Update lets change say what becomes of a reward, which nobody else writes meanwhile.
func (s *RewardStore) Update(ctx context.Context, id uuid.UUID, change func(*Reward) (*Reward, error)) (*Reward, error) {
	var out *Reward
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		stored, err := s.one(ctx, id, selectReward+` for update`, id)
		if err != nil {
			return err
		}
		if out, err = change(stored); err != nil {
			return err
		}
		out.ID, out.Revision, out.CreateTime, out.UpdateTime = id, stored.Revision+1, stored.CreateTime, s.now()
		_, err = s.db.NamedExec(ctx, updateReward, out)
		return err
	})
	return out, err
}

const takeReward = `update rewards set stock = stock - $2, revision = revision + 1, update_time = $3
	where reward_id = $1 and active and (stock is null or stock >= $2) returning ` + rewardColumns

// Take takes so many out of stock, within the caller's transaction.
func (s *RewardStore) Take(ctx context.Context, id uuid.UUID, quantity int32) (*Reward, error) {
	var taken Reward
	err := s.db.Get(ctx, &taken, takeReward, id, quantity, s.now())
	if !errors.Is(err, postgres.ErrNoRows) {
		return &taken, err
	}
	stored, err := s.Get(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !stored.Active:
		return nil, errInactive
	default:
		return nil, errOutOfStock
	}
}

const giveBack = `update rewards set stock = stock + $2, revision = revision + 1, update_time = $3 where reward_id = $1`

// GiveBack puts so many back into stock.
func (s *RewardStore) GiveBack(ctx context.Context, id uuid.UUID, quantity int32) error {
	_, err := s.db.Exec(ctx, giveBack, id, quantity, s.now())
	return err
}

// List reads a page of the catalogue.
func (s *RewardStore) List(ctx context.Context, plan *listing.Plan) ([]Reward, string, error) {
	query, args := plan.Query(rewardColumns, "rewards", "")
	var rows []struct {
		Reward
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]Reward, len(rows))
	for i := range rows {
		out[i] = rows[i].Reward
	}
	return out, next, err
}
