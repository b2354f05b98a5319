package grade

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Server serves GradeService.
type Server struct {
	segmentationv1.UnimplementedGradeServiceServer
	store   *store
	numbers *settings.Store
	now     func() time.Time
	list    *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &segmentationv1.Grade{}, Key: "a.assessment_id", DefaultOrder: "effective_date desc, record_time desc",
		Fields: []listing.Field{
			{Path: "grade", Column: "a.grade", Kind: listing.Enum, Values: map[string]any{"S": 4, "A": 3, "B": 2, "C": 1}},
			{Path: "provisional", Column: "a.provisional", Kind: listing.Bool},
			{Path: "effective_date", Column: "a.valid_day", Kind: listing.Date, Sortable: true},
			{Path: "record_time", Column: "a.record_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "cause", Column: "a.cause", Kind: listing.String},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: newStore(db, now), numbers: numbers, now: now, list: list}, nil
}

// customerOf reads the customer out of customers/{id}/grade.
func customerOf(name string) (uuid.UUID, error) {
	ids, err := resource.ParseSingleton("name", name, "grade", "customers")
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

func (s *Server) today(ctx context.Context) (time.Time, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return numbers.Today(s.now()), nil
}

// GetGrade implements GradeService.
func (s *Server) GetGrade(ctx context.Context, r *segmentationv1.GetGradeRequest) (*segmentationv1.Grade, error) {
	customer, err := customerOf(r.GetName())
	if err != nil {
		return nil, err
	}
	day, err := s.dayAsked(ctx, r.GetAsOf())
	if err != nil {
		return nil, err
	}
	var known *time.Time
	if r.GetKnownAt() != nil {
		if err := r.GetKnownAt().CheckValid(); err != nil {
			return nil, fault.Invalid(fault.Field("known_at", "TIMESTAMP", fault.Text{En: "is not a time of the years 1 to 9999", Zh: "不是公元 1 至 9999 年间的时间"}))
		}
		at := r.GetKnownAt().AsTime()
		known = &at
	}
	a, err := s.store.at(ctx, customer, day, known)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return &segmentationv1.Grade{Name: r.GetName()}, nil
	}
	m, err := s.store.models.Get(ctx, a.Model)
	if err != nil {
		return nil, err
	}
	return a.toProto(r.GetName(), m), nil
}

func (s *Server) dayAsked(ctx context.Context, asOf string) (time.Time, error) {
	today, err := s.today(ctx)
	if err != nil || asOf == "" {
		return today, err
	}
	day, err := time.Parse(time.DateOnly, asOf)
	if err != nil || day.Year() < 1900 {
		return day, fault.Invalid(fault.Field("as_of", "DATE", fault.Text{En: "is not a day since 1900 written YYYY-MM-DD", Zh: "不是 1900 年以来按 YYYY-MM-DD 书写的日期"}))
	}
	if day.After(today) {
		return day, fault.Invalid(fault.Field("as_of", "FUTURE", fault.Text{
			En: "must not be after today, " + today.Format(time.DateOnly), Zh: "不得晚于今日 " + today.Format(time.DateOnly),
		}))
	}
	return day, nil
}

// ListAssessments implements GradeService.
func (s *Server) ListAssessments(ctx context.Context, r *segmentationv1.ListAssessmentsRequest) (*segmentationv1.ListAssessmentsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, segmentationv1.GradeService_ListAssessments_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.page(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListAssessmentsResponse{NextPageToken: next}
	models := map[uuid.UUID]*gradingmodel.Model{} // a customer has seen a handful
	for i := range found {
		m := models[found[i].Model]
		if m == nil {
			if m, err = s.store.models.Get(ctx, found[i].Model); err != nil {
				return nil, err
			}
			models[m.ID] = m
		}
		out.Assessments = append(out.Assessments, found[i].toProto(found[i].name(), m))
	}
	return out, nil
}
