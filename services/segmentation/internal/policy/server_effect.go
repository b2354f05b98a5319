package policy

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// SimulatePolicy implements PolicyEffectService.
func (s *Server) SimulatePolicy(ctx context.Context, r *segmentationv1.SimulatePolicyRequest) (*segmentationv1.PolicySimulation, error) {
	p, err := s.named(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	now, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := s.store.Groups(ctx)
	if err != nil {
		return nil, err
	}
	simulation := Simulate(&now.Content, &p.Content, groups)
	out := simulation.toProto()
	out.Policy, out.CurrentPolicy = p.Name(), now.Name()
	return out, nil
}

// toProto puts everything into an order that does not change.
func (s *Simulation) toProto() *segmentationv1.PolicySimulation {
	out := &segmentationv1.PolicySimulation{CustomerCount: s.Customers, AffectedCount: s.Affected}
	cells := slices.SortedFunc(maps.Keys(s.Migrations), func(a, b Migration) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for _, m := range cells {
		out.Migrations = append(out.Migrations, &segmentationv1.RuleMigration{FromRule: m.From, ToRule: m.To, CustomerCount: s.Migrations[m]})
	}
	for key, c := range s.Changes {
		out.Changes = append(out.Changes, &segmentationv1.EntitlementChange{
			Entitlement: key.name(), GainedCount: c.Gained, LostCount: c.Lost, ChangedCount: c.Changed,
		})
	}
	slices.SortFunc(out.Changes, func(a, b *segmentationv1.EntitlementChange) int {
		return cmp.Compare(a.GetEntitlement(), b.GetEntitlement())
	})
	for _, id := range slices.Sorted(maps.Keys(s.Staffing)) {
		n := s.Staffing[id]
		out.StaffingNeeds = append(out.StaffingNeeds, &segmentationv1.StaffingNeed{
			RuleId: id, CustomersBefore: n.CustomersBefore, SpecialistsBefore: n.SpecialistsBefore,
			CustomersAfter: n.CustomersAfter, SpecialistsAfter: n.SpecialistsAfter,
		})
	}
	return out
}

// name is how the API calls an entitlement.
func (k Key) name() string {
	switch k.Part {
	case StatementPart:
		return "statement/" + segmentationv1.PolicyStatement_Kind(k.Kind).String()
	case ItemPart:
		return "item/" + k.Item
	case FrequencyPart:
		parts := []string{"contact_frequency", segmentationv1.ContactFrequency_Activity(k.Kind).String()}
		if k.Role != 0 {
			parts = append(parts, segmentationv1.ContactFrequency_Role(k.Role).String())
		}
		return strings.Join(parts, "/")
	case StaffingPart:
		return "staffing"
	default:
		return "sla_factor"
	}
}

// EvaluatePolicy implements PolicyEffectService.
func (s *Server) EvaluatePolicy(ctx context.Context, r *segmentationv1.EvaluatePolicyRequest) (*segmentationv1.PolicyEvaluation, error) {
	p, err := s.named(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	return s.evaluate(ctx, p)
}

func (s *Server) evaluate(ctx context.Context, p *Policy) (*segmentationv1.PolicyEvaluation, error) {
	if p.State != Published {
		return nil, fault.New(codes.FailedPrecondition, "NOT_PUBLISHED", fault.Text{En: p.Name() + " is a draft", Zh: p.Name() + " 尚未发布"})
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	today := numbers.Today(s.now())
	window := windowOf(today)
	groups, err := s.store.Figures(ctx, window, numbers.Zone)
	if err != nil {
		return nil, err
	}
	days, err := s.store.DaysInForce(ctx, p.ID, window.After, today)
	if err != nil {
		return nil, err
	}
	end := window.End.AddDate(0, 0, -1)
	out := &segmentationv1.PolicyEvaluation{
		EvaluationDate: civil.Optional(&today), BeforeStartDate: civil.Optional(&window.Before), AfterStartDate: civil.Optional(&window.After), AfterEndDate: civil.Optional(&end), DaysInForce: days,
	}
	rules, total := p.Content.Effects(groups)
	for i := range rules {
		effect, err := rules[i].toProto(numbers.Currency)
		if err != nil {
			return nil, err
		}
		out.Rules = append(out.Rules, effect)
	}
	out.Total, err = total.toProto(numbers.Currency)
	return out, err
}

// CreatePolicyEvaluation implements PolicyEffectService.
func (s *Server) CreatePolicyEvaluation(
	ctx context.Context, r *segmentationv1.CreatePolicyEvaluationRequest,
) (*segmentationv1.PolicyEvaluation, error) {
	en, zh := r.GetPolicyEvaluation().GetConclusionEn(), r.GetPolicyEvaluation().GetConclusionZh()
	if en == "" && zh == "" {
		return nil, fault.Invalid(fault.Field("policy_evaluation.conclusion_en", "REQUIRED", fault.Text{
			En: "or conclusion_zh must be given", Zh: "与 conclusion_zh 须至少填写一项",
		}))
	}
	p, err := s.named(ctx, "parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	evaluation, err := s.evaluate(ctx, p)
	if err != nil {
		return nil, err
	}
	evaluation.ConclusionEn, evaluation.ConclusionZh = en, zh
	body, err := protojson.Marshal(evaluation)
	if err != nil {
		return nil, err
	}
	k, err := s.store.Keep(ctx, p.ID, string(body))
	if err != nil {
		return nil, err
	}
	return k.toProto()
}

// ListPolicyEvaluations implements PolicyEffectService.
func (s *Server) ListPolicyEvaluations(
	ctx context.Context, r *segmentationv1.ListPolicyEvaluationsRequest,
) (*segmentationv1.ListPolicyEvaluationsResponse, error) {
	p, err := s.named(ctx, "parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	caller := auth.From(ctx)
	plan, err := s.evaluations.Plan(ctx, listing.Request{
		Method: segmentationv1.PolicyEffectService_ListPolicyEvaluations_FullMethodName, Parent: p.Name(),
		PageSize: r.GetPageSize(), PageToken: r.GetPageToken(), Level: caller.Level, Caller: caller.Subject,
	})
	if err != nil {
		return nil, err
	}
	list, next, err := s.store.Kept(ctx, plan, p.ID)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListPolicyEvaluationsResponse{NextPageToken: next}
	for i := range list {
		evaluation, err := list[i].toProto()
		if err != nil {
			return nil, err
		}
		out.PolicyEvaluations = append(out.PolicyEvaluations, evaluation)
	}
	return out, nil
}
