package liaison

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Server serves LiaisonService.
type Server struct {
	planningv1.UnimplementedLiaisonServiceServer
	db    *postgres.DB
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	ranks := map[string]any{}
	for number, name := range planningv1.RankLevel_name {
		if number != 0 {
			ranks[name] = int64(number)
		}
	}
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Liaison{}, Key: "l.liaison_id",
		Fields: []listing.Field{
			{Path: "department", Column: "l.department", Kind: listing.String, Sortable: true},
			{Path: "rank", Column: "l.rank", Kind: listing.Enum, Values: ranks},
			{Path: "colleague", Column: "l.colleague", Kind: listing.String},
			{Path: "own_department", Column: "l.own_department", Kind: listing.String},
			{Path: "create_time", Column: "l.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "l.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), list: list}, err
}

// CreateLiaison implements LiaisonService.
func (s *Server) CreateLiaison(ctx context.Context, r *planningv1.CreateLiaisonRequest) (*planningv1.Liaison, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the liaison
		return nil, err
	}
	l, err := fromProto(ids[0], r.GetLiaison())
	if err != nil {
		return nil, fault.Prefix(err, "liaison")
	}
	if err := s.store.Create(ctx, l); err != nil {
		return nil, err
	}
	return l.toProto(), nil
}

// ListLiaisons implements LiaisonService.
func (s *Server) ListLiaisons(ctx context.Context, r *planningv1.ListLiaisonsRequest) (*planningv1.ListLiaisonsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, planningv1.LiaisonService_ListLiaisons_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListLiaisonsResponse{NextPageToken: next, Liaisons: make([]*planningv1.Liaison, len(found))}
	for i, l := range found {
		out.Liaisons[i] = l.toProto()
	}
	return out, nil
}

// UpdateLiaison implements LiaisonService.
func (s *Server) UpdateLiaison(ctx context.Context, r *planningv1.UpdateLiaisonRequest) (*planningv1.Liaison, error) {
	ids, err := resource.Parse("liaison.name", r.GetLiaison().GetName(), "customers", "liaisons")
	if err != nil {
		return nil, err
	}
	l, err := s.store.Change(ctx, ids[0], ids[1], r.GetLiaison().GetEtag(), func(l *Liaison) (bool, error) {
		before := l.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("liaison", after, r.GetLiaison(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return false, err
		}
		if err := l.set(after); err != nil {
			return false, fault.Prefix(err, "liaison")
		}
		return !proto.Equal(before, l.toProto()), nil
	})
	if err != nil {
		return nil, err
	}
	return l.toProto(), nil
}

// DeleteLiaison implements LiaisonService.
func (s *Server) DeleteLiaison(ctx context.Context, r *planningv1.DeleteLiaisonRequest) (*planningv1.DeleteLiaisonResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "liaisons")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], ids[1]); err != nil {
		return nil, err
	}
	return &planningv1.DeleteLiaisonResponse{}, nil
}
