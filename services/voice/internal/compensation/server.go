package compensation

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

// Server serves CompensationService.
type Server struct {
	voicev1.UnimplementedCompensationServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &voicev1.Compensation{}, Key: "m.compensation_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "m.kind", Kind: listing.Enum, Values: casefile.Values(voicev1.Compensation_Kind_name)},
			{Path: "state", Column: "m.state", Kind: listing.Enum, Values: casefile.Values(voicev1.Compensation_State_name)},
			{Path: "tier", Column: "m.tier", Kind: listing.Enum, Values: casefile.Values(voicev1.Compensation_Tier_name)},
			{Path: "proposer", Column: "m.proposer", Kind: listing.String},
			{Path: "decider", Column: "m.decider", Kind: listing.String},
			{Path: "create_time", Column: "m.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{store: store, list: list}, err
}

func answer(m *Compensation, err error) (*voicev1.Compensation, error) {
	if err != nil {
		return nil, err
	}
	return m.toProto(), nil
}

// CreateCompensation implements CompensationService.
func (s *Server) CreateCompensation(ctx context.Context, r *voicev1.CreateCompensationRequest) (*voicev1.Compensation, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "cases")
	if err != nil {
		return nil, err
	}
	if _, err := s.store.cases.Get(ctx, ids[0]); err != nil { // before anything is said about the rest
		return nil, err
	}
	m, err := compensationOf(r.GetCompensation())
	if err != nil {
		return nil, fault.Prefix(err, "compensation")
	}
	return answer(m, s.store.Create(ctx, ids[0], m))
}

// GetCompensation implements CompensationService.
func (s *Server) GetCompensation(ctx context.Context, r *voicev1.GetCompensationRequest) (*voicev1.Compensation, error) {
	ids, err := resource.Parse("name", r.GetName(), "cases", "compensations")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Get(ctx, ids[0], ids[1]))
}

// ListCompensations implements CompensationService.
func (s *Server) ListCompensations(ctx context.Context, r *voicev1.ListCompensationsRequest) (*voicev1.ListCompensationsResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "cases")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, voicev1.CompensationService_ListCompensations_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListCompensationsResponse{NextPageToken: next}
	for _, m := range rows {
		out.Compensations = append(out.Compensations, m.toProto())
	}
	return out, nil
}

func (s *Server) change(ctx context.Context, name, tag string, do func(*casefile.Case, *Compensation) (string, bool, error)) (*voicev1.Compensation, error) {
	ids, err := resource.Parse("name", name, "cases", "compensations")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, ids[0], ids[1], tag, do))
}

// ApproveCompensation implements CompensationService.
func (s *Server) ApproveCompensation(ctx context.Context, r *voicev1.DecideCompensationRequest) (*voicev1.Compensation, error) {
	return s.change(ctx, r.GetName(), r.GetEtag(), func(c *casefile.Case, m *Compensation) (string, bool, error) {
		return r.GetReason(), true, m.Approve(auth.From(ctx), c.Assignee, r.GetReason(), s.store.now())
	})
}

// RejectCompensation implements CompensationService.
func (s *Server) RejectCompensation(ctx context.Context, r *voicev1.DecideCompensationRequest) (*voicev1.Compensation, error) {
	return s.change(ctx, r.GetName(), r.GetEtag(), func(c *casefile.Case, m *Compensation) (string, bool, error) {
		return r.GetReason(), true, m.Reject(auth.From(ctx), c.Assignee, r.GetReason(), s.store.now())
	})
}

// PayCompensation implements CompensationService.
func (s *Server) PayCompensation(ctx context.Context, r *voicev1.PayCompensationRequest) (*voicev1.Compensation, error) {
	return s.change(ctx, r.GetName(), r.GetEtag(), func(_ *casefile.Case, m *Compensation) (string, bool, error) {
		changed, err := m.Pay(auth.From(ctx).Subject, r.GetReference(), s.store.now())
		return r.GetReference(), changed, err
	})
}
