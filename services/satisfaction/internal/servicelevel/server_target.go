package servicelevel

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// field is what a target is called in the requests that carry one.
const field = "service_level_target"

// CreateServiceLevelTarget implements ServiceLevelService.
func (s *Server) CreateServiceLevelTarget(
	ctx context.Context, r *satisfactionv1.CreateServiceLevelTargetRequest,
) (*satisfactionv1.ServiceLevelTarget, error) {
	if err := RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	t := &Target{}
	if err := t.begin(r.GetServiceLevelTarget(), monthOf(n.Today(s.now()))); err != nil {
		return nil, fault.Prefix(err, field)
	}
	if t.Indicator.Timely() {
		t.Rule = t.Or(n.ServiceLevel)
	}
	return answer(t, s.store.Create(ctx, t))
}

func answer(t *Target, err error) (*satisfactionv1.ServiceLevelTarget, error) {
	if err != nil {
		return nil, err
	}
	return t.toProto(), nil
}

// GetServiceLevelTarget implements ServiceLevelService.
func (s *Server) GetServiceLevelTarget(ctx context.Context, r *satisfactionv1.GetServiceLevelTargetRequest) (*satisfactionv1.ServiceLevelTarget, error) {
	ids, err := resource.Parse("name", r.GetName(), "serviceLevelTargets")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Target(ctx, ids[0]))
}

// ListServiceLevelTargets implements ServiceLevelService.
func (s *Server) ListServiceLevelTargets(
	ctx context.Context, r *satisfactionv1.ListServiceLevelTargetsRequest,
) (*satisfactionv1.ListServiceLevelTargetsResponse, error) {
	plan, err := s.list.PlanFor(ctx, satisfactionv1.ServiceLevelService_ListServiceLevelTargets_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListServiceLevelTargetsResponse{NextPageToken: next}
	for _, t := range found {
		out.ServiceLevelTargets = append(out.ServiceLevelTargets, t.toProto())
	}
	return out, nil
}

// UpdateServiceLevelTarget implements ServiceLevelService.
func (s *Server) UpdateServiceLevelTarget(
	ctx context.Context, r *satisfactionv1.UpdateServiceLevelTargetRequest,
) (*satisfactionv1.ServiceLevelTarget, error) {
	if err := RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse(field+".name", r.GetServiceLevelTarget().GetName(), "serviceLevelTargets")
	if err != nil {
		return nil, err
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, ids[0], r.GetServiceLevelTarget().GetEtag(), func(t *Target) (fields []string, valued bool, err error) {
		before := t.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply(field, after, r.GetServiceLevelTarget(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, false, err
		}
		now := s.now()
		if valued, err = t.revise(after, monthOf(n.Today(now)), auth.From(ctx).Subject, now); err != nil {
			return nil, false, fault.Prefix(err, field)
		}
		for _, name := range history.Names(history.Diff(before, t.toProto())) {
			if name != "values" { // what value and first_month say
				fields = append(fields, name)
			}
		}
		return fields, valued, nil
	}))
}
