package settings

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const (
	core      = 5 // of segmentation's Class
	important = 4
	ordinary  = 3
)

// shipCases puts the numbers of voices and cases into the shipped version.
func shipCases(p *voicev1.VoiceSettings) {
	p.IntakeRules = &voicev1.IntakeRules{
		OpeningKinds:   []voicev1.VoiceKind{voicev1.VoiceKind_COMPLAINT},
		OpeningSources: []voicev1.VoiceSource{voicev1.VoiceSource_SERVICE_REQUEST, voicev1.VoiceSource_RETURN},
	}
	p.CaseRules = &voicev1.CaseRules{AutoCloseDays: 7, CloseDuplicates: true}
	p.SeverityRules = &voicev1.SeverityRules{
		AffectedSteps: []int32{2, 10, 100}, DurationMinutesSteps: []int32{60, 480, 2880}, ClassPoints: map[int32]int32{core: 3, important: 2, ordinary: 1},
		CriticalPoints: 7, HighPoints: 5, MediumPoints: 2,
	}
	p.MajorRules = &voicev1.MajorRules{Severities: []voicev1.Severity{voicev1.Severity_CRITICAL}, Affected: 100, HighClasses: []int32{core}}
	p.CompensationLimits = []*voicev1.CompensationLimit{{CurrencyCode: "CNY", AssigneeBelow: "1000", ManagerUpTo: "50000"}}
}

// checkCases holds the numbers of voices and cases to what the API's constraints cannot say.
func checkCases(p *voicev1.VoiceSettings) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	s := p.GetSeverityRules()
	add(s == nil, "severity_rules", "REQUIRED", required.En, required.Zh)
	add(!slices.IsSorted(s.GetAffectedSteps()), "severity_rules.affected_steps", "ASCENDING", "must ascend", "须递增")
	add(!slices.IsSorted(s.GetDurationMinutesSteps()), "severity_rules.duration_minutes_steps", "ASCENDING", "must ascend", "须递增")
	add(s != nil && !slices.IsSorted([]int32{1, s.GetMediumPoints(), s.GetHighPoints(), s.GetCriticalPoints()}), "severity_rules.critical_points", "ORDER",
		"must be at least high_points, that at least medium_points, that at least 1", "须不小于 high_points，后者不小于 medium_points，且均不小于 1")
	seen := map[string]bool{}
	for i, l := range p.GetCompensationLimits() {
		field := fmt.Sprintf("compensation_limits[%d]", i)
		below, up, err := limitOf(l)
		add(seen[l.GetCurrencyCode()], field+".currency_code", "DUPLICATE", "stands there twice", "重复出现")
		add(err != nil || up.LessThan(below), field+".manager_up_to", "ORDER", "must be at least assignee_below", "不得小于 assignee_below")
		seen[l.GetCurrencyCode()] = true
	}
	return wrong
}

func limitOf(p *voicev1.CompensationLimit) (below, up decimal.Decimal, err error) {
	if below, err = decimal.NewFromString(p.GetAssigneeBelow()); err != nil {
		return below, up, err
	}
	up, err = decimal.NewFromString(p.GetManagerUpTo())
	return below, up, err
}

// casesOf reads the numbers of voices and cases of a version that has passed check.
func (n *Numbers) casesOf(p *voicev1.VoiceSettings) error {
	n.Intake = Intake{Kinds: setOf(p.GetIntakeRules().GetOpeningKinds()), Sources: setOf(p.GetIntakeRules().GetOpeningSources()), Territory: p.GetIntakeRules().GetTerritory()}
	c := p.GetCaseRules()
	n.Case = Case{StartIsResponse: c.GetStartIsResponse(), AutoClose: time.Duration(c.GetAutoCloseDays()) * 24 * time.Hour, CloseDuplicates: c.GetCloseDuplicates()}
	s := p.GetSeverityRules()
	n.Severity = Severity{
		Affected: s.GetAffectedSteps(), Duration: s.GetDurationMinutesSteps(), Class: map[int16]int32{},
		Critical: s.GetCriticalPoints(), High: s.GetHighPoints(), Medium: s.GetMediumPoints(),
	}
	for class, points := range s.GetClassPoints() {
		n.Severity.Class[int16(class)] = points
	}
	m := p.GetMajorRules()
	n.Major = Major{Severities: setOf(m.GetSeverities()), Affected: m.GetAffected(), HighClasses: setOf(m.GetHighClasses())}
	n.Limits = map[string]Limit{}
	for _, l := range p.GetCompensationLimits() {
		below, up, err := limitOf(l)
		if err != nil {
			return err
		}
		n.Limits[l.GetCurrencyCode()] = Limit{AssigneeBelow: below, ManagerUpTo: up}
	}
	return nil
}

func setOf[E ~int32](numbers []E) map[int16]bool {
	out := map[int16]bool{}
	for _, n := range numbers {
		out[int16(n)] = true
	}
	return out
}
