// Package rule is how fast requests are answered and solved [响应时间规定], by kind, severity and class, and who is told when they are not.
package rule

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// Collection is that of the resource names.
const Collection = "responseRules"

// Measure is a time that is measured; the numbers are those of the API.
type Measure int16

// The measures.
const (
	FirstResponse Measure = iota + 1
	Resolution
)

// Trigger is when a level is told; the numbers are those of the API.
type Trigger int16

// The triggers.
const (
	Before Trigger = iota + 1
	AtBreach
	AfterBreach
	OnSeverity
)

// Rule is a version of a rule. An empty condition asks nothing; the numbers are those of the API.
type Rule struct {
	versioned.Head

	LabelEn    string
	LabelZh    string
	Active     bool
	Priority   int32
	Requests   []int16
	Severities []int16
	Classes    []int16
	Major      *bool
	Targets    []Target
}

// Target is what a rule says of one measure.
type Target struct {
	Measure  Measure
	Seconds  int64     // of working time
	Calendar uuid.UUID // in its newest version
	Pauses   bool
	Factor   bool // whether the SLA factor applies
	Steps    []Step
}

// Step is when an escalation level is told.
type Step struct {
	Level   int16
	Trigger Trigger
	Percent int32 // with Before
	After   int64 // with AfterBreach
}

// At is the used working time at which a step is taken, given the target.
func (s Step) At(target int64) int64 {
	switch s.Trigger {
	case Before:
		return target/100*int64(s.Percent) + target%100*int64(s.Percent)/100
	case AtBreach:
		return target
	case AfterBreach:
		return target + s.After
	case OnSeverity:
	}
	return 0
}

// With is the target for a customer: multiplied with his SLA factor where the rule says so, and with what it was multiplied.
func (t *Target) With(factor decimal.Decimal) (seconds int64, applied decimal.Decimal) {
	if !t.Factor || !factor.IsPositive() {
		return t.Seconds, decimal.NewFromInt(1)
	}
	return max(decimal.NewFromInt(t.Seconds).Mul(factor).Round(0).IntPart(), 1), factor
}

// Case is what the rules ask of a request.
type Case struct {
	Request  int16
	Severity int16
	Class    int16
	Major    bool
}

// Condition is one of a rule's, as the API names it.
type Condition string

// The conditions.
const (
	Nothing    Condition = ""
	Requests   Condition = "request_kinds"
	Severities Condition = "severities"
	Classes    Condition = "classes"
	Major      Condition = "major"
)

// Fails is the first condition that a request does not meet; Nothing when it meets all.
func (r *Rule) Fails(c Case) Condition {
	switch {
	case len(r.Requests) > 0 && !slices.Contains(r.Requests, c.Request):
		return Requests
	case len(r.Severities) > 0 && !slices.Contains(r.Severities, c.Severity):
		return Severities
	case len(r.Classes) > 0 && !slices.Contains(r.Classes, c.Class):
		return Classes
	case r.Major != nil && *r.Major != c.Major:
		return Major
	}
	return Nothing
}

// Conditions is how many a rule has.
func (r *Rule) Conditions() (n int) {
	for _, has := range []bool{len(r.Requests) > 0, len(r.Severities) > 0, len(r.Classes) > 0, r.Major != nil} {
		if has {
			n++
		}
	}
	return n
}

// For is what a rule says of a measure; nil when it says nothing.
func (r *Rule) For(m Measure) *Target {
	for i := range r.Targets {
		if r.Targets[i].Measure == m {
			return &r.Targets[i]
		}
	}
	return nil
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name(Collection, id) }

// Book are the active rules in the order in which they are asked.
type Book []*Rule

// NewBook puts rules in order: the greatest priority first, then the one with more conditions, then by code.
func NewBook(rules []*Rule) Book {
	b := slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool { return !r.Active })
	slices.SortFunc(b, func(x, y *Rule) int {
		return cmp.Or(cmp.Compare(y.Priority, x.Priority), cmp.Compare(y.Conditions(), x.Conditions()), cmp.Compare(x.Code, y.Code))
	})
	return b
}

// Choose is the rule that counts for a measure of a request, with what it says; nil when none does.
func (b Book) Choose(c Case, m Measure) (*Rule, *Target) {
	for _, r := range b {
		if t := r.For(m); t != nil && r.Fails(c) == Nothing {
			return r, t
		}
	}
	return nil, nil
}
