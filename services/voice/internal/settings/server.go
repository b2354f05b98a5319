package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves VoiceSettingsService.
type Server struct {
	voicev1.UnimplementedVoiceSettingsServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := settings.NewList(&voicev1.VoiceSettings{}, pages)
	return &Server{store: NewStore(db, now), list: list}, err
}

// GetSettings implements VoiceSettingsService.
func (s *Server) GetSettings(ctx context.Context, _ *voicev1.GetSettingsRequest) (*voicev1.VoiceSettings, error) {
	return s.store.versions.Current(ctx)
}

// ListSettingsVersions implements VoiceSettingsService.
func (s *Server) ListSettingsVersions(ctx context.Context, r *voicev1.ListSettingsVersionsRequest) (*voicev1.ListSettingsVersionsResponse, error) {
	versions, next, err := s.store.versions.Versions(ctx, s.list, voicev1.VoiceSettingsService_ListSettingsVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &voicev1.ListSettingsVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdateSettings implements VoiceSettingsService.
func (s *Server) UpdateSettings(ctx context.Context, r *voicev1.UpdateSettingsRequest) (*voicev1.VoiceSettings, error) {
	return s.store.versions.Update(ctx, r.GetSettings(), r.GetUpdateMask())
}
