package compliance

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
)

func (r *Rule) replaced() string {
	if !r.Replaced.Valid {
		return ""
	}
	return resource.Name("complianceRules", r.Replaced.UUID)
}

func (r *Rule) toProto() *planningv1.ComplianceRule {
	out := &planningv1.ComplianceRule{
		Name: r.Name(), Jurisdiction: r.Jurisdiction, Benefit: planningv1.Benefit(r.Benefit), Measure: planningv1.ComplianceRule_Measure(r.Measure),
		EffectiveDate: civil.Date(r.Effective), ExpireDate: civil.Optional(r.Expire), LabelEn: r.LabelEn, LabelZh: r.LabelZh, Replaced: r.replaced(),
		Author: r.Author, CreateTime: timestamppb.New(r.CreateTime),
	}
	if r.Limit.Valid {
		out.Limit = budget.Money(r.Limit.Decimal, r.Currency)
	}
	if r.ApprovalAbove.Valid {
		out.ApprovalAbove = budget.Money(r.ApprovalAbove.Decimal, r.Currency)
	}
	return out
}

func ruleOf(in *planningv1.ComplianceRule, today time.Time) (*Rule, error) {
	r := &Rule{
		Jurisdiction: in.GetJurisdiction(), Benefit: Benefit(in.GetBenefit()), Measure: Measure(in.GetMeasure()), Effective: today,
		LabelEn: in.GetLabelEn(), LabelZh: in.GetLabelZh(),
	}
	if in.GetEffectiveDate() != nil {
		day, err := civil.FromProto("effective_date", in.GetEffectiveDate())
		if err != nil {
			return nil, err
		}
		r.Effective = day
	}
	if in.GetExpireDate() != nil {
		day, err := civil.FromProto("expire_date", in.GetExpireDate())
		if err != nil {
			return nil, err
		}
		r.Expire = &day
	}
	if in.GetLimit() != nil {
		limit, err := budget.FromProto("limit", in.GetLimit(), false)
		if err != nil {
			return nil, err
		}
		r.Limit, r.Currency = decimal.NewNullDecimal(limit.Amount), limit.Currency
	}
	if in.GetApprovalAbove() == nil {
		return r, nil
	}
	above, err := budget.FromProto("approval_above", in.GetApprovalAbove(), false)
	if err != nil {
		return nil, err
	}
	if r.Limit.Valid && above.Currency != r.Currency {
		return nil, fault.Invalid(fault.Field("approval_above", "CURRENCY", fault.Text{En: "must be in the currency of the limit", Zh: "货币须与限额相同"}))
	}
	r.ApprovalAbove = decimal.NewNullDecimal(above.Amount)
	return r, nil
}

func (e *Entry) toProto() *planningv1.ComplianceEntry {
	out := &planningv1.ComplianceEntry{
		Name: resource.Name("complianceRegister", e.ID), Decision: planningv1.ComplianceEntry_Decision(e.Decision), Customer: aggregate.Name(e.Customer),
		Benefit: planningv1.Benefit(e.Benefit), Amount: budget.Money(e.Amount, e.Currency), Contact: named("contacts", e.Contact), Day: civil.Date(e.Day),
		Owner: e.Owner, Rules: e.Rules, Approval: named("complianceApprovals", e.Approval), Reason: e.Reason, Author: e.Author,
		CreateTime: timestamppb.New(e.CreateTime),
	}
	if e.Person.Valid {
		out.Person = resource.Name("customers", e.Customer, "people", e.Person.UUID)
	}
	return out
}

func named(collection string, id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return resource.Name(collection, id.UUID)
}

func (a *Approval) toProto() *planningv1.ComplianceApproval {
	out := &planningv1.ComplianceApproval{
		Name: a.Name(), State: planningv1.ComplianceApproval_State(a.State), Customer: aggregate.Name(a.Customer), Kind: planningv1.Activity(a.Activity),
		Day: civil.Date(a.Day), Purpose: a.Purpose, Requester: a.Requester, CreateTime: timestamppb.New(a.CreateTime), Decider: a.Decider, Reason: a.Reason,
		Contact: named("contacts", a.Contact),
	}
	if a.DecideTime != nil {
		out.DecideTime = timestamppb.New(*a.DecideTime)
	}
	for _, g := range a.Gifts {
		out.Benefits = append(out.Benefits, &planningv1.PersonBenefit{
			Person: resource.Name("customers", a.Customer, "people", g.Person), Benefit: planningv1.Benefit(g.Benefit), Amount: budget.Money(g.Amount, g.Currency),
		})
	}
	for _, id := range a.Rules {
		out.Rules = append(out.Rules, resource.Name("complianceRules", id))
	}
	return out
}
