package fact

import (
	"context"
	"log/slog"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/worker"
)

// Peer is the way to a service that is asked.
type Peer func() (grpc.ClientConnInterface, error)

// Loops ask profile for what its events do not carry: people and customers whose first events are gone, and the lines of very long orders.
func (s *Store) Loops(profile Peer, log *slog.Logger) (people, orders *worker.Loop) {
	return (&mirror.Fetcher{Wants: s.wants, Profile: profile, Grant: s.grant}).Loop("fetcher", log),
		(&mirror.Fetcher{Wants: s.orders, Profile: profile, Grant: s.grantOrder}).Loop("order-fetcher", log)
}

// Policies asks segmentation for its policies.
func (s *Store) Policies(segmentation Peer) *policybook.Fetcher {
	return &policybook.Fetcher{Store: s.policies, Segmentation: segmentation, Keep: s.keepFactors}
}

// Granted says whether there is nothing left to ask profile for.
func (s *Store) Granted(ctx context.Context) (bool, error) {
	none, err := s.wants.None(ctx)
	if err != nil || !none {
		return false, err
	}
	return s.orders.None(ctx)
}

func (s *Store) grant(ctx context.Context, conn grpc.ClientConnInterface, customer, person uuid.UUID) error {
	if person == mirror.Whole {
		return s.customers.Ask(ctx, conn, customer, s.now())
	}
	p, err := mirror.AskPerson(ctx, conn, customer, person)
	switch {
	case err != nil:
		return err
	case p == nil:
		return s.forgetPerson(ctx, customer, person)
	}
	return s.putPerson(ctx, customer, person, p.GetSenior())
}

func (s *Store) grantOrder(ctx context.Context, conn grpc.ClientConnInterface, customer, id uuid.UUID) error {
	p, err := mirror.AskOrder(ctx, conn, customer, id)
	if err != nil || p == nil { // gone with its customer: the event that says so takes the row
		return err
	}
	o := orderOf(customer, id, p)
	o.without = false // an answer is complete
	return s.putOrder(ctx, o)
}

// factor is a row of policy_factors.
type factor struct {
	policybook.Condition
	Policy   uuid.UUID       `db:"policy_id"`
	Rule     string          `db:"rule_id"`
	Priority int32           `db:"priority"`
	Factor   decimal.Decimal `db:"sla_factor"`
}

const insertFactor = `insert into policy_factors (policy_id, rule_id, priority, classes, tiers, grades, sla_factor)
	values (:policy_id, :rule_id, :priority, :classes, :tiers, :grades, :sla_factor)`

// keepFactors keeps what new policies say of response times. Clocks that run keep the factor they were started with.
func (s *Store) keepFactors(ctx context.Context, added []policybook.Added) error {
	for _, p := range added {
		for _, r := range p.Rules {
			if r.GetSlaFactor() == "" {
				continue
			}
			f := factor{Condition: policybook.ConditionOf(r), Policy: p.ID, Rule: r.GetRuleId(), Priority: r.GetPriority()}
			var err error
			if f.Factor, err = decimal.NewFromString(r.GetSlaFactor()); err != nil {
				return err
			}
			if _, err := s.db.NamedExec(ctx, insertFactor, f); err != nil {
				return err
			}
		}
	}
	return nil
}
