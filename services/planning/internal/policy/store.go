package policy

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

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

// Of each way of contact and role the first rule that says something, of those whose condition the customer meets, decides. What is not judged yet is in no list.
const selectDemands = `select distinct on (c.customer_id, f.policy_id, f.activity, f.role)
		c.customer_id, f.policy_id, f.rule_id, f.activity, f.role, f.times, f.period
	from customers c
	join policy_frequencies f on f.policy_id = any($2)
		and (f.classes = '{}' or c.class = any(f.classes)) and (f.tiers = '{}' or c.tier = any(f.tiers)) and (f.grades = '{}' or c.grade = any(f.grades))
	where c.customer_id = any($1) and c.delete_time is null
	order by c.customer_id, f.policy_id, f.activity, f.role, f.priority desc`

// Demands are what policies demand for customers, by one statement whatever their number. Deleted customers demand nothing.
func (s *Store) Demands(ctx context.Context, customers, policies []uuid.UUID) ([]Demand, error) {
	var all []Demand
	return all, s.db.Select(ctx, &all, selectDemands, pq.Array(customers), pq.Array(policies))
}

const (
	wish   = `insert into policy_wishes default values`
	wished = `delete from policy_wishes where wish_id in (select wish_id from policy_wishes order by wish_id for update skip locked) returning wish_id`

	insertPolicy = `insert into policies (policy_id, fiscal_year, version, effective_day) values (:policy_id, :fiscal_year, :version, :effective_day)
		on conflict do nothing`
	insertFrequencies = `insert into policy_frequencies (policy_id, rule_id, priority, classes, tiers, grades, activity, role, times, period)
		values (:policy_id, :rule_id, :priority, :classes, :tiers, :grades, :activity, :role, :times, :period)`

	// Whoever's year has been laid out is planned again by the new policy, one owner after the other: each is locked for his own customers only.
	replan = `insert into replans (customer_id, cause, reference, occur_time)
		select c.customer_id, 'policy', '', $1 from customers c
		where c.delete_time is null and c.owner in (select owner from owner_years where fiscal_year >= $2)
		order by c.owner, c.customer_id`
)

// Wish has segmentation asked for its policies, in the caller's transaction.
func (s *Store) Wish(ctx context.Context) error {
	_, err := s.db.Exec(ctx, wish)
	return err
}

// frequency is a row of policy_frequencies.
type frequency struct {
	Policy   uuid.UUID      `db:"policy_id"`
	Rule     string         `db:"rule_id"`
	Priority int32          `db:"priority"`
	Classes  pq.Int32Array  `db:"classes"`
	Tiers    pq.Int32Array  `db:"tiers"`
	Grades   pq.StringArray `db:"grades"`
	Activity int32          `db:"activity"`
	Role     int32          `db:"role"`
	Times    int32          `db:"times"`
	Period   int32          `db:"period"`
}

// add keeps policies that are not known yet, and has those planned again whom they may concern. fiscalYear is that of today.
func (s *Store) add(ctx context.Context, policies []Policy, frequencies []frequency, now time.Time, fiscalYear int) error {
	added := map[uuid.UUID]bool{}
	for _, p := range policies {
		result, err := s.db.NamedExec(ctx, insertPolicy, p)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n > 0 {
			added[p.ID] = true
		}
	}
	for _, f := range frequencies {
		if !added[f.Policy] {
			continue
		}
		if _, err := s.db.NamedExec(ctx, insertFrequencies, f); err != nil {
			return err
		}
	}
	if len(added) == 0 {
		return nil
	}
	_, err := s.db.Exec(ctx, replan, now, fiscalYear)
	return err
}
