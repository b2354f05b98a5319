package policy

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store is the copy, and what it says of contacts.
type Store struct {
	*policybook.Store
	db *postgres.DB
}

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{policybook.NewStore(db), db} }

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
	insertFrequencies = `insert into policy_frequencies (policy_id, rule_id, priority, classes, tiers, grades, activity, role, times, period)
		values (:policy_id, :rule_id, :priority, :classes, :tiers, :grades, :activity, :role, :times, :period)`

	// Whoever's year has been laid out is planned again by the new policy, one owner after the other: each is locked for his own customers only.
	replan = `insert into replans (customer_id, cause, reference, occur_time)
		select c.customer_id, 'policy', '', $1 from customers c
		where c.delete_time is null and c.owner in (select owner from owner_years where fiscal_year >= $2)
		order by c.owner, c.customer_id`
)

// frequency is a row of policy_frequencies.
type frequency struct {
	policybook.Condition
	Policy   uuid.UUID `db:"policy_id"`
	Rule     string    `db:"rule_id"`
	Priority int32     `db:"priority"`
	Activity int32     `db:"activity"`
	Role     int32     `db:"role"`
	Times    int32     `db:"times"`
	Period   int32     `db:"period"`
}

// add keeps what new policies say of contacts, and has those planned again whom they may concern. fiscalYear is that of today.
func (s *Store) add(ctx context.Context, frequencies []frequency, now time.Time, fiscalYear int) error {
	for _, f := range frequencies {
		if _, err := s.db.NamedExec(ctx, insertFrequencies, f); err != nil {
			return err
		}
	}
	_, err := s.db.Exec(ctx, replan, now, fiscalYear)
	return err
}
