package policybook

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store keeps the copy.
type Store struct {
	db *postgres.DB
}

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db} }

const selectPolicies = `select policy_id, fiscal_year, version, effective_day from policies order by fiscal_year, effective_day`

// All are the published policies.
func (s *Store) All(ctx context.Context) ([]Policy, error) {
	var all []Policy
	err := s.db.Select(ctx, &all, selectPolicies)
	for i := range all { // the driver's midnight has a zone of its own
		y, m, d := all[i].Effective.Date()
		all[i].Effective = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return all, err
}

const (
	insertWish = `insert into policy_wishes default values`
	wished     = `delete from policy_wishes where wish_id in (select wish_id from policy_wishes order by wish_id for update skip locked) returning wish_id`

	insertPolicy = `insert into policies (policy_id, fiscal_year, version, effective_day) values (:policy_id, :fiscal_year, :version, :effective_day)
		on conflict do nothing`
)

// Wish has segmentation asked for its policies, in the caller's transaction.
func (s *Store) Wish(ctx context.Context) error {
	_, err := s.db.Exec(ctx, insertWish)
	return err
}

// add keeps a policy and says whether it was not known yet.
func (s *Store) add(ctx context.Context, p Policy) (added bool, err error) {
	result, err := s.db.NamedExec(ctx, insertPolicy, p)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
