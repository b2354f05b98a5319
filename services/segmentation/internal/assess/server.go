package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// collection is that of the runs' names.
const collection = "assessmentRuns"

// firstYear is before any order that anybody would import.
const firstYear = 1990

// errBusy has a run tried again when the facts are complete.
func errBusy(err error) error {
	if err != nil {
		return err
	}
	return fault.New(codes.Unavailable, "REBUILDING", fault.Text{En: "The facts are being built anew; customers are judged when that is done.", Zh: "事实数据正在重建，完成后再评定客户。"})
}

// Server serves AssessmentService.
type Server struct {
	segmentationv1.UnimplementedAssessmentServiceServer
	*Assessor
}

// NewServer makes the server.
func NewServer(a *Assessor) *Server { return &Server{Assessor: a} }

// RunAssessment implements AssessmentService.
func (s *Server) RunAssessment(ctx context.Context, r *segmentationv1.RunAssessmentRequest) (*segmentationv1.AssessmentRun, error) {
	n, err := s.Settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	today := n.Today(s.Now())
	asked, err := requestOf(r, today, n)
	if err != nil {
		return nil, err
	}
	id, err := operation.Start(ctx, s.DB, kind, asked, s.Now())
	if err != nil {
		return nil, err
	}
	return s.run(ctx, id)
}

func requestOf(r *segmentationv1.RunAssessmentRequest, today time.Time, n *settings.Numbers) (request, error) {
	asked := request{Day: today}
	switch {
	case r.GetFiscalYear() != 0 && r.GetAsOfDate() != nil:
		return asked, fault.Invalid(fault.Field("as_of_date", "EXCLUSIVE", fault.Text{En: "must not be given with fiscal_year", Zh: "不得与 fiscal_year 同时填写"}))
	case r.GetFiscalYear() != 0:
		asked.Day = time.Date(int(r.GetFiscalYear()), n.FiscalYearStart, 1, 0, 0, 0, 0, time.UTC)
	case r.GetAsOfDate() != nil:
		day, ok := civil.Day(r.GetAsOfDate())
		if !ok || day.Year() < firstYear {
			return asked, fault.Invalid(fault.Field("as_of_date", "DATE", fault.Text{En: "is not a full date from 1990 on", Zh: "不是 1990 年以后的完整日期"}))
		}
		asked.Day = day
	}
	if asked.Day.After(today) {
		field := "as_of_date"
		if r.GetFiscalYear() != 0 {
			field = "fiscal_year"
		}
		return asked, fault.Invalid(fault.Field(field, "FUTURE", fault.Text{En: "has not begun yet", Zh: "尚未开始"}))
	}
	asked.Historical = asked.Day.Before(today)
	return asked, nil
}

// GetAssessmentRun implements AssessmentService.
func (s *Server) GetAssessmentRun(ctx context.Context, r *segmentationv1.GetAssessmentRunRequest) (*segmentationv1.AssessmentRun, error) {
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	return s.run(ctx, ids[0])
}

// CancelAssessmentRun implements AssessmentService.
func (s *Server) CancelAssessmentRun(ctx context.Context, r *segmentationv1.CancelAssessmentRunRequest) (*segmentationv1.AssessmentRun, error) {
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	o, err := operation.Cancel(ctx, s.DB, kind, ids[0], s.Now())
	return answer(ctx, ids[0], o, err)
}

func (s *Server) run(ctx context.Context, id uuid.UUID) (*segmentationv1.AssessmentRun, error) {
	o, err := operation.Get(ctx, s.DB, kind, id)
	return answer(ctx, id, o, err)
}

func answer(ctx context.Context, id uuid.UUID, o *operation.Operation, err error) (*segmentationv1.AssessmentRun, error) {
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name(collection, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return toProto(o)
}

func toProto(o *operation.Operation) (*segmentationv1.AssessmentRun, error) {
	var asked request
	if err := o.Decode(&asked); err != nil {
		return nil, err
	}
	return &segmentationv1.AssessmentRun{
		Name: resource.Name(collection, o.ID), Historical: asked.Historical, Operation: operation.ToProto(o),
		AsOfDate: civil.Date(asked.Day),
	}, nil
}
