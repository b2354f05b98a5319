package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// findings collects what is wrong.
type findings []fault.Violation

func (w *findings) add(broken bool, field, rule, en, zh string) {
	if broken {
		*w = append(*w, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
	}
}

// Check holds a plan to what the API's constraints cannot say. start is the first day of its fiscal year.
func (c *Content) Check(start time.Time) []fault.Violation {
	var wrong findings
	for i, t := range c.Targets {
		field := fmt.Sprintf("market_targets[%d].", i)
		wrong.figures(field, t.Figures)
		if t.Kind == Share {
			wrong.add(t.Unit != "", field+"unit", "EXCLUDED", "must be empty: a share is in percent", "必须为空：份额以百分比计")
			wrong.add(t.BaselineAmount != nil || t.TargetAmount != nil, field+"baseline_amount", "EXCLUDED", "a share is in percent", "份额以百分比计")
			wrong.percent(field+"baseline", t.Baseline)
			wrong.percent(field+"target", t.Target)
		}
		amounts := t.BaselineAmount != nil || t.TargetAmount != nil
		wrong.add(amounts && t.Unit != "", field+"unit", "EXCLUDED", "must be empty for an amount of money", "填写金额时必须为空")
	}
	for i, p := range c.Profits {
		wrong.figures(fmt.Sprintf("profit_targets[%d].", i), p.Figures)
	}
	analyses, goals := c.subjects()
	wrong.subjects(analyses, analysisFields)
	wrong.subjects(goals, goalFields)
	wrong.measures(c, start)
	return wrong
}

// subjects are whom analyses and goals are of.
func (c *Content) subjects() (analyses, goals []Subject) {
	analyses, goals = make([]Subject, len(c.Analyses)), make([]Subject, len(c.Goals))
	for i, a := range c.Analyses {
		analyses[i] = a.Subject
	}
	for i, g := range c.Goals {
		goals[i] = g.Subject
	}
	return analyses, goals
}

func (w *findings) figures(field string, f Figures) {
	amounts := f.BaselineAmount != nil || f.TargetAmount != nil
	w.add(amounts && (f.Baseline != nil || f.Target != nil), field+"target_amount", "FIGURES", "must be left out where baseline or target is given", "已填写数值时不得填写金额")
	if f.BaselineAmount != nil && f.TargetAmount != nil {
		w.add(f.BaselineAmount.Currency != f.TargetAmount.Currency, field+"target_amount", "CURRENCY", "must be in the currency of the baseline", "必须与基线使用同一货币")
	}
}

const hundred = 100

func (w *findings) percent(field string, d *decimal.Decimal) {
	w.add(d != nil && (d.IsNegative() || d.GreaterThan(decimal.NewFromInt(hundred))), field, "PERCENT", "must be from 0 to 100", "必须在 0 至 100 之间")
}

// The fields in which subjects of each kind stand.
var (
	analysisFields = map[Kind]string{KeyPerson: "key_person_analyses", Organization: "organization_analysis", Extensive: "department_analyses"}
	goalFields     = map[Kind]string{KeyPerson: "key_person_goals", Organization: "organization_goal", Extensive: "department_goals"}
)

// place is where a relationship stands in the API: in the field of its kind, at an index.
type place struct {
	kind  Kind
	index int
}

func (p place) path(fields map[Kind]string) string {
	if p.kind == Organization {
		return fields[p.kind]
	}
	return fmt.Sprintf("%s[%d]", fields[p.kind], p.index)
}

// paths are where the subjects stand in the API.
func paths(subjects []Subject, fields map[Kind]string) []string {
	out, count := make([]string, len(subjects)), map[Kind]int{}
	for i, s := range subjects {
		out[i] = place{s.Kind, count[s.Kind]}.path(fields)
		count[s.Kind]++
	}
	return out
}

// subjects wants each once, and named as its kind is.
func (w *findings) subjects(subjects []Subject, fields map[Kind]string) {
	seen := map[Subject]bool{}
	for i, path := range paths(subjects, fields) {
		s := subjects[i]
		w.add(s.Kind == KeyPerson && s.Person == uuid.Nil, path+".person", "REQUIRED", "must be given for a key person", "关键客户必须填写人员")
		w.add(s.Kind != KeyPerson && s.Person != uuid.Nil, path+".person", "EXCLUDED", "must be empty here", "此处必须为空")
		w.add(s.Kind == Extensive && s.Department == "", path+".department", "REQUIRED", "must be given for a department", "普遍客户关系必须填写部门")
		w.add(s.Kind != Extensive && s.Department != "", path+".department", "EXCLUDED", "must be empty here", "此处必须为空")
		w.add(seen[s.folded()], path, "UNIQUE", "stands twice", "重复")
		seen[s.folded()] = true
	}
}

func (w *findings) measures(c *Content, start time.Time) {
	known := map[string]bool{}
	for i, m := range c.Measures {
		field := fmt.Sprintf("measures[%d].", i)
		w.add(known[m.ID], field+"id", "UNIQUE", "stands twice", "重复")
		known[m.ID] = true
		w.add(m.Due != nil && m.Due.Before(start), field+"due_date", "BEFORE_YEAR",
			"must not be before the fiscal year begins, "+start.Format(time.DateOnly), "不得早于财年开始日 "+start.Format(time.DateOnly))
		subjects := map[string]bool{}
		for j, a := range m.Assignments {
			w.add(subjects[a.Subject], fmt.Sprintf("%sassignments[%d].subject", field, j), "UNIQUE", "stands twice", "重复")
			subjects[a.Subject] = true
		}
	}
	// The violation is of the measures and not of the goal, which whoever takes the measure out may not be permitted to see.
	var missing []string
	for _, g := range c.Goals {
		for _, id := range g.Measures {
			if !known[id] && !slices.Contains(missing, id) {
				missing = append(missing, id)
				w.add(true, "measures", "GOAL", fmt.Sprintf("lacks %q, which a goal names", id), fmt.Sprintf("缺少目标所引用的措施 %q", id))
			}
		}
	}
}

// Gap is what a plan lacks to be approved; nil when it lacks nothing.
func (c *Content) Gap() *fault.Text {
	if len(c.Measures) == 0 {
		return &fault.Text{En: "The plan has no measures.", Zh: "规划没有任何措施。"}
	}
	for _, m := range c.Measures {
		count := map[Responsibility]int{}
		for _, a := range m.Assignments {
			count[a.Responsibility]++
		}
		switch {
		case m.Due == nil:
			return &fault.Text{En: "The measure " + m.ID + " has no due date.", Zh: "措施 " + m.ID + " 没有完成日期。"}
		case count[Responsible] == 0:
			return &fault.Text{En: "Nobody is responsible for the measure " + m.ID + ".", Zh: "措施 " + m.ID + " 没有执行人。"}
		case count[Accountable] != 1:
			return &fault.Text{En: "The measure " + m.ID + " must have exactly one who is accountable.", Zh: "措施 " + m.ID + " 必须恰有一名负责人。"}
		}
	}
	return nil
}

// CheckReport says what is wrong with a report.
func (p *Plan) CheckReport(r Report) []fault.Violation {
	var wrong findings
	wrong.add(!slices.ContainsFunc(p.Measures, func(m Measure) bool { return m.ID == r.Measure }), "measure", "UNKNOWN", "is no measure of the plan", "不是该规划的措施")
	wrong.add(r.State == Done && r.Percent != hundred, "progress_percent", "PROGRESS", "must be 100 of what is done", "已完成的措施进度必须为 100")
	return wrong
}

// approvable says why a version cannot be approved by somebody, nil if it can.
func (p *Plan) approvable(by string) error {
	switch gap := p.Gap(); {
	case p.State != Draft:
		return p.notDraft()
	case slices.Contains(p.Editors, by):
		return errSelfApproval
	case gap != nil:
		return incomplete(*gap)
	default:
		return nil
	}
}
