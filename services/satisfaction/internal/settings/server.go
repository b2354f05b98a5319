package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// Server serves SatisfactionSettingsService.
type Server struct {
	satisfactionv1.UnimplementedSatisfactionSettingsServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := settings.NewList(&satisfactionv1.Settings{}, pages)
	return &Server{store: NewStore(db, now), list: list}, err
}

// GetSettings implements SatisfactionSettingsService.
func (s *Server) GetSettings(ctx context.Context, _ *satisfactionv1.GetSettingsRequest) (*satisfactionv1.Settings, error) {
	return s.store.versions.Current(ctx)
}

// ListSettingsVersions implements SatisfactionSettingsService.
func (s *Server) ListSettingsVersions(ctx context.Context, r *satisfactionv1.ListSettingsVersionsRequest) (*satisfactionv1.ListSettingsVersionsResponse, error) {
	versions, next, err := s.store.versions.Versions(ctx, s.list, satisfactionv1.SatisfactionSettingsService_ListSettingsVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &satisfactionv1.ListSettingsVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdateSettings implements SatisfactionSettingsService.
func (s *Server) UpdateSettings(ctx context.Context, r *satisfactionv1.UpdateSettingsRequest) (*satisfactionv1.Settings, error) {
	return s.store.versions.Update(ctx, r.GetSettings(), r.GetUpdateMask())
}
