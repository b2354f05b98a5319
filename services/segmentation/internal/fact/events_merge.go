package fact

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// derived are the tables of what is judged of a customer: it stays with whom it was judged of, out of sight while that one is merged, and both are judged anew.
var derived = []string{
	"touched", "measures", "standings", "standing_moves", "assessments", "grade_overrides", "churn_risks", "segment_members", "points_accounts", "rebate_settlement_results",
}

// Following has merges of customers followed. Orders, payments, signals, judgements, points and rebates of the merged customer become the survivor's; what has the survivor work
// out its sums is told before and after.
func (s *Store) Following(aliases mirror.Aliases, before, after func(context.Context, mirror.Merge) error) *Store {
	s.merger = &mirror.Merger{
		DB: s.db, Now: s.now, Consumer: Consumer, Aliases: aliases, Know: s.know, Put: s.putMerged, Before: before,
		Mover: rekey.New(s.db, rekey.Options{
			Except: derived,
			Collections: map[string]string{
				"orders": "order_id", "payments": "payment_id", "supplyPositions": "position_id", "expectedSales": "sales_id",
				"signals": "signal_id", "judgements": "judgement_id", "rebateAgreements": "agreement_id", "rebates": "rebate_id",
			},
			References: map[string][]string{"points_lots": {"reference"}, "points_transactions": {"reference"}},
		}),
		Rekeyed: func(customer, survivor string, undone bool) proto.Message {
			return &segmentationv1.CustomerRekeyed{Customer: customer, Survivor: survivor, Undone: undone}
		},
		After: func(ctx context.Context, m mirror.Merge) error {
			if err := after(ctx, m); err != nil {
				return err
			}
			return s.merged(ctx, m)
		},
	}
	return s
}

func (s *Store) putMerged(ctx context.Context, id uuid.UUID, fields []string, p *profilev1.Customer, at time.Time) error {
	return s.putCustomer(ctx, id, fields, p, touch{id, "customer", aggregate.Name(id), at})
}

// Of the orders that came while profile was asked for their profits the answer may have been about the other customer.
const wishProfits = `insert into wanted (customer_id, order_id, wish_time) select customer_id, order_id, cast($2 as timestamptz) from orders
	where customer_id = $1 and gross_profit is null and net_profit is null`

// merged has both customers looked at again.
func (s *Store) merged(ctx context.Context, m mirror.Merge) error {
	for _, id := range []uuid.UUID{m.Survivor, m.Merged} {
		if err := s.touch(ctx, touch{id, "customer", aggregate.Name(id), m.Time}); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, wishProfits, id, m.Time); err != nil {
			return err
		}
		if err := s.ReckonShares(ctx, id, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
