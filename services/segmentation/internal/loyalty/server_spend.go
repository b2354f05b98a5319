package loyalty

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// RedeemPoints implements LoyaltyService.
func (s *Server) RedeemPoints(ctx context.Context, r *segmentationv1.RedeemPointsRequest) (*segmentationv1.PointEntry, error) {
	reward, err := wanted(r)
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, r.GetCustomer(), today, func(ctx context.Context, b *Book) (uuid.UUID, error) {
		p, err := NewPosting(Redemption, "", r.GetReason())
		if err != nil {
			return uuid.Nil, err
		}
		points := r.GetPoints()
		if reward.Valid {
			p.Reward, p.Quantity = reward, max(1, r.GetQuantity())
			taken, err := s.rewards.Take(ctx, reward.UUID, p.Quantity)
			if err != nil {
				return uuid.Nil, err
			}
			points = taken.Points * int64(p.Quantity)
		}
		return p.ID, b.Redeem(p, points)
	})
}

// wanted reads the reward, and refuses a request that is for none and for no points, or for both.
func wanted(r *segmentationv1.RedeemPointsRequest) (uuid.NullUUID, error) {
	if r.GetReward() != "" {
		ids, err := resource.Parse("reward", r.GetReward(), "rewards")
		if err != nil {
			return uuid.NullUUID{}, err
		}
		if r.GetPoints() != 0 {
			return uuid.NullUUID{}, fault.Invalid(fault.Field("points", "EITHER", fault.Text{
				En: "must be left out with a reward, which has its price", Zh: "指定兑换项目时不得填写积分数",
			}))
		}
		return uuid.NullUUID{UUID: ids[0], Valid: true}, nil
	}
	switch {
	case r.GetPoints() == 0:
		return uuid.NullUUID{}, fault.Invalid(fault.Field("points", "EITHER", fault.Text{En: "a reward or points must be given", Zh: "必须填写兑换项目或积分数"}))
	case r.GetQuantity() != 0:
		return uuid.NullUUID{}, fault.Invalid(fault.Field("quantity", "EITHER", fault.Text{En: "is for rewards only", Zh: "仅用于兑换项目"}))
	case r.GetReason() == "":
		return uuid.NullUUID{}, fault.Invalid(fault.Field("reason", "REQUIRED", fault.Text{En: "must be given with points", Zh: "按积分数扣减时必须填写原因"}))
	}
	return uuid.NullUUID{}, nil
}

// ReversePoints implements LoyaltyService.
func (s *Server) ReversePoints(ctx context.Context, r *segmentationv1.ReversePointsRequest) (*segmentationv1.PointEntry, error) {
	ids, err := resource.Parse("entry", r.GetEntry(), "customers", "pointEntries")
	if err != nil {
		return nil, err
	}
	if r.GetCustomer() != resource.Name("customers", ids[0]) {
		return nil, fault.Invalid(fault.Field("entry", "PARENT", fault.Text{En: "must be of the customer", Zh: "必须属于该客户"}))
	}
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, r.GetCustomer(), today, func(ctx context.Context, b *Book) (uuid.UUID, error) {
		against, err := s.store.Posting(ctx, b.Customer, ids[1])
		if err != nil {
			return uuid.Nil, err
		}
		if against.ReversedBy.Valid {
			return uuid.Nil, reversedError(entryName(b.Customer, against.ReversedBy.UUID))
		}
		p, err := NewPosting(Reversal, against.Reference, r.GetReason())
		if err != nil {
			return uuid.Nil, err
		}
		p.Reverses = uuid.NullUUID{UUID: against.ID, Valid: true}
		return p.ID, s.reverse(ctx, b, p, against)
	})
}

func (s *Server) reverse(ctx context.Context, b *Book, p, against *Posting) error {
	var ids []uuid.UUID
	for _, l := range against.Lines {
		if l.Lot.Valid {
			ids = append(ids, l.Lot.UUID)
		}
	}
	lots, err := s.store.lots(ctx, b, ids)
	if err != nil {
		return err
	}
	switch against.Kind {
	case Volume, Referral, Other:
		return b.ReverseEarn(p, lots[against.ID])
	case Redemption:
		today, err := s.today(ctx)
		if err != nil {
			return err
		}
		b.ReverseRedemption(p, against, lots, today)
		if against.Reward.Valid {
			return s.rewards.GiveBack(ctx, against.Reward.UUID, against.Quantity)
		}
		return nil
	default:
		return errNotReversible.With("kind", strconv.Itoa(int(against.Kind)))
	}
}
