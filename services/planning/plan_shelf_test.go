package planning_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func planAmount(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }

func planReason(err error) string { return fault.From(err).Reason() }

// planOf is a plan in which something stands in every part.
func planOf(person, senior string) *planningv1.Plan {
	measure := func(id, who string) *planningv1.Measure {
		return &planningv1.Measure{
			Id: id, Description: "open-measure " + id, Relationship: planningv1.RelationshipKind_KEY_PERSON, DueDate: &date.Date{Year: 2026, Month: 6, Day: 30},
			Budget: "budgets/00000000-0000-7000-8000-00000000000b",
			Assignments: []*planningv1.Assignment{
				{Subject: who, Responsibility: planningv1.Responsibility_RESPONSIBLE},
				{Subject: "wang", Responsibility: planningv1.Responsibility_ACCOUNTABLE},
				{Subject: "zhao", Responsibility: planningv1.Responsibility_INFORMED},
			},
		}
	}
	return &planningv1.Plan{
		MarketTargets: []*planningv1.MarketTarget{
			{Kind: planningv1.MarketTarget_STRONGHOLD, Subject: "open-stronghold", Unit: "sites", Baseline: "3", Target: "12"},
			{Kind: planningv1.MarketTarget_SHARE, Subject: "open-share", Baseline: "12.5", Target: "30.000000001"},
			{Kind: planningv1.MarketTarget_COMPETITION, Subject: "open-rival", BaselineAmount: planAmount(1_000_000), TargetAmount: planAmount(2_500_000), Description: "<script>alert(1)</script>"},
		},
		ProfitTargets:        []*planningv1.ProfitTarget{{Subject: "topsecret-profit", TargetAmount: planAmount(7_654_321), Description: "topsecret-words"}},
		OrganizationAnalysis: &planningv1.RelationshipAnalysis{Baseline: planningv1.EvaluationLevel_LEVEL_NEUTRAL, Analysis: "secret-organization"},
		KeyPersonAnalyses:    []*planningv1.RelationshipAnalysis{{Person: person, Analysis: "secret-analysis"}, {Person: senior, Baseline: planningv1.EvaluationLevel_LEVEL_NEUTRAL}},
		DepartmentAnalyses:   []*planningv1.RelationshipAnalysis{{Department: "secret-department", Analysis: "secret-gaps"}},
		OrganizationGoal:     &planningv1.RelationshipGoal{Target: planningv1.EvaluationLevel_LEVEL_SUPPORTIVE},
		KeyPersonGoals: []*planningv1.RelationshipGoal{
			{Person: person, Target: planningv1.EvaluationLevel_LEVEL_EXCLUSIVE_SUPPORT, Description: "secret-goal", Measures: []string{"visits"}},
			{Person: senior, Target: planningv1.EvaluationLevel_LEVEL_SUPPORTIVE},
		},
		DepartmentGoals: []*planningv1.RelationshipGoal{{Department: "Secret-Department", Target: planningv1.EvaluationLevel_LEVEL_SUPPORTIVE}},
		Strategy:        "open-strategy", Measures: []*planningv1.Measure{measure("visits", "li"), measure("summit", "chen")},
		Execution: &planningv1.Execution{Organization: "open-team", Monitoring: "open-rhythm", Evaluation: "open-effect"},
	}
}

// shelf is a customer with people and an evaluated person.
type shelf struct {
	*bundle
	plans                    planningv1.PlanServiceClient
	customer, person, senior string
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	b := setup(t)
	ctx := b.as(t, "author")
	s := &shelf{bundle: b, plans: planningv1.NewPlanServiceClient(b.Conn), customer: b.customer(ctx, t, "open-customer", "li")}
	s.person = b.person(ctx, t, s.customer, &profilev1.Person{DisplayName: "p", Department: "secret-buying", Position: "secret-chief"})
	s.senior = b.person(ctx, t, s.customer, &profilev1.Person{DisplayName: "s", Department: "secret-board", Position: "secret-president", Senior: true})
	return s
}

// at is a caller of that level who has written nothing.
func (s *shelf) at(t *testing.T, level typev1.Level) context.Context {
	t.Helper()
	return s.AsPrincipal(t, auth.Principal{Subject: "reader", Level: level, Territories: []string{auth.Anywhere}})
}

func (s *shelf) evaluated(t *testing.T, phase planningv1.Evaluation_Phase, score int32) *planningv1.Evaluation {
	t.Helper()
	made, err := planningv1.NewEvaluationServiceClient(s.Conn).CreateEvaluation(s.as(t, "judge"), &planningv1.CreateEvaluationRequest{
		Parent: s.customer, Evaluation: &planningv1.Evaluation{Kind: planningv1.RelationshipKind_KEY_PERSON, Person: s.person, Phase: phase, Scores: keyPersonScores(score)},
	})
	require.NoError(t, err)
	return made
}

func (s *shelf) created(t *testing.T) *planningv1.Plan {
	t.Helper()
	made, err := s.plans.CreatePlan(s.as(t, "author"), &planningv1.CreatePlanRequest{Parent: s.customer, Plan: planOf(s.person, s.senior)})
	require.NoError(t, err)
	return made
}

func (s *shelf) approved(t *testing.T, name string) *planningv1.Plan {
	t.Helper()
	done, err := s.plans.ApprovePlan(s.at(t, manager), &planningv1.ApprovePlanRequest{Name: name})
	require.NoError(t, err)
	return done
}
