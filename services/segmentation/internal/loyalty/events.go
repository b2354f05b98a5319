package loyalty

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

func postedOf(postings []*Posting) []assess.Announcement {
	out := make([]assess.Announcement, len(postings))
	for i, p := range postings {
		out[i] = assess.Announcement{Customer: p.Customer, Data: &segmentationv1.PointsPosted{
			Entry: entryName(p.Customer, p.ID), Customer: aggregate.Name(p.Customer), Kind: segmentationv1.PointEntry_Kind(p.Kind), Points: p.Points,
			BalanceAfter: p.BalanceAfter, Reference: p.Reference, ExpireDate: civil.Optional(p.ExpireDay),
		}}
	}
	return out
}

func levelChanged(was standing, level string, day time.Time) assess.Announcement {
	return assess.Announcement{Customer: was.Customer, Data: &segmentationv1.PointsLevelChanged{
		Customer: aggregate.Name(was.Customer), Before: was.Level, After: level, EarnedPoints: was.Earned, EffectiveDate: civil.Optional(&day),
	}}
}
