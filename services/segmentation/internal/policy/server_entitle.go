package policy

import (
	"context"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// GetEntitlements implements EntitlementService.
func (s *Server) GetEntitlements(ctx context.Context, r *segmentationv1.GetEntitlementsRequest) (*segmentationv1.Entitlements, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "entitlements", "customers")
	if err != nil {
		return nil, err
	}
	day, err := asOf(r.GetAsOf())
	if err != nil {
		return nil, err
	}
	place, err := s.store.Place(ctx, ids[0], day, func(ctx context.Context) error {
		_, err := s.settings.Current(ctx) // which sees to it that there are settings
		return err
	})
	if err != nil {
		return nil, err
	}
	return place.entitlements(r.GetName()), nil
}

// asOf is nil for today.
func asOf(text string) (*time.Time, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no day was asked for
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || !inCalendar(day) {
		return nil, fault.Invalid(fault.Field("as_of", "DATE", fault.Text{
			En: "must be a date of the years 1900 to 2200 such as 2026-03-31", Zh: "须为 1900 至 2200 年间的日期，如 2026-03-31",
		}))
	}
	return &day, nil
}

// standing is what the rules are applied to.
func (p *Place) standing() Standing {
	s := p.Standing
	if p.ClassThen != nil {
		s.Class = int16(segmentationv1.CustomerClassKind_value[*p.ClassThen])
	}
	if p.TierThen != nil {
		s.Tier = int16(segmentationv1.Tier_value[*p.TierThen])
	}
	return s
}

func (p *Place) entitlements(name string) *segmentationv1.Entitlements {
	policy, standing := p.policy(), p.standing()
	e := policy.Content.Entitle(standing)
	out := &segmentationv1.Entitlements{
		Name: name, AsOfDate: civil.Date(p.Day),
		Class: segmentationv1.CustomerClassKind(standing.Class), Tier: segmentationv1.Tier(standing.Tier), Grade: gradeName(standing.Grade),
		Stage: segmentationv1.LifecycleStage(p.Stage), Role: segmentationv1.LifecycleRole(p.Role), Engagement: segmentationv1.Engagement(p.Engagement),
		Policy: policy.Name(), FiscalYear: policy.FiscalYear, Version: policy.Version,
	}
	for _, g := range e.Statements {
		out.Statements = append(out.Statements, &segmentationv1.EntitledStatement{Statement: g.Value.toProto(), Reason: g.Rule.reason(standing)})
	}
	for _, g := range e.Items {
		out.Items = append(out.Items, &segmentationv1.EntitledItem{Item: g.Value.toProto(), Reason: g.Rule.reason(standing)})
	}
	for _, g := range e.Frequencies {
		out.ContactFrequencies = append(out.ContactFrequencies, &segmentationv1.EntitledContactFrequency{
			ContactFrequency: g.Value.toProto(), Reason: g.Rule.reason(standing),
		})
	}
	for _, g := range e.Staffing {
		out.Staffing = &segmentationv1.EntitledStaffing{Staffing: g.Value.toProto(), Reason: g.Rule.reason(standing)}
	}
	for _, g := range e.SLAFactor {
		out.SlaFactor = &segmentationv1.EntitledSlaFactor{SlaFactor: g.Value, Reason: g.Rule.reason(standing)}
	}
	return out
}

// The names of classes and tiers in Chinese, by their numbers.
var (
	classesZh = map[int16]string{1: "潜在客户", 2: "中小客户", 3: "普通客户", 4: "重要客户", 5: "核心客户"}
	tiersZh   = map[int16]string{1: "流动客户", 2: "普通客户", 3: "中端客户", 4: "VIP 客户", 5: "项目客户"}
)

// reason tells why the rule holds of a customer of the standing, which meets it.
func (r *Rule) reason(s Standing) *segmentationv1.EntitlementReason {
	out := &segmentationv1.EntitlementReason{RuleId: r.ID, LabelEn: r.LabelEn, LabelZh: r.LabelZh, Condition: r.condition()}
	var en, zh []string
	if len(r.Classes) > 0 {
		en, zh = append(en, "class "+segmentationv1.CustomerClassKind(s.Class).String()), append(zh, "分类："+classesZh[s.Class])
	}
	if len(r.Tiers) > 0 {
		en, zh = append(en, "tier "+segmentationv1.Tier(s.Tier).String()), append(zh, "阶层："+tiersZh[s.Tier])
	}
	if len(r.Grades) > 0 {
		en, zh = append(en, "grade "+gradeName(s.Grade)), append(zh, "级别："+gradeName(s.Grade))
	}
	if len(en) == 0 {
		en, zh = []string{"all customers"}, []string{"所有客户"}
	}
	out.MatchedEn, out.MatchedZh = strings.Join(en, ", "), strings.Join(zh, "，")
	return out
}
