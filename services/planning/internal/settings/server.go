package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Server serves PlanningSettingsService.
type Server struct {
	planningv1.UnimplementedPlanningSettingsServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := settings.NewList(&planningv1.Settings{}, pages)
	return &Server{store: NewStore(db, now), list: list}, err
}

// GetSettings implements PlanningSettingsService.
func (s *Server) GetSettings(ctx context.Context, _ *planningv1.GetSettingsRequest) (*planningv1.Settings, error) {
	return s.store.versions.Current(ctx)
}

// ListSettingsVersions implements PlanningSettingsService.
func (s *Server) ListSettingsVersions(ctx context.Context, r *planningv1.ListSettingsVersionsRequest) (*planningv1.ListSettingsVersionsResponse, error) {
	versions, next, err := s.store.versions.Versions(ctx, s.list, planningv1.PlanningSettingsService_ListSettingsVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &planningv1.ListSettingsVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdateSettings implements PlanningSettingsService.
func (s *Server) UpdateSettings(ctx context.Context, r *planningv1.UpdateSettingsRequest) (*planningv1.Settings, error) {
	return s.store.versions.Update(ctx, r.GetSettings(), r.GetUpdateMask())
}
