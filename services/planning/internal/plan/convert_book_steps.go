package plan

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (b *binder) goals() []Part {
	var parts []Part
	if b.level >= typev1.Level_MANAGER {
		parts = b.relationshipGoals()
	}
	return append(parts, Part{Title: b.say(partStrategy), Text: b.plan.GetStrategy()}, b.matrix())
}

func (b *binder) relationshipGoals() []Part {
	common := []wanted{{columnBaseline, Narrow}, {columnTarget, Narrow}, {columnText, Wide}, {columnMeasures, Middle}}
	organization := Part{Title: b.say(partGoalsOf) + b.say(partOrganized), Columns: b.columns(append([]wanted{{factCustomer, Middle}}, common...)...)}
	if g := b.plan.GetOrganizationGoal(); g != nil {
		organization.Rows = [][]string{append([]string{b.facts.Customer}, b.goal(g)...)}
	}
	people := Part{Title: b.say(partGoalsOf) + b.say(partKeyPersons), Columns: b.columns(append([]wanted{{columnPerson, Middle}}, common...)...)}
	for _, g := range b.plan.GetKeyPersonGoals() {
		people.Rows = append(people.Rows, append([]string{b.person(g.GetPerson())}, b.goal(g)...))
	}
	departments := Part{Title: b.say(partGoalsOf) + b.say(partDepartments), Columns: b.columns(append([]wanted{{columnDepartment, Middle}}, common...)...)}
	for _, g := range b.plan.GetDepartmentGoals() {
		departments.Rows = append(departments.Rows, append([]string{g.GetDepartment()}, b.goal(g)...))
	}
	return []Part{organization, people, departments}
}

func (b *binder) goal(g *planningv1.RelationshipGoal) []string {
	baseline := b.levels[g.GetPerson()+strings.ToLower(g.GetDepartment())]
	return []string{b.say(levelLabels[baseline]), b.say(levelLabels[g.GetTarget()]), g.GetDescription(), strings.Join(g.GetMeasures(), "\n")}
}

// matrix is the responsibility matrix: a row for each measure, a column for each responsibility.
func (b *binder) matrix() Part {
	part := Part{Title: b.say(partMeasures), Columns: b.columns(
		wanted{columnMeasure, Wide}, wanted{columnResponsible, Narrow}, wanted{columnAccountable, Narrow}, wanted{columnConsulted, Narrow}, wanted{columnInformed, Narrow}, wanted{columnDue, Narrow},
	)}
	for _, m := range b.plan.GetMeasures() {
		who := map[planningv1.Responsibility][]string{}
		for _, a := range m.GetAssignments() {
			who[a.GetResponsibility()] = append(who[a.GetResponsibility()], a.GetSubject())
		}
		budget := ""
		if m.GetBudget() != "" {
			budget = b.say(budgetLine) + path.Base(m.GetBudget())
		}
		row := []string{strings.Join(filled(m.GetId(), m.GetDescription(), b.say(relationshipLabels[m.GetRelationship()]), budget), "\n")}
		for _, r := range []planningv1.Responsibility{
			planningv1.Responsibility_RESPONSIBLE, planningv1.Responsibility_ACCOUNTABLE, planningv1.Responsibility_CONSULTED, planningv1.Responsibility_INFORMED,
		} {
			row = append(row, strings.Join(who[r], "\n"))
		}
		part.Rows = append(part.Rows, append(row, b.day(m)))
	}
	return part
}

func (b *binder) execution() []Part {
	e := b.plan.GetExecution()
	progress := Part{Title: b.say(partProgress), Columns: b.columns(wanted{columnMeasure, Wide}, wanted{columnDue, Narrow}, wanted{columnState, Narrow}, wanted{columnProgress, Narrow})}
	for _, m := range b.plan.GetMeasures() {
		progress.Rows = append(progress.Rows, []string{
			m.GetId() + "\n" + m.GetDescription(), b.day(m), b.say(measureLabels[m.GetState()]), fmt.Sprintf("%d%%", m.GetProgressPercent()),
		})
	}
	reports := Part{Title: b.say(partReports), Columns: b.columns(
		wanted{columnTime, Narrow}, wanted{columnMeasure, Middle}, wanted{columnState, Narrow}, wanted{columnProgress, Narrow}, wanted{columnNote, Wide}, wanted{columnReporter, Narrow}, wanted{factVersion, Narrow},
	)}
	for _, r := range b.plan.GetReports() {
		reports.Rows = append(reports.Rows, []string{
			b.time(r.GetReportTime()), r.GetMeasure(), b.say(measureLabels[r.GetState()]), fmt.Sprintf("%d%%", r.GetProgressPercent()), r.GetNote(), r.GetAuthor(),
			strconv.Itoa(int(r.GetVersion())),
		})
	}
	return []Part{
		{Title: b.say(partSetUp), Text: e.GetOrganization()},
		{Title: b.say(partWatch), Text: e.GetMonitoring()},
		{Title: b.say(partEffect), Text: e.GetEvaluation()},
		progress, reports,
	}
}
