package plan_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/services/planning/internal/plan"
)

var start = time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)

func number(text string) *decimal.Decimal {
	d := decimal.RequireFromString(text)
	return &d
}

func yuan(text, currency string) *money.Money {
	return &money.Money{Amount: *number(text), Currency: currency}
}

// found are the fields and rules of violations; each must be told in both languages.
func found(t *testing.T, wrong []fault.Violation) []string {
	t.Helper()
	var out []string
	for _, w := range wrong {
		require.NotEmpty(t, w.Text.En)
		require.NotEmpty(t, w.Text.Zh)
		out = append(out, w.Field+" "+w.Rule)
	}
	return out
}

func TestPlanKeepsTheRules(t *testing.T) {
	t.Parallel()
	someone := uuid.New()
	before := start.AddDate(0, 0, -1)
	person := func(id uuid.UUID) plan.Subject { return plan.Subject{Kind: plan.KeyPerson, Person: id} }
	department := func(name string) plan.Subject { return plan.Subject{Kind: plan.Extensive, Department: name} }
	for name, c := range map[string]struct {
		content plan.Content
		wrong   []string
	}{
		"empty": {plan.Content{}, nil},
		"a share of all": {plan.Content{Targets: []plan.Target{
			{Kind: plan.Share, Figures: plan.Figures{Baseline: number("0"), Target: number("100")}},
		}}, nil},
		"a share of more than all, in pieces": {plan.Content{Targets: []plan.Target{
			{Kind: plan.Share, Unit: "pcs", Figures: plan.Figures{Baseline: number("-0.000000001"), Target: number("100.000000001")}},
		}}, []string{"market_targets[0].unit EXCLUDED", "market_targets[0].baseline PERCENT", "market_targets[0].target PERCENT"}},
		"a share in money": {plan.Content{Targets: []plan.Target{
			{Kind: plan.Share, Figures: plan.Figures{TargetAmount: yuan("1", "CNY")}},
		}}, []string{"market_targets[0].baseline_amount EXCLUDED"}},
		"a figure and an amount, in two currencies, with a unit": {
			plan.Content{Targets: []plan.Target{{Kind: 1}, {Kind: 3, Unit: "sites", Figures: plan.Figures{
				Target: number("3"), BaselineAmount: yuan("1", "CNY"), TargetAmount: yuan("2", "EUR"),
			}}}},
			[]string{"market_targets[1].target_amount FIGURES", "market_targets[1].target_amount CURRENCY", "market_targets[1].unit EXCLUDED"},
		},
		"profit in two currencies": {plan.Content{Profits: []plan.Profit{
			{Figures: plan.Figures{BaselineAmount: yuan("1", "CNY"), TargetAmount: yuan("2", "EUR")}},
		}}, []string{"profit_targets[0].target_amount CURRENCY"}},
		"subjects of each kind": {plan.Content{
			Analyses: []plan.Analysis{{Subject: plan.Subject{Kind: plan.Organization}}, {Subject: person(someone)}, {Subject: person(uuid.New())}, {Subject: department("IT")}},
			Goals:    []plan.Goal{{Subject: person(someone)}},
		}, nil},
		"subjects twice, whatever their case": {plan.Content{
			Analyses: []plan.Analysis{{Subject: person(someone)}, {Subject: department("IT")}, {Subject: person(someone)}, {Subject: department("it")}},
		}, []string{"key_person_analyses[1] UNIQUE", "department_analyses[1] UNIQUE"}},
		"subjects who are nobody, or too much": {plan.Content{Goals: []plan.Goal{
			{Subject: person(uuid.Nil)},
			{Subject: department("")},
			{Subject: plan.Subject{Kind: plan.Organization, Person: someone, Department: "IT"}},
			{Subject: plan.Subject{Kind: plan.KeyPerson, Person: someone, Department: "IT"}},
		}}, []string{
			"key_person_goals[0].person REQUIRED", "department_goals[0].department REQUIRED", "organization_goal.person EXCLUDED",
			"organization_goal.department EXCLUDED", "key_person_goals[1].department EXCLUDED",
		}},
		"measures": {plan.Content{
			Measures: []plan.Measure{{ID: "a", Due: &start}, {ID: "b", Assignments: []plan.Assignment{{Subject: "li"}, {Subject: "wang"}}}},
			Goals:    []plan.Goal{{Subject: department("IT"), Measures: []string{"b", "a"}}},
		}, nil},
		"measures twice, before the year, by somebody twice, and a lacking one": {plan.Content{
			Measures: []plan.Measure{{ID: "a", Due: &before}, {ID: "a", Assignments: []plan.Assignment{{Subject: "li"}, {Subject: "li", Responsibility: plan.Accountable}}}},
			Goals:    []plan.Goal{{Subject: department("IT"), Measures: []string{"c"}}, {Subject: department("HR"), Measures: []string{"c", "a"}}},
		}, []string{"measures[0].due_date BEFORE_YEAR", "measures[1].id UNIQUE", "measures[1].assignments[1].subject UNIQUE", "measures GOAL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.wrong, found(t, c.content.Check(start)))
		})
	}
}

func TestWhatAPlanLacksToBeApproved(t *testing.T) {
	t.Parallel()
	who := func(responsibilities ...plan.Responsibility) (out []plan.Assignment) {
		for _, r := range responsibilities {
			out = append(out, plan.Assignment{Responsibility: r})
		}
		return out
	}
	for name, c := range map[string]struct {
		measures []plan.Measure
		lacks    string
	}{
		"measures":      {nil, "no measures"},
		"a date":        {[]plan.Measure{{ID: "a", Assignments: who(plan.Responsible, plan.Accountable)}}, "a has no due date"},
		"who does it":   {[]plan.Measure{{ID: "a", Due: &start, Assignments: who(plan.Accountable)}}, "Nobody is responsible"},
		"who answers":   {[]plan.Measure{{ID: "a", Due: &start, Assignments: who(plan.Responsible)}}, "exactly one"},
		"one to answer": {[]plan.Measure{{ID: "a", Due: &start, Assignments: who(plan.Responsible, plan.Accountable, plan.Accountable)}}, "exactly one"},
		"nothing":       {[]plan.Measure{{ID: "a", Due: &start, Assignments: who(plan.Responsible, plan.Responsible, plan.Accountable)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gap := (&plan.Content{Measures: c.measures}).Gap()
			if c.lacks == "" {
				require.Nil(t, gap)
				return
			}
			require.NotNil(t, gap)
			require.Contains(t, gap.En, c.lacks)
			require.NotEmpty(t, gap.Zh)
		})
	}
}

func TestReportsAreOfMeasures(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{Content: plan.Content{Measures: []plan.Measure{{ID: "a"}, {ID: "b"}}}}
	require.Empty(t, p.CheckReport(plan.Report{Measure: "a", State: plan.Done, Percent: 100}))
	require.Equal(t, []string{"measure UNKNOWN", "progress_percent PROGRESS"}, found(t, p.CheckReport(plan.Report{Measure: "c", State: plan.Done, Percent: 99})))

	p.Take(plan.Report{Measure: "a", State: plan.Done, Percent: 100})
	p.Take(plan.Report{Measure: "b", State: plan.Planned, Percent: 7})
	next := p.Revise("li", "why")
	require.Empty(t, next.Progress, "nothing has come of a draft")
	next.Measures = []plan.Measure{{ID: "b"}, {ID: "c"}}
	next.Succeed(p)
	require.Equal(t, map[string]plan.Progress{"b": {State: plan.Planned, Percent: 7}}, next.Progress)
	require.Len(t, p.Measures, 2)
}
