package gate

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
)

// RuleApproval is the rule that an approval is missing.
const RuleApproval = "APPROVAL_REQUIRED"

func checkActivity(s *Snapshot, _ time.Time) []Failure {
	if s.Activity == uuid.Nil || s.ActivityFound {
		return nil
	}
	return []Failure{{
		Rule: "ACTIVITY_SCOPE", Subject: resource.Name("activities", s.Activity), Text: text("is no planned activity of this customer", "不是该客户的计划中活动"),
	}}
}

// checkBudget asks that what costs is paid for, by a budget that is for it and has it left.
func checkBudget(s *Snapshot, _ time.Time) []Failure {
	costs := s.Costs()
	if s.Candidate.Budget == uuid.Nil {
		if len(costs) == 0 {
			return nil
		}
		return []Failure{{Rule: "BUDGET_MISSING", Text: text("no budget is named for the cost", "未指明承担费用的预算")}}
	}
	subject := budget.Name(s.Candidate.Budget)
	refuse := func(rule, en, zh string) Failure {
		return Failure{Rule: rule, Subject: subject, Text: text(en, zh)}
	}
	b := s.Budget
	if b == nil {
		return []Failure{refuse("BUDGET_UNKNOWN", "there is no such budget in your reach", "在您的权限内没有该预算")}
	}
	var out []Failure
	if b.Closed {
		out = append(out, refuse("BUDGET_CLOSED", "the budget is closed", "预算已关闭"))
	}
	if !b.Pays(s.Customer, s.Territory, s.Activity) {
		out = append(out, refuse("BUDGET_SCOPE", "the budget is not for this customer or activity", "该预算不适用于此客户或活动"))
	}
	for _, m := range costs {
		if m.Currency != b.Currency {
			return append(out, refuse("BUDGET_CURRENCY", "the budget is in "+b.Currency+", and the cost in "+m.Currency, "预算的货币是 "+b.Currency+"，费用的货币是 "+m.Currency))
		}
	}
	if missing := s.Total().Sub(b.Available()); missing.IsPositive() {
		short := missing.String() + " " + b.Currency
		out = append(out, refuse("BUDGET_SHORT", "the budget is short of "+short+"; an overrun has to be approved first", "预算尚缺 "+short+"；须先批准超支"))
	}
	return out
}

// checkBudgetYear asks that the day is in the fiscal year of the budget.
func checkBudgetYear(s *Snapshot, day time.Time) []Failure {
	if s.Budget == nil || s.Numbers.FiscalYear(day) == int(s.Budget.FiscalYear) {
		return nil
	}
	return []Failure{{Rule: "BUDGET_YEAR", Subject: s.Budget.Name(), Text: text("the budget is for another fiscal year", "该预算属于其他财年")}}
}

// checkCost asks that what entertains is accounted for person by person: else it would go around the limits of hospitality.
func checkCost(s *Snapshot, _ time.Time) []Failure {
	kind, ok := s.kind()
	if !ok || !kind.Hospitality || s.Other.Amount.IsZero() {
		return nil
	}
	return []Failure{{Rule: "COST_PER_PERSON", Text: text(
		kind.LabelEn+" entertains: name its cost person by person as benefits", "“"+kind.LabelZh+"”属于招待：请按人列明费用")}}
}

// checkBenefits holds what is given to the rules of the customer's jurisdictions, planned and given together. What no rule limits is refused.
func checkBenefits(s *Snapshot, day time.Time) []Failure {
	j := &judge{Snapshot: s, day: day, jurisdictions: compliance.Jurisdictions(s.Territory)}
	for _, g := range s.Gifts {
		j.gift(g)
	}
	return j.failures
}

// judge gathers what is broken by gifts on a day.
type judge struct {
	*Snapshot
	day           time.Time
	jurisdictions []string
	failures      []Failure
}

func (j *judge) refuse(rule string, g compliance.Gift, detail, en, zh string) {
	j.failures = append(j.failures, Failure{Rule: rule, Subject: j.person(g.Person), Detail: detail, Text: text(en, zh)})
}

func (j *judge) gift(g compliance.Gift) {
	met := false
	for _, id := range j.Candidate.People {
		met = met || id == g.Person
	}
	if !met {
		j.refuse("BENEFIT_RECIPIENT", g, "", "is given something and is not among the people met", "受赠人不在接触人员之中")
	}
	if ban := j.Rules.Ban(j.jurisdictions, g.Benefit, j.day); ban != nil {
		j.refuse("BENEFIT_BANNED", g, ban.Name(), ban.LabelEn, ban.LabelZh)
		return
	}
	occasion := j.Rules.Limit(j.jurisdictions, g.Benefit, compliance.PerOccasion, j.day)
	year := j.Rules.Limit(j.jurisdictions, g.Benefit, compliance.PerYear, j.day)
	if occasion == nil || year == nil {
		j.refuse("BENEFIT_UNLIMITED", g, "", "no rule permits this benefit in "+strings.Join(j.jurisdictions, ", "), "没有规则允许在 "+strings.Join(j.jurisdictions, "、")+" 给予该利益")
		return
	}
	j.limit("BENEFIT_OCCASION", occasion, g, g.Amount)
	j.limit("BENEFIT_YEAR", year, g, j.inYear(g).Add(g.Amount))
}

// limit holds what a person is given in all to one rule.
func (j *judge) limit(name string, r *compliance.Rule, g compliance.Gift, total decimal.Decimal) {
	switch {
	case r.Currency != g.Currency || j.mixed(name, g):
		j.refuse("BENEFIT_CURRENCY", g, r.Name(), "the limit is in "+r.Currency, "限额的货币是 "+r.Currency)
	case total.GreaterThan(r.Limit.Decimal):
		j.refuse(name, g, r.Name(), r.LabelEn+": "+total.String()+" is more than "+r.Limit.Decimal.String()+" "+r.Currency,
			r.LabelZh+"："+total.String()+" 超过 "+r.Limit.Decimal.String()+" "+r.Currency)
	case j.Reserved || !r.ApprovalAbove.Valid || !total.GreaterThan(r.ApprovalAbove.Decimal):
	case j.Candidate.Approval == uuid.Nil:
		above := r.ApprovalAbove.Decimal.String() + " " + r.Currency
		j.refuse(RuleApproval, g, r.Name(), r.LabelEn+": more than "+above+" needs an approval", r.LabelZh+"：超过 "+above+" 须经审批")
	case j.Approval == nil || !j.Approval.Permits(int16(j.Kind), j.Gifts, j.Now):
		j.refuse("APPROVAL_INVALID", g, r.Name(), "the approval does not cover it, has been used, or is too old", "该审批未涵盖本次内容、已被使用或已过期")
	}
}

// inYear is what the person is given of the same in the calendar year at other contacts.
func (j *judge) inYear(g compliance.Gift) decimal.Decimal {
	total := decimal.Zero
	for _, v := range j.Given {
		if v.Person == g.Person && v.Benefit == g.Benefit && v.Year == j.day.Year() && v.Currency == g.Currency {
			total = total.Add(v.Amount)
		}
	}
	return total
}

// mixed says whether the person was given the same in another currency that year: then nobody knows how much there is left of a year's limit.
func (j *judge) mixed(name string, g compliance.Gift) bool {
	if name != "BENEFIT_YEAR" {
		return false
	}
	for _, v := range j.Given {
		if v.Person == g.Person && v.Benefit == g.Benefit && v.Year == j.day.Year() && v.Currency != g.Currency {
			return true
		}
	}
	return false
}
