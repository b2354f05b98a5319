package loyalty

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// GetPoints implements LoyaltyService.
func (s *Server) GetPoints(ctx context.Context, r *segmentationv1.GetPointsRequest) (*segmentationv1.Points, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "points", "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.store.db, ids[0]); err != nil {
		return nil, err
	}
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	programme, err := s.programmes.Current(ctx)
	if err != nil {
		return nil, err
	}
	state, err := s.store.State(ctx, ids[0], today)
	if err != nil {
		return nil, err
	}
	return state.toProto(ids[0], programme), nil
}

// ListPointEntries implements LoyaltyService.
func (s *Server) ListPointEntries(ctx context.Context, r *segmentationv1.ListPointEntriesRequest) (*segmentationv1.ListPointEntriesResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if id != resource.Any {
		if err := aggregate.Visible(ctx, s.store.db, id); err != nil {
			return nil, err
		}
	}
	plan, err := s.entries.PlanFor(ctx, segmentationv1.LoyaltyService_ListPointEntries_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListPointEntriesResponse{NextPageToken: next, PointEntries: make([]*segmentationv1.PointEntry, len(found))}
	for i, p := range found {
		out.PointEntries[i] = p.toProto()
	}
	return out, nil
}
