package plan

import (
	"context"
	"time"

	"github.com/google/uuid"
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
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves PlanService.
type Server struct {
	planningv1.UnimplementedPlanServiceServer
	db      *postgres.DB
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	list    *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	states := map[string]any{}
	for name, number := range planningv1.Plan_State_value {
		states[name] = int64(number)
	}
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Plan{}, Key: "k.plan_id", DefaultOrder: "fiscal_year desc, version desc",
		Fields: []listing.Field{
			{Path: "fiscal_year", Column: "k.fiscal_year", Kind: listing.Int, Sortable: true},
			{Path: "version", Column: "k.version", Kind: listing.Int, Sortable: true},
			{Path: "state", Column: "k.state", Kind: listing.Enum, Values: states},
			{Path: "author", Column: "k.author", Kind: listing.String},
			{Path: "approver", Column: "k.approver", Kind: listing.String},
			{Path: "create_time", Column: "k.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "k.update_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "approve_time", Column: "k.approve_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), numbers: numbers, now: now, list: list}, err
}

func parse(field, name string) (uuid.UUID, error) {
	ids, err := resource.Parse(field, name, "plans")
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

// answer is a plan, as it was stored: what the caller may not see of it is taken out on the way.
func answer(p *Plan, err error) (*planningv1.Plan, error) {
	if err != nil {
		return nil, err
	}
	return p.toProto(), nil
}

// CreatePlan implements PlanService.
func (s *Server) CreatePlan(ctx context.Context, r *planningv1.CreatePlanRequest) (*planningv1.Plan, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the plan
		return nil, err
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	author := auth.From(ctx).Subject
	p := &Plan{Customer: ids[0], FiscalYear: int(r.GetPlan().GetFiscalYear()), Author: author, Editors: []string{author}}
	if p.FiscalYear == 0 {
		p.FiscalYear = n.FiscalYear(n.Today(s.now()))
	}
	if err := take(p, r.GetPlan(), n); err != nil {
		return nil, err
	}
	if err := s.store.Create(ctx, p); err != nil {
		return nil, err
	}
	return p.toProto(), nil
}

// take reads what a caller says of a plan, and holds it to the rules.
func take(p *Plan, in *planningv1.Plan, n *settings.Numbers) error {
	if err := p.set(in); err != nil {
		return fault.Prefix(err, "plan")
	}
	start, _ := n.YearBounds(p.FiscalYear)
	if wrong := p.Check(start); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "plan")
	}
	return nil
}

// GetPlan implements PlanService.
func (s *Server) GetPlan(ctx context.Context, r *planningv1.GetPlanRequest) (*planningv1.Plan, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	return answer(s.store.Whole(ctx, id))
}

// ListPlans implements PlanService.
func (s *Server) ListPlans(ctx context.Context, r *planningv1.ListPlansRequest) (*planningv1.ListPlansResponse, error) {
	customer, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, planningv1.PlanService_ListPlans_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, customer)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListPlansResponse{NextPageToken: next, Plans: make([]*planningv1.Plan, len(found))}
	for i, p := range found {
		out.Plans[i] = p.toProto()
	}
	return out, nil
}

// UpdatePlan implements PlanService.
func (s *Server) UpdatePlan(ctx context.Context, r *planningv1.UpdatePlanRequest) (*planningv1.Plan, error) {
	id, err := parse("plan.name", r.GetPlan().GetName())
	if err != nil {
		return nil, err
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, id, r.GetPlan().GetEtag(), func(p *Plan) (bool, error) {
		before := p.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("plan", after, r.GetPlan(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return false, err
		}
		if err := take(p, after, n); err != nil {
			return false, err
		}
		return !proto.Equal(before, p.toProto()), nil
	}))
}

// ApprovePlan implements PlanService.
func (s *Server) ApprovePlan(ctx context.Context, r *planningv1.ApprovePlanRequest) (*planningv1.Plan, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	return answer(s.store.Approve(ctx, id, r.GetEtag()))
}

// RevisePlan implements PlanService.
func (s *Server) RevisePlan(ctx context.Context, r *planningv1.RevisePlanRequest) (*planningv1.Plan, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	return answer(s.store.Revise(ctx, id, r.GetReason()))
}

// ReportPlan implements PlanService.
func (s *Server) ReportPlan(ctx context.Context, r *planningv1.ReportPlanRequest) (*planningv1.Plan, error) {
	id, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	return answer(s.store.Report(ctx, id, Report{
		Measure: r.GetMeasure(), State: MeasureState(r.GetState()), Percent: r.GetProgressPercent(), Note: r.GetNote(),
	}))
}
