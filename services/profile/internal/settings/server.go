// Package settings is the numbers that the profile service works by.
package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves SettingsService.
type Server struct {
	profilev1.UnimplementedSettingsServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := settings.NewList(&profilev1.Settings{}, pages)
	return &Server{store: NewStore(db, now), list: list}, err
}

// GetSettings implements SettingsService.
func (s *Server) GetSettings(ctx context.Context, _ *profilev1.GetSettingsRequest) (*profilev1.Settings, error) {
	return s.store.Current(ctx)
}

// ListSettingsVersions implements SettingsService.
func (s *Server) ListSettingsVersions(ctx context.Context, r *profilev1.ListSettingsVersionsRequest) (*profilev1.ListSettingsVersionsResponse, error) {
	versions, next, err := s.store.Versions(ctx, s.list, profilev1.SettingsService_ListSettingsVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &profilev1.ListSettingsVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdateSettings implements SettingsService.
func (s *Server) UpdateSettings(ctx context.Context, r *profilev1.UpdateSettingsRequest) (*profilev1.Settings, error) {
	return s.store.Update(ctx, r.GetSettings(), r.GetUpdateMask())
}
