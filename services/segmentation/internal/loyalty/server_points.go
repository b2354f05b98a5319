package loyalty

import (
	"context"
	"strings"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// GetPoints implements LoyaltyService.
func (s *Server) GetPoints(ctx context.Context, r *segmentationv1.GetPointsRequest) (*segmentationv1.Points, error) {
	name, ok := strings.CutSuffix(r.GetName(), "/points")
	if !ok {
		return nil, fault.Invalid(fault.Field("name", "RESOURCE_NAME", fault.Text{
			En: "must be a name of the form customers/{id}/points", Zh: "必须是 customers/{id}/points 形式的资源名",
		}))
	}
	ids, err := resource.Parse("name", name, "customers")
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
	caller := auth.From(ctx)
	plan, err := s.entries.Plan(ctx, listing.Request{
		Method: segmentationv1.LoyaltyService_ListPointEntries_FullMethodName, Parent: r.GetParent(), Filter: r.GetFilter(), PageSize: r.GetPageSize(),
		PageToken: r.GetPageToken(), Level: caller.Level, Caller: caller.Subject,
	})
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
