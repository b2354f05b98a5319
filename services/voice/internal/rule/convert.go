package rule

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
)

// body is the rule without what the store knows of it.
func (r *Rule) body() *voicev1.ResponseRule {
	out := &voicev1.ResponseRule{
		Code: r.Code, LabelEn: r.LabelEn, LabelZh: r.LabelZh, Active: r.Active, Priority: r.Priority, Major: r.Major,
		RequestKinds: enums[voicev1.RequestKind](r.Requests), Severities: enums[voicev1.Severity](r.Severities),
		Classes: enums[voicev1.ResponseRule_CustomerClass](r.Classes),
	}
	for i := range r.Targets {
		out.Targets = append(out.Targets, r.Targets[i].toProto())
	}
	return out
}

func (t *Target) toProto() *voicev1.ResponseRule_Target {
	out := &voicev1.ResponseRule_Target{
		Measure: voicev1.Measure(t.Measure), TargetSeconds: t.Seconds, Calendar: calendar.Name(t.Calendar), Pauses: t.Pauses, SlaFactorApplies: t.Factor,
	}
	for _, s := range t.Steps {
		out.Steps = append(out.Steps, &voicev1.ResponseRule_Step{
			Level: voicev1.EscalationLevel(s.Level), Trigger: voicev1.ResponseRule_Trigger(s.Trigger), Percent: s.Percent, AfterSeconds: s.After,
		})
	}
	return out
}

func (r *Rule) toProto() *voicev1.ResponseRule {
	out := r.body()
	out.Name, out.Version, out.Author, out.CreateTime = Name(r.ID), r.Version, r.Author, timestamppb.New(r.CreateTime)
	out.Etag = etag.Of(int64(r.Version))
	return out
}

// set puts what callers may write into r, but for the calendars, whose names are returned by target.
func (r *Rule) set(in *voicev1.ResponseRule) (calendars []string) {
	r.Code, r.LabelEn, r.LabelZh, r.Active, r.Priority, r.Major = in.GetCode(), in.GetLabelEn(), in.GetLabelZh(), in.GetActive(), in.GetPriority(), in.Major //nolint:protogetter // whether it is there
	r.Requests, r.Severities, r.Classes = numbers(in.GetRequestKinds()), numbers(in.GetSeverities()), numbers(in.GetClasses())
	r.Targets = nil
	for _, t := range in.GetTargets() {
		target := Target{Measure: Measure(t.GetMeasure()), Seconds: t.GetTargetSeconds(), Pauses: t.GetPauses(), Factor: t.GetSlaFactorApplies()}
		for _, s := range t.GetSteps() {
			target.Steps = append(target.Steps, Step{
				Level: int16(s.GetLevel()), Trigger: Trigger(s.GetTrigger()), Percent: s.GetPercent(), After: s.GetAfterSeconds(),
			})
		}
		r.Targets = append(r.Targets, target)
		calendars = append(calendars, t.GetCalendar())
	}
	return calendars
}

func enums[E ~int32](in []int16) (out []E) {
	for _, n := range in {
		out = append(out, E(n))
	}
	return out
}

func numbers[E ~int32](in []E) (out []int16) {
	for _, n := range in {
		out = append(out, int16(n))
	}
	return out
}

func (c *Candidate) toProto() *voicev1.ExplainResponseRulesResponse_Candidate {
	out := &voicev1.ExplainResponseRulesResponse_Candidate{
		ResponseRule: Name(c.Rule.ID), Code: c.Rule.Code, Version: c.Rule.Version, Priority: c.Rule.Priority, Conditions: int32(c.Rule.Conditions()),
		ReasonEn: c.Why.En, ReasonZh: c.Why.Zh,
	}
	for _, m := range c.CountsFor {
		out.CountsFor = append(out.CountsFor, voicev1.Measure(m))
	}
	return out
}
