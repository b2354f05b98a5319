package supply

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves SupplyPositionService.
type Server struct {
	profilev1.UnimplementedSupplyPositionServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &profilev1.SupplyPosition{},
		Key:          "s.position_id",
		DefaultOrder: "as_of_date desc",
		Fields: []listing.Field{
			{Path: "product_line", Column: "s.product_line", Kind: listing.String, Sortable: true},
			{Path: "our_share_percent", Column: "s.our_share", Kind: listing.Decimal, Sortable: true},
			{Path: "as_of_date", Column: "s.as_of", Kind: listing.Date, Sortable: true},
			{Path: "current", Column: "(" + current + ")", Kind: listing.Bool},
			{Path: "author", Column: "s.author", Kind: listing.String},
			{Path: "create_time", Column: "s.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "s.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now), list: list}, nil
}

// CreateSupplyPosition implements SupplyPositionService.
func (s *Server) CreateSupplyPosition(ctx context.Context, r *profilev1.CreateSupplyPositionRequest) (*profilev1.SupplyPosition, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	p, err := FromProto(ids[0], r.GetSupplyPosition())
	if err != nil {
		return nil, fault.Prefix(err, "supply_position")
	}
	if err := s.store.Create(ctx, p); err != nil {
		return nil, err
	}
	return ToProto(p), nil
}

// GetSupplyPosition implements SupplyPositionService.
func (s *Server) GetSupplyPosition(ctx context.Context, r *profilev1.GetSupplyPositionRequest) (*profilev1.SupplyPosition, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "supplyPositions")
	if err != nil {
		return nil, err
	}
	p, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return ToProto(p), nil
}

// ListSupplyPositions implements SupplyPositionService.
func (s *Server) ListSupplyPositions(ctx context.Context, r *profilev1.ListSupplyPositionsRequest) (*profilev1.ListSupplyPositionsResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.SupplyPositionService_ListSupplyPositions_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListSupplyPositionsResponse{NextPageToken: next, SupplyPositions: make([]*profilev1.SupplyPosition, len(found))}
	for i, p := range found {
		out.SupplyPositions[i] = ToProto(p)
	}
	return out, nil
}

// UpdateSupplyPosition implements SupplyPositionService.
func (s *Server) UpdateSupplyPosition(ctx context.Context, r *profilev1.UpdateSupplyPositionRequest) (*profilev1.SupplyPosition, error) {
	const field = "supply_position"
	ids, err := resource.Parse(field+".name", r.GetSupplyPosition().GetName(), "customers", "supplyPositions")
	if err != nil {
		return nil, err
	}
	p, err := s.store.Update(ctx, ids[0], ids[1], r.GetSupplyPosition().GetEtag(), func(p *Position) error {
		state := ToProto(p)
		if err := mask.Apply(field, state, r.GetSupplyPosition(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		return p.over(state)
	})
	if err != nil {
		return nil, err
	}
	return ToProto(p), nil
}

// DeleteSupplyPosition implements SupplyPositionService.
func (s *Server) DeleteSupplyPosition(ctx context.Context, r *profilev1.DeleteSupplyPositionRequest) (*profilev1.DeleteSupplyPositionResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "supplyPositions")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], ids[1], r.GetEtag()); err != nil {
		return nil, err
	}
	return &profilev1.DeleteSupplyPositionResponse{}, nil
}
