package plan

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

func (p *Plan) toProto() *planningv1.Plan {
	out := &planningv1.Plan{
		Name: p.name(), Customer: p.customer(), FiscalYear: int32(p.FiscalYear), Version: p.Version, State: planningv1.Plan_State(p.State), Strategy: p.Strategy,
		RevisionReason: p.RevisionReason, Author: p.Author, Editors: p.Editors, Approver: p.Approver, CreateTime: timestamppb.New(p.CreateTime),
		UpdateTime: timestamppb.New(p.UpdateTime), Etag: etag.Of(p.Revision),
	}
	if p.ApproveTime != nil {
		out.ApproveTime = timestamppb.New(*p.ApproveTime)
	}
	if e := p.Execution; e != (Execution{}) {
		out.Execution = &planningv1.Execution{Organization: e.Organization, Monitoring: e.Monitoring, Evaluation: e.Evaluation}
	}
	p.addMarket(out)
	p.addRelationships(out)
	for _, m := range p.Measures {
		out.Measures = append(out.Measures, p.measure(m))
	}
	for _, r := range p.Reports {
		out.Reports = append(out.Reports, &planningv1.PlanReport{
			Measure: r.Measure, State: planningv1.Measure_State(r.State), ProgressPercent: r.Percent, Note: r.Note, Version: r.Version, Author: r.Author,
			ReportTime: timestamppb.New(r.Time),
		})
	}
	return out
}

func (p *Plan) addMarket(out *planningv1.Plan) {
	for _, t := range p.Targets {
		out.MarketTargets = append(out.MarketTargets, &planningv1.MarketTarget{
			Kind: planningv1.MarketTarget_Kind(t.Kind), Subject: t.Subject, Unit: t.Unit, Baseline: text(t.Baseline), Target: text(t.Target),
			BaselineAmount: amount(t.BaselineAmount), TargetAmount: amount(t.TargetAmount), Description: t.Description,
		})
	}
	for _, t := range p.Profits {
		out.ProfitTargets = append(out.ProfitTargets, &planningv1.ProfitTarget{
			Subject: t.Subject, BaselineAmount: amount(t.BaselineAmount), TargetAmount: amount(t.TargetAmount), Description: t.Description,
		})
	}
}

func (p *Plan) addRelationships(out *planningv1.Plan) {
	for _, a := range p.Analyses {
		one := &planningv1.RelationshipAnalysis{
			Person: p.person(a.Person), Department: a.Department, Baseline: planningv1.EvaluationLevel(a.Baseline), Analysis: a.Text,
		}
		if a.Evaluation != uuid.Nil {
			one.Evaluation = resource.Name("customers", p.Customer, "evaluations", a.Evaluation)
		}
		switch a.Kind {
		case KeyPerson:
			out.KeyPersonAnalyses = append(out.KeyPersonAnalyses, one)
		case Organization:
			out.OrganizationAnalysis = one
		case Extensive:
			out.DepartmentAnalyses = append(out.DepartmentAnalyses, one)
		}
	}
	for _, g := range p.Goals {
		one := &planningv1.RelationshipGoal{
			Person: p.person(g.Person), Department: g.Department, Target: planningv1.EvaluationLevel(g.Target), Description: g.Text, Measures: g.Measures,
		}
		switch g.Kind {
		case KeyPerson:
			out.KeyPersonGoals = append(out.KeyPersonGoals, one)
		case Organization:
			out.OrganizationGoal = one
		case Extensive:
			out.DepartmentGoals = append(out.DepartmentGoals, one)
		}
	}
}

func (p *Plan) person(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return resource.Name("customers", p.Customer, "people", id)
}

func (p *Plan) measure(m Measure) *planningv1.Measure {
	at := p.standing(m.ID)
	out := &planningv1.Measure{
		Id: m.ID, Description: m.Description, Relationship: planningv1.RelationshipKind(m.Relationship), DueDate: civil.Optional(m.Due), Budget: m.Budget,
		State: planningv1.Measure_State(at.State), ProgressPercent: at.Percent,
	}
	for _, a := range m.Assignments {
		out.Assignments = append(out.Assignments, &planningv1.Assignment{Subject: a.Subject, Responsibility: planningv1.Responsibility(a.Responsibility)})
	}
	return out
}

func text(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

// amount is one that came by the API, which can always take it back.
func amount(m *money.Money) *pb.Money {
	if m == nil {
		return nil
	}
	out, err := m.ToProto()
	if err != nil {
		panic(err)
	}
	return out
}
