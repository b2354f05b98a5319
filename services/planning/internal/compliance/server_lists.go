package compliance

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// values are those of an enum, for filters.
func values(names map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range names {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

func ruleList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &planningv1.ComplianceRule{}, Key: "rule_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "jurisdiction", Column: "jurisdiction", Kind: listing.String},
			{Path: "benefit", Column: "benefit", Kind: listing.Enum, Values: values(planningv1.Benefit_name)},
			{Path: "measure", Column: "measure", Kind: listing.Enum, Values: values(planningv1.ComplianceRule_Measure_name)},
			{Path: "effective_date", Column: "effective_date", Kind: listing.Date, Sortable: true},
			{Path: "expire_date", Column: "expire_date", Kind: listing.Date},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

func registerList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &planningv1.ComplianceEntry{}, Key: "r.entry_id",
		Fields: []listing.Field{
			{Path: "decision", Column: "r.decision", Kind: listing.Enum, Values: values(planningv1.ComplianceEntry_Decision_name)},
			{Path: "customer", Column: "'customers/' || r.customer_id", Kind: listing.String},
			{Path: "person", Column: "'customers/' || r.customer_id || '/people/' || r.person_id", Kind: listing.String},
			{Path: "benefit", Column: "r.benefit", Kind: listing.Enum, Values: values(planningv1.Benefit_name)},
			{Path: "contact", Column: "'contacts/' || r.contact_id", Kind: listing.String},
			{Path: "day", Column: "r.day", Kind: listing.Date, Sortable: true},
			{Path: "owner", Column: "r.owner", Kind: listing.String},
			{Path: "author", Column: "r.author", Kind: listing.String},
			{Path: "create_time", Column: "r.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

func approvalList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &planningv1.ComplianceApproval{}, Key: "a.approval_id",
		Fields: []listing.Field{
			{Path: "state", Column: "a.state", Kind: listing.Enum, Values: values(planningv1.ComplianceApproval_State_name)},
			{Path: "customer", Column: "'customers/' || a.customer_id", Kind: listing.String},
			{Path: "requester", Column: "a.requester", Kind: listing.String},
			{Path: "decider", Column: "a.decider", Kind: listing.String},
			{Path: "create_time", Column: "a.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

// latest is the order of lists without one. It stands here and not in the lists: a default order is over fields that every caller may see, and who may not see these may not call.
const latest = "create_time desc"

type listRequest interface {
	GetPageSize() int32
	GetPageToken() string
	GetFilter() string
}

func planOf(ctx context.Context, list *listing.List, method string, r listRequest, order string) (*listing.Plan, error) {
	if order == "" {
		order = latest
	}
	caller := auth.From(ctx)
	return list.Plan(ctx, listing.Request{
		Method: method, Filter: r.GetFilter(), OrderBy: order, PageSize: r.GetPageSize(), PageToken: r.GetPageToken(), Level: caller.Level, Caller: caller.Subject,
	})
}

// ListComplianceRegister implements ComplianceService.
func (s *Server) ListComplianceRegister(ctx context.Context, r *planningv1.ListComplianceRegisterRequest) (*planningv1.ListComplianceRegisterResponse, error) {
	plan, err := planOf(ctx, s.register, planningv1.ComplianceService_ListComplianceRegister_FullMethodName, r, r.GetOrderBy())
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.ListRegister(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListComplianceRegisterResponse{NextPageToken: next}
	for _, e := range rows {
		out.Entries = append(out.Entries, e.toProto())
	}
	return out, nil
}

// GetComplianceApproval implements ComplianceService.
func (s *Server) GetComplianceApproval(ctx context.Context, r *planningv1.GetComplianceApprovalRequest) (*planningv1.ComplianceApproval, error) {
	ids, err := resource.Parse("name", r.GetName(), "complianceApprovals")
	if err != nil {
		return nil, err
	}
	a, err := s.store.Approval(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return a.toProto(), nil
}

// ListComplianceApprovals implements ComplianceService.
func (s *Server) ListComplianceApprovals(ctx context.Context, r *planningv1.ListComplianceApprovalsRequest) (*planningv1.ListComplianceApprovalsResponse, error) {
	plan, err := planOf(ctx, s.approvals, planningv1.ComplianceService_ListComplianceApprovals_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.ListApprovals(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListComplianceApprovalsResponse{NextPageToken: next}
	for _, a := range rows {
		out.Approvals = append(out.Approvals, a.toProto())
	}
	return out, nil
}

// ApproveCompliance implements ComplianceService.
func (s *Server) ApproveCompliance(ctx context.Context, r *planningv1.DecideComplianceRequest) (*planningv1.ComplianceApproval, error) {
	return s.decide(ctx, r, true)
}

// RejectCompliance implements ComplianceService.
func (s *Server) RejectCompliance(ctx context.Context, r *planningv1.DecideComplianceRequest) (*planningv1.ComplianceApproval, error) {
	return s.decide(ctx, r, false)
}

func (s *Server) decide(ctx context.Context, r *planningv1.DecideComplianceRequest, approve bool) (*planningv1.ComplianceApproval, error) {
	ids, err := resource.Parse("name", r.GetName(), "complianceApprovals")
	if err != nil {
		return nil, err
	}
	a, err := s.store.Decide(ctx, ids[0], approve, r.GetReason())
	if err != nil {
		return nil, err
	}
	return a.toProto(), nil
}
