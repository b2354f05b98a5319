package loyalty

import (
	"context"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// GetLoyaltyProgramme implements LoyaltyService.
func (s *Server) GetLoyaltyProgramme(ctx context.Context, _ *segmentationv1.GetLoyaltyProgrammeRequest) (*segmentationv1.LoyaltyProgramme, error) {
	return s.programmes.versions.Current(ctx)
}

// ListLoyaltyProgrammeVersions implements LoyaltyService.
func (s *Server) ListLoyaltyProgrammeVersions(
	ctx context.Context, r *segmentationv1.ListLoyaltyProgrammeVersionsRequest,
) (*segmentationv1.ListLoyaltyProgrammeVersionsResponse, error) {
	versions, next, err := s.programmes.versions.Versions(ctx, s.versions, segmentationv1.LoyaltyService_ListLoyaltyProgrammeVersions_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	return &segmentationv1.ListLoyaltyProgrammeVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// UpdateLoyaltyProgramme implements LoyaltyService.
func (s *Server) UpdateLoyaltyProgramme(
	ctx context.Context, r *segmentationv1.UpdateLoyaltyProgrammeRequest,
) (*segmentationv1.LoyaltyProgramme, error) {
	return s.programmes.versions.Update(ctx, r.GetLoyaltyProgramme(), r.GetUpdateMask())
}
