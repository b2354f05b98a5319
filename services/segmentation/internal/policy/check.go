package policy

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// checker gathers what is wrong.
type checker struct{ wrong []fault.Violation }

func (c *checker) add(broken bool, field, rule, en, zh string) {
	if broken {
		c.wrong = append(c.wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
	}
}

// Check holds a policy to what the API's constraints on single fields cannot say. Fields are named as they stand in the message.
func (p *Policy) Check() []fault.Violation {
	c := &checker{}
	c.add(p.LabelEn == "", "label_en", "REQUIRED", "must be given", "必须填写")
	c.add(p.LabelZh == "", "label_zh", "REQUIRED", "must be given", "必须填写")
	items := map[string]bool{}
	for i, item := range p.Content.Items {
		c.add(items[item.ID], fmt.Sprintf("service_items[%d].item_id", i), "UNIQUE", "stands twice", "重复")
		items[item.ID] = true
	}
	ids, priorities := map[string]bool{}, map[int32]bool{}
	for i := range p.Content.Rules {
		r, at := &p.Content.Rules[i], fmt.Sprintf("rules[%d].", i)
		c.add(ids[r.ID], at+"rule_id", "UNIQUE", "stands twice", "重复")
		c.add(priorities[r.Priority], at+"priority", "UNIQUE", "is that of another rule", "与其他规则的优先级相同")
		ids[r.ID], priorities[r.Priority] = true, true
		c.rule(r, at, items)
	}
	return c.wrong
}

var mostFactor = decimal.NewFromInt(10)

func (c *checker) rule(r *Rule, at string, items map[string]bool) {
	seen := map[Key]bool{}
	for i, s := range r.Statements {
		c.add(seen[s.key()], fmt.Sprintf("%sstatements[%d].kind", at, i), "UNIQUE", "stands twice in the rule", "在规则中重复")
		seen[s.key()] = true
	}
	for i, f := range r.Frequencies {
		c.add(seen[f.key()], fmt.Sprintf("%scontact_frequencies[%d].activity", at, i), "UNIQUE", "stands twice in the rule for this role", "在规则中对该角色重复")
		seen[f.key()] = true
	}
	for i, id := range r.Items {
		c.add(!items[id], fmt.Sprintf("%sitem_ids[%d]", at, i), "UNKNOWN_ITEM", "is not in service_items", "不在 service_items 中")
	}
	if s := r.Staffing; s != nil {
		c.add(s.Most < s.Fewest, at+"staffing.most_customers", "ORDER", "must not be below fewest_customers", "不得小于 fewest_customers")
	}
	if r.SLAFactor != "" {
		factor, err := decimal.NewFromString(r.SLAFactor)
		c.add(err != nil || !factor.IsPositive() || factor.GreaterThan(mostFactor), at+"sla_factor", "RANGE", "must be greater than 0 and at most 10", "须大于 0 且不超过 10")
	}
}

// Changed are the ids of the rules that two contents do not have alike, sorted.
func Changed(before, after *Content) []string {
	var ids []string
	for _, one := range []struct{ of, against *Content }{{after, before}, {before, after}} {
		for i := range one.of.Rules {
			if r := &one.of.Rules[i]; !one.against.has(r, one.of.items(r)) {
				ids = append(ids, r.ID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// has reports whether there is such a rule with such items.
func (c *Content) has(r *Rule, items []Item) bool {
	return slices.ContainsFunc(c.Rules, func(other Rule) bool { return other.same(r) && slices.Equal(c.items(&other), items) })
}

// same compares all but the items.
func (r *Rule) same(other *Rule) bool {
	staffed := r.Staffing == other.Staffing || r.Staffing != nil && other.Staffing != nil && *r.Staffing == *other.Staffing
	return staffed && r.ID == other.ID && r.LabelEn == other.LabelEn && r.LabelZh == other.LabelZh && r.Priority == other.Priority && r.SLAFactor == other.SLAFactor &&
		slices.Equal(r.Classes, other.Classes) && slices.Equal(r.Tiers, other.Tiers) && slices.Equal(r.Grades, other.Grades) &&
		slices.Equal(r.Statements, other.Statements) && slices.Equal(r.Frequencies, other.Frequencies)
}
