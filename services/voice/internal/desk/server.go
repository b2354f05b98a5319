package desk

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves DeskService.
type Server struct {
	voicev1.UnimplementedDeskServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &voicev1.Desk{}, Key: "desk_id", DefaultOrder: "territory",
		Fields: []listing.Field{
			{Path: "territory", Column: "territory", Kind: listing.String, Sortable: true},
			{Path: "leads", Column: "leads", Kind: listing.StringArray},
			{Path: "inactive", Column: "inactive", Kind: listing.Bool},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{store: NewStore(db, now), list: list}, err
}

// CreateDesk implements DeskService.
func (s *Server) CreateDesk(ctx context.Context, r *voicev1.CreateDeskRequest) (*voicev1.Desk, error) {
	d := &Desk{Territory: r.GetDesk().GetTerritory()}
	if !auth.From(ctx).Covers(d.Territory) {
		return nil, fault.Denied("TERRITORY", fault.Text{En: "the territory is not one of yours", Zh: "该区域不在您的权限范围内"})
	}
	if err := d.set(r.GetDesk()); err != nil {
		return nil, fault.Prefix(err, "desk")
	}
	if err := s.store.Create(ctx, d); err != nil {
		return nil, err
	}
	return d.toProto(), nil
}

// GetDesk implements DeskService.
func (s *Server) GetDesk(ctx context.Context, r *voicev1.GetDeskRequest) (*voicev1.Desk, error) {
	ids, err := resource.Parse("name", r.GetName(), "desks")
	if err != nil {
		return nil, err
	}
	d, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return d.toProto(), nil
}

// ListDesks implements DeskService.
func (s *Server) ListDesks(ctx context.Context, r *voicev1.ListDesksRequest) (*voicev1.ListDesksResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.DeskService_ListDesks_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	desks, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListDesksResponse{NextPageToken: next}
	for _, d := range desks {
		out.Desks = append(out.Desks, d.toProto())
	}
	return out, nil
}

// UpdateDesk implements DeskService.
func (s *Server) UpdateDesk(ctx context.Context, r *voicev1.UpdateDeskRequest) (*voicev1.Desk, error) {
	ids, err := resource.Parse("desk.name", r.GetDesk().GetName(), "desks")
	if err != nil {
		return nil, err
	}
	d, err := s.store.Change(ctx, ids[0], r.GetDesk().GetEtag(), func(d *Desk) ([]string, error) {
		before := d.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("desk", after, r.GetDesk(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		if err := d.set(after); err != nil {
			return nil, fault.Prefix(err, "desk")
		}
		return history.Names(history.Diff(before, d.toProto())), nil
	})
	if err != nil {
		return nil, err
	}
	return d.toProto(), nil
}

// DeleteDesk implements DeskService.
func (s *Server) DeleteDesk(ctx context.Context, r *voicev1.DeleteDeskRequest) (*voicev1.DeleteDeskResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "desks")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], r.GetEtag()); err != nil {
		return nil, err
	}
	return &voicev1.DeleteDeskResponse{}, nil
}
