package plan

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	pb "google.golang.org/genproto/googleapis/type/money"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// set takes over what a caller may say of a plan.
func (p *Plan) set(in *planningv1.Plan) error {
	content := Content{
		Strategy: in.GetStrategy(),
		Execution: Execution{
			Organization: in.GetExecution().GetOrganization(), Monitoring: in.GetExecution().GetMonitoring(), Evaluation: in.GetExecution().GetEvaluation(),
		},
	}
	if err := content.readMarket(in); err != nil {
		return err
	}
	if err := content.readRelationships(p.Customer, in); err != nil {
		return err
	}
	for i, m := range in.GetMeasures() {
		read := Measure{ID: m.GetId(), Description: m.GetDescription(), Relationship: Kind(m.GetRelationship()), Budget: m.GetBudget()}
		if m.GetDueDate() != nil {
			day, err := civil.FromProto("due_date", m.GetDueDate())
			if err != nil {
				return fault.Prefix(err, fmt.Sprintf("measures[%d]", i))
			}
			read.Due = &day
		}
		for _, a := range m.GetAssignments() {
			read.Assignments = append(read.Assignments, Assignment{Subject: a.GetSubject(), Responsibility: Responsibility(a.GetResponsibility())})
		}
		content.Measures = append(content.Measures, read)
	}
	p.Content = content
	return nil
}

func (c *Content) readMarket(in *planningv1.Plan) error {
	for i, t := range in.GetMarketTargets() {
		read := Target{Kind: TargetKind(t.GetKind()), Subject: t.GetSubject(), Unit: t.GetUnit(), Description: t.GetDescription()}
		var err error
		if read.Figures, err = figures(t.GetBaseline(), t.GetTarget(), t.GetBaselineAmount(), t.GetTargetAmount()); err != nil {
			return fault.Prefix(err, fmt.Sprintf("market_targets[%d]", i))
		}
		c.Targets = append(c.Targets, read)
	}
	for i, t := range in.GetProfitTargets() {
		read := Profit{Subject: t.GetSubject(), Description: t.GetDescription()}
		var err error
		if read.Figures, err = figures("", "", t.GetBaselineAmount(), t.GetTargetAmount()); err != nil {
			return fault.Prefix(err, fmt.Sprintf("profit_targets[%d]", i))
		}
		c.Profits = append(c.Profits, read)
	}
	return nil
}

func figures(baseline, target string, baselineAmount, targetAmount *pb.Money) (f Figures, err error) {
	if f.Baseline, err = number("baseline", baseline); err != nil {
		return f, err
	}
	if f.Target, err = number("target", target); err != nil {
		return f, err
	}
	if f.BaselineAmount, err = readAmount("baseline_amount", baselineAmount); err != nil {
		return f, err
	}
	f.TargetAmount, err = readAmount("target_amount", targetAmount)
	return f, err
}

func number(field, written string) (*decimal.Decimal, error) {
	if written == "" {
		return nil, nil //nolint:nilnil // no figure
	}
	d, err := decimal.NewFromString(written)
	if err != nil {
		return nil, fault.Invalid(fault.Field(field, "DECIMAL", fault.Text{En: "must be a decimal", Zh: "必须是十进制数"}))
	}
	return &d, nil
}

func readAmount(field string, in *pb.Money) (*money.Money, error) {
	if in == nil {
		return nil, nil //nolint:nilnil // no amount
	}
	m, err := money.FromProto(in)
	if err != nil {
		return nil, fault.Prefix(err, field)
	}
	return &m, nil
}

func (c *Content) readRelationships(customer uuid.UUID, in *planningv1.Plan) error {
	analyses, at := gather(in.GetOrganizationAnalysis(), in.GetKeyPersonAnalyses(), in.GetDepartmentAnalyses())
	for i, a := range analyses {
		path := at[i].path(analysisFields)
		subject, err := subjectOf(customer, at[i].kind, a.GetPerson(), a.GetDepartment())
		if err != nil {
			return fault.Prefix(err, path)
		}
		read := Analysis{Subject: subject, Baseline: Level(a.GetBaseline()), Text: a.GetAnalysis()}
		if read.Evaluation, err = ofCustomer(customer, "evaluation", a.GetEvaluation(), "evaluations"); err != nil {
			return fault.Prefix(err, path)
		}
		c.Analyses = append(c.Analyses, read)
	}
	goals, at := gather(in.GetOrganizationGoal(), in.GetKeyPersonGoals(), in.GetDepartmentGoals())
	for i, g := range goals {
		subject, err := subjectOf(customer, at[i].kind, g.GetPerson(), g.GetDepartment())
		if err != nil {
			return fault.Prefix(err, at[i].path(goalFields))
		}
		c.Goals = append(c.Goals, Goal{Subject: subject, Target: Level(g.GetTarget()), Text: g.GetDescription(), Measures: g.GetMeasures()})
	}
	return nil
}

// gather puts what stands in three fields into one list.
func gather[T any](organization *T, people, departments []*T) (all []*T, at []place) {
	if organization != nil {
		all, at = append(all, organization), append(at, place{Organization, 0})
	}
	for i, p := range people {
		all, at = append(all, p), append(at, place{KeyPerson, i})
	}
	for i, d := range departments {
		all, at = append(all, d), append(at, place{Extensive, i})
	}
	return all, at
}

func subjectOf(customer uuid.UUID, kind Kind, person, department string) (Subject, error) {
	id, err := ofCustomer(customer, "person", person, "people")
	return Subject{Kind: kind, Person: id, Department: strings.TrimSpace(department)}, err
}

// ofCustomer reads the id out of the name of something of the customer; the empty name is none.
func ofCustomer(customer uuid.UUID, field, name, collection string) (uuid.UUID, error) {
	if name == "" {
		return uuid.Nil, nil
	}
	ids, err := resource.Parse(field, name, "customers", collection)
	if err != nil {
		return uuid.Nil, err
	}
	if ids[0] != customer {
		return uuid.Nil, fault.Invalid(fault.Field(field, "OTHER_CUSTOMER", fault.Text{En: "must be of the same customer", Zh: "必须属于同一客户"}))
	}
	return ids[1], nil
}
