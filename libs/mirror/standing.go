package mirror

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/events"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// What segmentation judges of a customer.
const (
	Class = "class"
	Tier  = "tier"
	Grade = "grade"
)

// Judgement is what an event of segmentation told of a customer.
type Judgement struct {
	Customer uuid.UUID
	What     string // Class, Tier or Grade
	// Reference is the resource that it is about; may be empty.
	Reference string
	Time      time.Time
}

// Standings keeps what segmentation judges of the customers of a mirror, in further columns of their table:
//
//	class smallint, tier smallint, grade text
//
// which are the numbers of segmentation's API, 0 or empty while the customer is not judged.
type Standings struct {
	*Customers
	Wants *Wants // where customers are wished for of whom nothing else is known
	// Told, if not nil, hears of every judgement after it is stored, in the same transaction.
	Told func(context.Context, Judgement) error
}

// StandingSubjects are those of the events that Standings.Handle takes.
func StandingSubjects() []string {
	return []string{"guanxi.segmentation.class.changed.v1", "guanxi.segmentation.tier.changed.v1", "guanxi.segmentation.grade.changed.v1"}
}

const (
	setClass = `update customers set class = $2 where customer_id = $1`
	setTier  = `update customers set tier = $2 where customer_id = $1`
	setGrade = `update customers set grade = $2 where customer_id = $1`
)

// Handle brings an event of segmentation into the mirror. Others than those of StandingSubjects are of no concern here.
func (s *Standings) Handle(ctx context.Context, d events.Delivery) error {
	judge := func(ctx context.Context, d events.Delivery, what, reference, set string, value any) error {
		return s.judge(ctx, Judgement{Customer: d.Aggregate, What: what, Reference: reference, Time: d.Time}, set, value)
	}
	switch d.Subject {
	case "guanxi.segmentation.class.changed.v1":
		return Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.ClassChanged) error {
			return judge(ctx, d, Class, m.GetReference(), setClass, int16(m.GetAfter()))
		})
	case "guanxi.segmentation.tier.changed.v1":
		return Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.TierChanged) error {
			return judge(ctx, d, Tier, m.GetReference(), setTier, int16(m.GetAfter()))
		})
	case "guanxi.segmentation.grade.changed.v1":
		return Decode(ctx, d, func(ctx context.Context, d events.Delivery, m *segmentationv1.GradeChanged) error {
			return judge(ctx, d, Grade, m.GetReference(), setGrade, m.GetAfter())
		})
	}
	return nil
}

func (s *Standings) judge(ctx context.Context, j Judgement, set string, value any) error {
	if err := s.Know(ctx, j.Customer, j.Time); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, set, j.Customer, value); err != nil || s.Told == nil {
		return err
	}
	return s.Told(ctx, j)
}

// Know makes sure that there is a row for the customer, and wishes for it if there was none.
func (s *Standings) Know(ctx context.Context, customer uuid.UUID, at time.Time) error {
	made, err := s.Ensure(ctx, customer, at)
	if err != nil || !made {
		return err
	}
	return s.Wants.Wish(ctx, customer, Whole)
}
