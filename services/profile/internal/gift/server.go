package gift

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
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves GiftService.
type Server struct {
	profilev1.UnimplementedGiftServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, keys *seal.Keys) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &profilev1.Gift{},
		Key:      "g.gift_id",
		Fields: []listing.Field{
			{Path: "date", Column: "g.gift_date", Kind: listing.Date, Sortable: true},
			{Path: "direction", Column: "g.direction", Kind: listing.Enum, Values: map[string]any{"GIVEN": int(Given), "RECEIVED": int(Received)}},
			{Path: "create_time", Column: "g.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "g.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now, keys), list: list}, nil
}

// CreateGift implements GiftService.
func (s *Server) CreateGift(ctx context.Context, r *profilev1.CreateGiftRequest) (*profilev1.Gift, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers", "people")
	if err != nil {
		return nil, err
	}
	g, err := FromProto(ids[0], ids[1], r.GetGift())
	if err != nil {
		return nil, fault.Prefix(err, "gift")
	}
	if err := s.store.Create(ctx, g); err != nil {
		return nil, err
	}
	return ToProto(g)
}

// GetGift implements GiftService.
func (s *Server) GetGift(ctx context.Context, r *profilev1.GetGiftRequest) (*profilev1.Gift, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "people", "gifts")
	if err != nil {
		return nil, err
	}
	g, err := s.store.Get(ctx, ids[0], ids[1], ids[2])
	if err != nil {
		return nil, err
	}
	return ToProto(g)
}

// ListGifts implements GiftService.
func (s *Server) ListGifts(ctx context.Context, r *profilev1.ListGiftsRequest) (*profilev1.ListGiftsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers", "people")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.GiftService_ListGifts_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListGiftsResponse{NextPageToken: next, Gifts: make([]*profilev1.Gift, len(found))}
	for i, g := range found {
		if out.Gifts[i], err = ToProto(g); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// UpdateGift implements GiftService.
func (s *Server) UpdateGift(ctx context.Context, r *profilev1.UpdateGiftRequest) (*profilev1.Gift, error) {
	ids, err := resource.Parse("gift.name", r.GetGift().GetName(), "customers", "people", "gifts")
	if err != nil {
		return nil, err
	}
	g, err := s.store.Update(ctx, ids[0], ids[1], ids[2], r.GetGift().GetEtag(), func(g *Gift) error {
		state, err := ToProto(g)
		if err != nil {
			return err
		}
		if err := mask.Apply("gift", state, r.GetGift(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		return g.over(state)
	})
	if err != nil {
		return nil, err
	}
	return ToProto(g)
}

// DeleteGift implements GiftService.
func (s *Server) DeleteGift(ctx context.Context, r *profilev1.DeleteGiftRequest) (*profilev1.DeleteGiftResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "people", "gifts")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], ids[1], ids[2], r.GetEtag()); err != nil {
		return nil, err
	}
	return &profilev1.DeleteGiftResponse{}, nil
}
