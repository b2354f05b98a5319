package concern

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Server serves ConcernService.
type Server struct {
	planningv1.UnimplementedConcernServiceServer
	db    *postgres.DB
	store *Store
	now   func() time.Time
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Concern{}, Key: "concern_id", DefaultOrder: "open_time desc",
		Fields: []listing.Field{
			{Path: "major", Column: "major", Kind: listing.Bool},
			{Path: "source_system", Column: "source_system", Kind: listing.String},
			{Path: "open_time", Column: "open_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "resolve_time", Column: "resolve_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), now: now, list: list}, err
}

// CreateConcern implements ConcernService.
func (s *Server) CreateConcern(ctx context.Context, r *planningv1.CreateConcernRequest) (*planningv1.Concern, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the concern
		return nil, err
	}
	p, now := r.GetConcern(), s.now()
	c := &Concern{
		Customer: ids[0], SourceSystem: p.GetSourceSystem(), SourceID: p.GetSourceId(), Major: p.GetMajor(), Summary: p.GetSummary(), OpenTime: now,
		Author: auth.From(ctx).Subject, CreateTime: now,
	}
	if c.SourceSystem == "" {
		c.SourceSystem = DefaultSystem
	}
	if p.GetOpenTime() != nil {
		c.OpenTime = p.GetOpenTime().AsTime().Truncate(time.Microsecond)
	}
	if wrong := c.Check(now); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "concern")
	}
	kept, err := s.store.Create(ctx, c)
	if err != nil {
		return nil, err
	}
	return kept.toProto(), nil
}

// ListConcerns implements ConcernService.
func (s *Server) ListConcerns(ctx context.Context, r *planningv1.ListConcernsRequest) (*planningv1.ListConcernsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, planningv1.ConcernService_ListConcerns_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListConcernsResponse{NextPageToken: next}
	for _, c := range rows {
		out.Concerns = append(out.Concerns, c.toProto())
	}
	return out, nil
}

// ResolveConcern implements ConcernService.
func (s *Server) ResolveConcern(ctx context.Context, r *planningv1.ResolveConcernRequest) (*planningv1.Concern, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "concerns")
	if err != nil {
		return nil, err
	}
	var at *time.Time
	if r.GetResolveTime() != nil {
		given := r.GetResolveTime().AsTime().Truncate(time.Microsecond)
		at = &given
	}
	c, err := s.store.Resolve(ctx, ids[0], ids[1], at)
	if err != nil {
		return nil, err
	}
	return c.toProto(), nil
}

func (c *Concern) toProto() *planningv1.Concern {
	out := &planningv1.Concern{
		Name: c.Name(), SourceSystem: c.SourceSystem, SourceId: c.SourceID, Major: c.Major, Summary: c.Summary, OpenTime: timestamppb.New(c.OpenTime),
		Author: c.Author, CreateTime: timestamppb.New(c.CreateTime),
	}
	if c.ResolveTime != nil {
		out.ResolveTime = timestamppb.New(*c.ResolveTime)
	}
	return out
}
