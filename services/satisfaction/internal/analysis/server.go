package analysis

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Server serves AnalysisService.
type Server struct {
	satisfactionv1.UnimplementedAnalysisServiceServer
	store *Store
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Server {
	return &Server{store: NewStore(db, now, numbers)}
}

// GetAnalysis implements AnalysisService.
func (s *Server) GetAnalysis(ctx context.Context, r *satisfactionv1.GetAnalysisRequest) (*satisfactionv1.Analysis, error) {
	x, err := s.store.survey(ctx, r.GetName(), "analysis")
	if err != nil {
		return nil, err
	}
	read := func() (*satisfactionv1.Analysis, error) { return s.store.Analyse(ctx, x, OptionsOf(r.GetOptions())) }
	if r.GetPublished() {
		read = func() (*satisfactionv1.Analysis, error) { return s.store.Published(ctx, x) }
	}
	out, err := read()
	if err != nil {
		return nil, err
	}
	Limit(out, auth.From(ctx))
	return out, nil
}

// PublishAnalysis implements AnalysisService.
func (s *Server) PublishAnalysis(ctx context.Context, r *satisfactionv1.PublishAnalysisRequest) (*satisfactionv1.Analysis, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "analysis", "surveys")
	if err != nil {
		return nil, err
	}
	out, err := s.store.Publish(ctx, ids[0], OptionsOf(r.GetOptions()))
	if err != nil {
		return nil, err
	}
	Limit(out, auth.From(ctx))
	return out, nil
}
