package grade

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// maxOverrideYears bounds how far ahead a person decides against the score.
const maxOverrideYears = 3

// OverrideGrade implements GradeService.
func (s *Server) OverrideGrade(ctx context.Context, r *segmentationv1.OverrideGradeRequest) (*segmentationv1.GradeOverride, error) {
	customer, err := customerOf(r.GetName())
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	expire, err := expiry(r, today)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("grade: %w", err)
	}
	o := &overriding{
		Customer: customer, ID: id, Grade: gradingmodel.Letter(r.GetGrade()), Reason: r.GetReason(), SetDay: today, ExpireDay: expire,
		Author: auth.From(ctx).Subject,
	}
	if err := s.store.override(ctx, o); err != nil {
		return nil, err
	}
	return o.toProto(), nil
}

func expiry(r *segmentationv1.OverrideGradeRequest, today time.Time) (time.Time, error) {
	expire, err := civil.FromProto("expire_date", r.GetExpireDate())
	if err != nil {
		return expire, err
	}
	if !expire.After(today) || expire.After(today.AddDate(maxOverrideYears, 0, 0)) {
		return expire, fault.Invalid(fault.Field("expire_date", "RANGE", fault.Text{
			En: fmt.Sprintf("must be after today, %s, and at most %d years ahead", today.Format(time.DateOnly), maxOverrideYears),
			Zh: fmt.Sprintf("必须晚于今日 %s,且不超过 %d 年", today.Format(time.DateOnly), maxOverrideYears),
		}))
	}
	return expire, nil
}

// ClearGradeOverride implements GradeService.
func (s *Server) ClearGradeOverride(ctx context.Context, r *segmentationv1.ClearGradeOverrideRequest) (*segmentationv1.GradeOverride, error) {
	customer, err := customerOf(r.GetName())
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.store.clear(ctx, customer, today, auth.From(ctx).Subject)
	if err != nil {
		return nil, err
	}
	return o.toProto(), nil
}
