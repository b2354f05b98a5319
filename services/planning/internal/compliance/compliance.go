// Package compliance is what people of customers may be given [法律及当地风俗遵从性]: the rules, the approvals of what is above a threshold, and the register of all that was decided.
// Package gate decides by them.
package compliance

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Benefit is what is given; the numbers are those of the API.
type Benefit int16

// Measure is what of it is limited.
type Measure int16

// The measures.
const (
	PerOccasion Measure = iota + 1
	PerYear
	Banned
)

// Rule says what people may be given in a jurisdiction.
type Rule struct {
	ID            uuid.UUID           `db:"rule_id"`
	Jurisdiction  string              `db:"jurisdiction"`
	Benefit       Benefit             `db:"benefit"`
	Measure       Measure             `db:"measure"`
	Currency      string              `db:"currency"`
	Limit         decimal.NullDecimal `db:"limit_amount"`
	ApprovalAbove decimal.NullDecimal `db:"approval_above"`
	Effective     time.Time           `db:"effective_date"`
	Expire        *time.Time          `db:"expire_date"` // the first day it is no longer in force
	LabelEn       string              `db:"label_en"`
	LabelZh       string              `db:"label_zh"`
	Replaced      uuid.NullUUID       `db:"replaced"`
	Author        string              `db:"author"`
	CreateTime    time.Time           `db:"create_time"`
}

// Name is the resource name.
func (r *Rule) Name() string { return resource.Name("complianceRules", r.ID) }

// InForce says whether the rule holds on a day.
func (r *Rule) InForce(day time.Time) bool {
	return !r.Effective.After(day) && (r.Expire == nil || r.Expire.After(day))
}

// overlaps says whether both are in force on some day.
func (r *Rule) overlaps(o *Rule) bool {
	return (r.Expire == nil || r.Expire.After(o.Effective)) && (o.Expire == nil || o.Expire.After(r.Effective))
}

// same says whether both limit the same.
func (r *Rule) same(o *Rule) bool {
	return r.Jurisdiction == o.Jurisdiction && r.Benefit == o.Benefit && r.Measure == o.Measure
}

// Check holds a new rule to what the API's constraints cannot say.
func (r *Rule) Check(today time.Time) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	ban := r.Measure == Banned
	add(ban && r.Limit.Valid, "limit", "BANNED", "a ban has no limit", "禁止类规则没有限额")
	add(!ban && !r.Limit.Valid, "limit", "REQUIRED", "must be given", "必须填写")
	add(ban && r.ApprovalAbove.Valid, "approval_above", "BANNED", "a ban has no approval", "禁止类规则不可审批")
	add(!ban && r.ApprovalAbove.Valid && r.Limit.Valid && r.ApprovalAbove.Decimal.GreaterThan(r.Limit.Decimal), "approval_above", "RANGE",
		"must not be above the limit", "不得高于限额")
	add(r.Effective.Before(today), "effective_date", "RANGE", "must not be before today", "不得早于今天")
	add(r.Expire != nil && !r.Expire.After(r.Effective), "expire_date", "RANGE", "must be after effective_date", "必须晚于 effective_date")
	return wrong
}

// Everywhere is the jurisdiction of rules for all that have none of their own.
const Everywhere = "*"

// union are the countries of the European Union.
const union = " AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK "

// Jurisdictions are those that hold for a customer of that territory, the most specific first: its first part is the country, whatever follows. A territory that does not begin
// with a country is under the rules for everywhere alone.
func Jurisdictions(territory string) []string {
	first, _, _ := strings.Cut(territory, "/")
	country := strings.ToUpper(first)
	switch {
	case len(country) != 2:
		return []string{Everywhere}
	case strings.Contains(union, " "+country+" "):
		return []string{country, "EU", Everywhere}
	}
	return []string{country, Everywhere}
}

// Rules are all there are.
type Rules []*Rule

// Limit is the rule that limits a benefit in the first of the jurisdictions that has one on that day; nil when none does.
func (all Rules) Limit(jurisdictions []string, benefit Benefit, measure Measure, day time.Time) *Rule {
	for _, j := range jurisdictions {
		i := slices.IndexFunc(all, func(r *Rule) bool {
			return r.Jurisdiction == j && r.Benefit == benefit && r.Measure == measure && r.InForce(day)
		})
		if i >= 0 {
			return all[i]
		}
	}
	return nil
}

// Ban is a rule that bans a benefit in one of the jurisdictions on that day, if there is one.
func (all Rules) Ban(jurisdictions []string, benefit Benefit, day time.Time) *Rule {
	return all.Limit(jurisdictions, benefit, Banned, day)
}
