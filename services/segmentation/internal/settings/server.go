package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Server serves SegmentationSettingsService.
type Server struct {
	segmentationv1.UnimplementedSegmentationSettingsServiceServer
	db      *postgres.DB
	store   *Store
	list    *listing.List
	changed Changed
}

// Changed is told of a new version, in the transaction that makes it.
type Changed func(ctx context.Context, before, after *Numbers) error

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, changed Changed) (*Server, error) {
	list, err := settings.NewList(&segmentationv1.Settings{}, pages)
	return &Server{db: db, store: NewStore(db, now), list: list, changed: changed}, err
}

// GetSettings implements SegmentationSettingsService.
func (s *Server) GetSettings(ctx context.Context, _ *segmentationv1.GetSettingsRequest) (*segmentationv1.Settings, error) {
	return s.store.versions.Current(ctx)
}

// ListSettingsVersions implements SegmentationSettingsService.
func (s *Server) ListSettingsVersions(ctx context.Context, r *segmentationv1.ListSettingsVersionsRequest) (*segmentationv1.ListSettingsVersionsResponse, error) {
	versions, next, err := s.store.versions.Versions(ctx, s.list, segmentationv1.SegmentationSettingsService_ListSettingsVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &segmentationv1.ListSettingsVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdateSettings implements SegmentationSettingsService.
func (s *Server) UpdateSettings(ctx context.Context, r *segmentationv1.UpdateSettingsRequest) (made *segmentationv1.Settings, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		before, err := s.store.Current(ctx)
		if err != nil {
			return err
		}
		if made, err = s.store.versions.Update(ctx, r.GetSettings(), r.GetUpdateMask()); err != nil {
			return err
		}
		if err := s.store.known(ctx, made.GetTimeZone()); err != nil {
			return err
		}
		after, err := numbersOf(made)
		if err != nil || after.Version == before.Version {
			return err
		}
		return s.changed(ctx, before, after)
	})
	return made, err
}
