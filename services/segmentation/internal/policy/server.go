package policy

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Server serves PolicyService, EntitlementService and PolicyEffectService.
type Server struct {
	segmentationv1.UnimplementedPolicyServiceServer
	segmentationv1.UnimplementedEntitlementServiceServer
	segmentationv1.UnimplementedPolicyEffectServiceServer
	store       *Store
	settings    *settings.Store
	now         func() time.Time
	policies    *listing.List
	evaluations *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	policies, err := listing.Compile(listing.Spec{
		Resource: &segmentationv1.Policy{}, Key: "policy_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "fiscal_year", Column: "fiscal_year", Kind: listing.Int, Sortable: true},
			{Path: "version", Column: "version", Kind: listing.Int, Sortable: true},
			{Path: "state", Column: "state", Kind: listing.Enum, Values: map[string]any{"DRAFT": Draft, "PUBLISHED": Published}},
			{Path: "effective_date", Column: "effective_date", Kind: listing.Date},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	evaluations, err := listing.Compile(listing.Spec{
		Resource: &segmentationv1.PolicyEvaluation{}, Key: "evaluation_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true}},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now), settings: settings.NewStore(db, now), now: now, policies: policies, evaluations: evaluations}, nil
}

// current is the name by which the policy in force today can be asked for.
const current = "policies/current"

// named reads the policy of a name in the field of a request.
func (s *Server) named(ctx context.Context, field, name string) (*Policy, error) {
	if name == current {
		return s.today(ctx)
	}
	ids, err := resource.Parse(field, name, "policies")
	if err != nil {
		return nil, err
	}
	return s.store.Get(ctx, ids[0])
}

func (s *Server) today(ctx context.Context) (*Policy, error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	return s.store.InForce(ctx, numbers.Today(s.now()))
}

// GetPolicy implements PolicyService.
func (s *Server) GetPolicy(ctx context.Context, r *segmentationv1.GetPolicyRequest) (*segmentationv1.Policy, error) {
	p, err := s.named(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	return p.toProto(), nil
}

// ListPolicies implements PolicyService.
func (s *Server) ListPolicies(ctx context.Context, r *segmentationv1.ListPoliciesRequest) (*segmentationv1.ListPoliciesResponse, error) {
	plan, err := s.policies.PlanFor(ctx, segmentationv1.PolicyService_ListPolicies_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	list, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListPoliciesResponse{NextPageToken: next}
	for _, p := range list {
		out.Policies = append(out.Policies, p.toProto())
	}
	return out, nil
}

// CreatePolicy implements PolicyService.
func (s *Server) CreatePolicy(ctx context.Context, r *segmentationv1.CreatePolicyRequest) (*segmentationv1.Policy, error) {
	caller := auth.From(ctx)
	draft := &segmentationv1.Policy{}
	if r.GetCopyFrom() != "" {
		from, err := s.named(ctx, "copy_from", r.GetCopyFrom())
		if err != nil {
			return nil, err
		}
		p := from.toProto()
		draft = &segmentationv1.Policy{LabelEn: p.LabelEn, LabelZh: p.LabelZh, ServiceItems: p.ServiceItems, Rules: p.Rules}
	}
	draft.FiscalYear = r.GetPolicy().GetFiscalYear() // which is not to be changed, but has to come from somewhere
	if err := mask.Apply("policy", draft, r.GetPolicy(), nil, caller.Level); err != nil {
		return nil, err
	}
	p := &Policy{FiscalYear: draft.GetFiscalYear(), Author: caller.Subject}
	if err := p.set(draft); err != nil {
		return nil, err
	}
	err := s.store.Alone(ctx, func(ctx context.Context) (err error) {
		p, err = s.store.Create(ctx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.toProto(), nil
}

// UpdatePolicy implements PolicyService.
func (s *Server) UpdatePolicy(ctx context.Context, r *segmentationv1.UpdatePolicyRequest) (*segmentationv1.Policy, error) {
	return s.change(ctx, "policy.name", r.GetPolicy().GetName(), r.GetPolicy().GetEtag(), func(ctx context.Context, p *Policy) (*Policy, error) {
		if p.State != Draft {
			return nil, publishedError(p)
		}
		before := p.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("policy", after, r.GetPolicy(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		if err := p.set(after); err != nil {
			return nil, err
		}
		if proto.Equal(before, p.toProto()) {
			return p, nil
		}
		return s.store.Update(ctx, p)
	})
}

// PublishPolicy implements PolicyService.
func (s *Server) PublishPolicy(ctx context.Context, r *segmentationv1.PublishPolicyRequest) (*segmentationv1.Policy, error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, "name", r.GetName(), r.GetEtag(), func(ctx context.Context, p *Policy) (*Policy, error) {
		var year int
		var expire *time.Time
		if p.Effective != nil && p.FiscalYear != 0 {
			var start time.Time
			year, start = numbers.FiscalYear(*p.Effective)
			end := start.AddDate(1, 0, 0)
			expire = &end
		}
		now := s.now()
		if err := p.publishable(numbers.Today(now), year); err != nil {
			return nil, err
		}
		before, err := s.store.InForce(ctx, *p.Effective)
		if err != nil {
			return nil, err
		}
		event, err := published(ctx, now, p, before)
		if err != nil {
			return nil, err
		}
		return s.store.Publish(ctx, p, expire, event)
	})
}

// change reads a policy, holds the caller to its etag, and has it changed while nobody else changes any.
func (s *Server) change(
	ctx context.Context, field, name, tag string, do func(ctx context.Context, p *Policy) (*Policy, error),
) (*segmentationv1.Policy, error) {
	ids, err := resource.Parse(field, name, "policies")
	if err != nil {
		return nil, err
	}
	var changed *Policy
	err = s.store.Alone(ctx, func(ctx context.Context) error {
		p, err := s.store.Get(ctx, ids[0])
		if err != nil {
			return err
		}
		if err := etag.Check(tag, p.Revision, p.Name()); err != nil {
			return err
		}
		changed, err = do(ctx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed.toProto(), nil
}
