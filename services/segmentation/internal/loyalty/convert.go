package loyalty

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func (p *Posting) toProto() *segmentationv1.PointEntry {
	out := &segmentationv1.PointEntry{
		Name: entryName(p.Customer, p.ID), Kind: segmentationv1.PointEntry_Kind(p.Kind), Points: p.Points, BalanceAfter: p.BalanceAfter,
		Reference: p.Reference, Reason: p.Reason, ExpireDate: civil.Optional(p.ExpireDay), Quantity: p.Quantity, Reverses: p.entry(p.Reverses),
		ReversedBy: p.entry(p.ReversedBy), Author: p.Author, PostDate: civil.Optional(&p.Day), PostTime: timestamppb.New(p.Time),
	}
	if p.Reward.Valid {
		out.Reward = resource.Name("rewards", p.Reward.UUID)
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, &segmentationv1.PointLine{
			Account: segmentationv1.PointLine_Account(l.Account), Lot: p.entry(l.Lot), Points: l.Points,
		})
	}
	return out
}

// entry names another posting of the same customer, if there is one.
func (p *Posting) entry(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return entryName(p.Customer, id.UUID)
}

func (s *State) toProto(customer uuid.UUID, programme *Programme) *segmentationv1.Points {
	at := programme.LevelOf(s.Earned)
	out := &segmentationv1.Points{
		Name: aggregate.Name(customer) + "/points", Balance: s.Balance, Debt: s.Debt, EarnedPoints: s.Earned, Level: programme.Levels[at].toProto(),
		ExpiringPoints: s.Expiring,
	}
	if at+1 < len(programme.Levels) {
		next := programme.Levels[at+1]
		out.NextLevel, out.PointsToNextLevel = next.toProto(), next.From-s.Earned
	}
	for _, l := range s.Lots {
		out.ExpiringLots = append(out.ExpiringLots, &segmentationv1.PointLot{Entry: entryName(customer, l.ID), Points: l.Left, ExpireDate: civil.Optional(l.ExpireDay)})
	}
	return out
}
