// Package report is the report of a survey [客户满意度测评报告], in the outline of the source: as a page with charts, as a workbook and as JSON.
package report

import (
	"context"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"

	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Server serves ReportService.
type Server struct {
	satisfactionv1.UnimplementedReportServiceServer
	store *store
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Server {
	return &Server{store: &store{
		db: db, now: now, numbers: numbers, surveys: survey.NewStore(db, now, numbers), questionnaires: questionnaire.NewStore(db, now, numbers),
		models: indexmodel.NewStore(db, now), analyses: analysis.NewStore(db, now, numbers),
	}}
}

// GetReport implements ReportService. All of it is at BASIC level, as the analysis is; groups of territories that the caller does not reach are left out before it is written.
func (s *Server) GetReport(ctx context.Context, r *satisfactionv1.GetReportRequest) (*httpbody.HttpBody, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "report", "surveys")
	if err != nil {
		return nil, err
	}
	source, err := s.store.source(ctx, ids[0], analysis.OptionsOf(r.GetOptions()), r.GetPublished())
	if err != nil {
		return nil, err
	}
	tongue := Chinese
	if r.GetLanguage() == satisfactionv1.GetReportRequest_EN {
		tongue = English
	}
	written := Build(source, tongue)
	file := document.File{Name: tongue.say(fileTitle)}
	if source.Survey.Wave != "" {
		file.Name += "-" + source.Survey.Wave
	}
	switch r.GetFormat() {
	case satisfactionv1.GetReportRequest_XLSX:
		file.Name, file.Type = file.Name+".xlsx", document.XLSX
		file.Data, err = written.Workbook()
	case satisfactionv1.GetReportRequest_JSON:
		file.Name, file.Type, file.Inline = file.Name+".json", "application/json", true
		file.Data, err = written.JSON(source.Analysis)
	default:
		file.Name, file.Type, file.Inline = file.Name+".html", document.HTML, true
		file.Data, err = written.Page()
	}
	if err != nil {
		return nil, err
	}
	return file.Body()
}
