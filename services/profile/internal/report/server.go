package report

import (
	"context"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves CustomerReportService.
type Server struct {
	profilev1.UnimplementedCustomerReportServiceServer
	store *store
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time) *Server {
	return &Server{store: newStore(db, now)}
}

// CompileReport implements CustomerReportService. It is for MANAGER and above, and nothing in it is above MANAGER.
func (s *Server) CompileReport(ctx context.Context, r *profilev1.CompileReportRequest) (*httpbody.HttpBody, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers")
	if err != nil {
		return nil, err
	}
	kind := Kind(r.GetKind())
	first, last, err := s.span(r)
	if err != nil {
		return nil, err
	}
	source, err := s.store.source(ctx, ids[0], kind, first, last)
	if err != nil {
		return nil, err
	}
	tongue := Chinese
	if r.GetLanguage() == profilev1.CompileReportRequest_EN {
		tongue = English
	}
	written := Build(source, kind, tongue)
	file := document.File{Name: written.Title + "-" + source.Customer.DisplayName + "-" + day(source.Now)}
	if r.GetFormat() == profilev1.CompileReportRequest_MARKDOWN {
		file.Name, file.Type, file.Data = file.Name+".md", document.Markdown, written.Text()
		return file.Body()
	}
	file.Name, file.Type, file.Inline = file.Name+".html", document.HTML, true
	if file.Data, err = written.Page(); err != nil {
		return nil, err
	}
	return file.Body()
}

// How many days before the last one a span begins when nothing is said.
const (
	bulletinDays = 30
	analysisDays = 365
)

func (s *Server) span(r *profilev1.CompileReportRequest) (first, last time.Time, err error) {
	last = s.store.now().UTC().Truncate(24 * time.Hour)
	if r.GetEndDate() != nil {
		if last, err = civil.FromProto("end_date", r.GetEndDate()); err != nil {
			return first, last, err
		}
	}
	back := analysisDays
	if r.GetKind() == profilev1.CompileReportRequest_BULLETIN {
		back = bulletinDays
	}
	first = last.AddDate(0, 0, -back)
	if r.GetStartDate() != nil {
		if first, err = civil.FromProto("start_date", r.GetStartDate()); err != nil {
			return first, last, err
		}
	}
	if last.Before(first) {
		err = fault.Invalid(fault.Field("end_date", "ORDER", fault.Text{En: "must not be before start_date", Zh: "不得早于 start_date"}))
	}
	return first, last, err
}
