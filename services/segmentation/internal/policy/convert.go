package policy

import (
	"time"

	"github.com/shopspring/decimal"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func (p *Policy) toProto() *segmentationv1.Policy {
	out := &segmentationv1.Policy{
		Name: p.Name(), FiscalYear: p.FiscalYear, Version: p.Version, State: segmentationv1.Policy_State(p.State), EffectiveDate: civil.Optional(p.Effective),
		LabelEn: p.LabelEn, LabelZh: p.LabelZh, Author: p.Author, CreateTime: timestamppb.New(p.CreateTime), UpdateTime: timestamppb.New(p.UpdateTime),
		Publisher: p.Publisher, Etag: etag.Of(p.Revision),
	}
	if p.PublishTime != nil {
		out.PublishTime = timestamppb.New(*p.PublishTime)
	}
	for _, item := range p.Content.Items {
		out.ServiceItems = append(out.ServiceItems, item.toProto())
	}
	for i := range p.Content.Rules {
		out.Rules = append(out.Rules, p.Content.Rules[i].toProto())
	}
	return out
}

func (v Item) toProto() *segmentationv1.ServiceItem {
	return &segmentationv1.ServiceItem{ItemId: v.ID, Group: segmentationv1.ServiceItem_Group(v.Group), NameEn: v.NameEn, NameZh: v.NameZh}
}

func (r *Rule) toProto() *segmentationv1.PolicyRule {
	out := &segmentationv1.PolicyRule{
		RuleId: r.ID, LabelEn: r.LabelEn, LabelZh: r.LabelZh, Priority: r.Priority, Condition: r.condition(), ItemIds: r.Items, SlaFactor: r.SLAFactor,
	}
	for _, v := range r.Statements {
		out.Statements = append(out.Statements, v.toProto())
	}
	for _, v := range r.Frequencies {
		out.ContactFrequencies = append(out.ContactFrequencies, v.toProto())
	}
	if r.Staffing != nil {
		out.Staffing = r.Staffing.toProto()
	}
	return out
}

// condition is nil when the rule is for everybody.
func (r *Rule) condition() *segmentationv1.PolicyCondition {
	if len(r.Classes)+len(r.Tiers)+len(r.Grades) == 0 {
		return nil
	}
	out := &segmentationv1.PolicyCondition{}
	for _, v := range r.Classes {
		out.Classes = append(out.Classes, segmentationv1.CustomerClassKind(v))
	}
	for _, v := range r.Tiers {
		out.Tiers = append(out.Tiers, segmentationv1.Tier(v))
	}
	for _, v := range r.Grades {
		out.Grades = append(out.Grades, gradeName(v))
	}
	return out
}

func (v Statement) toProto() *segmentationv1.PolicyStatement {
	return &segmentationv1.PolicyStatement{Kind: segmentationv1.PolicyStatement_Kind(v.Kind), TextEn: v.En, TextZh: v.Zh}
}

func (v Frequency) toProto() *segmentationv1.ContactFrequency {
	return &segmentationv1.ContactFrequency{
		Activity: segmentationv1.ContactFrequency_Activity(v.Activity), Role: segmentationv1.ContactFrequency_Role(v.Role), Times: v.Times,
		Period: segmentationv1.ContactFrequency_Period(v.Period),
	}
}

func (v Staffing) toProto() *segmentationv1.PolicyStaffing {
	return &segmentationv1.PolicyStaffing{SpecialistEn: v.SpecialistEn, SpecialistZh: v.SpecialistZh, FewestCustomers: v.Fewest, MostCustomers: v.Most}
}

var gradeNumbers = map[string]int16{"C": 1, "B": 2, "A": 3, "S": 4}

// gradeName is empty for 0.
func gradeName(grade int16) string {
	for name, number := range gradeNumbers {
		if number == grade {
			return name
		}
	}
	return ""
}

// set puts what callers may write into p, and checks it.
func (p *Policy) set(in *segmentationv1.Policy) error {
	p.LabelEn, p.LabelZh, p.Content = in.GetLabelEn(), in.GetLabelZh(), Content{}
	for _, v := range in.GetServiceItems() {
		p.Content.Items = append(p.Content.Items, Item{ID: v.GetItemId(), Group: int16(v.GetGroup()), NameEn: v.GetNameEn(), NameZh: v.GetNameZh()})
	}
	for _, v := range in.GetRules() {
		p.Content.Rules = append(p.Content.Rules, ruleOf(v))
	}
	day, valid := dayOf(in.GetEffectiveDate())
	p.Effective = day
	wrong := p.Check()
	if !valid {
		wrong = append(wrong, fault.Field("effective_date", "DATE", fault.Text{
			En: "is not a full date of the years 1900 to 2200", Zh: "不是 1900 至 2200 年间的完整日期",
		}))
	}
	if len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "policy")
	}
	return nil
}

func ruleOf(v *segmentationv1.PolicyRule) Rule {
	r := Rule{ID: v.GetRuleId(), LabelEn: v.GetLabelEn(), LabelZh: v.GetLabelZh(), Priority: v.GetPriority(), Items: v.GetItemIds(), SLAFactor: v.GetSlaFactor()}
	if factor, err := decimal.NewFromString(r.SLAFactor); err == nil {
		r.SLAFactor = factor.String()
	}
	for _, c := range v.GetCondition().GetClasses() {
		r.Classes = append(r.Classes, int16(c))
	}
	for _, t := range v.GetCondition().GetTiers() {
		r.Tiers = append(r.Tiers, int16(t))
	}
	for _, g := range v.GetCondition().GetGrades() {
		r.Grades = append(r.Grades, gradeNumbers[g])
	}
	for _, s := range v.GetStatements() {
		r.Statements = append(r.Statements, Statement{Kind: int16(s.GetKind()), En: s.GetTextEn(), Zh: s.GetTextZh()})
	}
	for _, f := range v.GetContactFrequencies() {
		r.Frequencies = append(r.Frequencies, Frequency{Activity: int16(f.GetActivity()), Role: int16(f.GetRole()), Times: f.GetTimes(), Period: int16(f.GetPeriod())})
	}
	if s := v.GetStaffing(); s != nil {
		r.Staffing = &Staffing{SpecialistEn: s.GetSpecialistEn(), SpecialistZh: s.GetSpecialistZh(), Fewest: s.GetFewestCustomers(), Most: s.GetMostCustomers()}
	}
	return r
}

// dayOf reads a date that may be left out.
func dayOf(d *date.Date) (day *time.Time, valid bool) {
	if d == nil {
		return nil, true
	}
	t, valid := civil.Day(d)
	return &t, valid
}

func inCalendar(day time.Time) bool { return day.Year() >= 1900 && day.Year() <= 2200 }
