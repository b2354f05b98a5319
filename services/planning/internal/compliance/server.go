package compliance

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves ComplianceService.
type Server struct {
	planningv1.UnimplementedComplianceServiceServer
	store                      *Store
	numbers                    *settings.Store
	now                        func() time.Time
	rules, register, approvals *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	rules, errRules := ruleList(pages)
	register, errRegister := registerList(pages)
	approvals, errApprovals := approvalList(pages)
	s := &Server{store: NewStore(db, now), numbers: numbers, now: now, rules: rules, register: register, approvals: approvals}
	return s, errors.Join(errRules, errRegister, errApprovals)
}

func (s *Server) today(ctx context.Context) (time.Time, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return numbers.Today(s.now()), nil
}

// CreateComplianceRule implements ComplianceService.
func (s *Server) CreateComplianceRule(ctx context.Context, r *planningv1.CreateComplianceRuleRequest) (*planningv1.ComplianceRule, error) {
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	rule, err := ruleOf(r.GetComplianceRule(), today)
	if err != nil {
		return nil, fault.Prefix(err, "compliance_rule")
	}
	if wrong := rule.Check(today); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "compliance_rule")
	}
	if r.GetReplaces() != "" {
		ids, err := resource.Parse("replaces", r.GetReplaces(), "complianceRules")
		if err != nil {
			return nil, err
		}
		rule.Replaced = uuid.NullUUID{UUID: ids[0], Valid: true}
	}
	if err := s.store.CreateRule(ctx, rule); err != nil {
		return nil, err
	}
	return rule.toProto(), nil
}

// GetComplianceRule implements ComplianceService.
func (s *Server) GetComplianceRule(ctx context.Context, r *planningv1.GetComplianceRuleRequest) (*planningv1.ComplianceRule, error) {
	ids, err := resource.Parse("name", r.GetName(), "complianceRules")
	if err != nil {
		return nil, err
	}
	rule, err := s.store.Rule(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return rule.toProto(), nil
}

// ListComplianceRules implements ComplianceService.
func (s *Server) ListComplianceRules(ctx context.Context, r *planningv1.ListComplianceRulesRequest) (*planningv1.ListComplianceRulesResponse, error) {
	plan, err := planOf(ctx, s.rules, planningv1.ComplianceService_ListComplianceRules_FullMethodName, r, r.GetOrderBy())
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.ListRules(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListComplianceRulesResponse{NextPageToken: next}
	for _, rule := range rows {
		out.ComplianceRules = append(out.ComplianceRules, rule.toProto())
	}
	return out, nil
}

// RetireComplianceRule implements ComplianceService.
func (s *Server) RetireComplianceRule(ctx context.Context, r *planningv1.RetireComplianceRuleRequest) (*planningv1.ComplianceRule, error) {
	ids, err := resource.Parse("name", r.GetName(), "complianceRules")
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	day := today
	if r.GetExpireDate() != nil {
		if day, err = civil.FromProto("expire_date", r.GetExpireDate()); err != nil {
			return nil, err
		}
	}
	if day.Before(today) {
		return nil, fault.Invalid(fault.Field("expire_date", "RANGE", fault.Text{En: "must not be before today", Zh: "不得早于今天"}))
	}
	rule, err := s.store.Retire(ctx, ids[0], day)
	if err != nil {
		return nil, err
	}
	return rule.toProto(), nil
}
