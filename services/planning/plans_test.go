package planning_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestAPlanIsWrittenApprovedAndKept(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := s.as(t, "author")
	s.evaluated(t, planningv1.Evaluation_ACTUAL, 2)
	baseline := s.evaluated(t, planningv1.Evaluation_BASELINE, 1)
	made := s.created(t)
	require.Equal(t, planningv1.Plan_DRAFT, made.GetState())
	require.EqualValues(t, 1, made.GetVersion())
	require.EqualValues(t, 2026, made.GetFiscalYear())
	require.Equal(t, "30.000000001", made.GetMarketTargets()[1].GetTarget())

	_, err := s.plans.CreatePlan(ctx, &planningv1.CreatePlanRequest{Parent: s.customer, Plan: &planningv1.Plan{}})
	require.Equal(t, "DRAFT", planReason(err))
	_, err = s.plans.ApprovePlan(ctx, &planningv1.ApprovePlanRequest{Name: made.GetName()})
	require.Equal(t, "SELF_APPROVAL", planReason(err))
	second := s.AsPrincipal(t, auth.Principal{Subject: "second", Level: manager, Territories: []string{auth.Anywhere}})
	changed, err := s.plans.UpdatePlan(second, &planningv1.UpdatePlanRequest{Plan: &planningv1.Plan{Name: made.GetName(), Strategy: "open-better", Etag: made.GetEtag()}})
	require.NoError(t, err)
	require.Equal(t, []string{"author", "second"}, changed.GetEditors())
	_, err = s.plans.ApprovePlan(second, &planningv1.ApprovePlanRequest{Name: made.GetName()})
	require.Equal(t, "SELF_APPROVAL", planReason(err), "who has changed it has written it")
	_, err = s.plans.ApprovePlan(s.at(t, manager), &planningv1.ApprovePlanRequest{Name: made.GetName(), Etag: made.GetEtag()})
	require.Equal(t, codes.Aborted, status.Code(err), "it is no longer what he has read")
	_, err = s.plans.ReportPlan(ctx, &planningv1.ReportPlanRequest{Name: made.GetName(), Measure: "visits", State: planningv1.Measure_ONGOING, Note: "x"})
	require.Equal(t, "NOT_APPROVED", planReason(err))

	approved := s.approved(t, made.GetName())
	require.Equal(t, planningv1.Plan_APPROVED, approved.GetState())
	require.Equal(t, "reader", approved.GetApprover())
	require.Equal(t, baseline.GetName(), approved.GetKeyPersonAnalyses()[0].GetEvaluation())
	require.Equal(t, planningv1.EvaluationLevel_LEVEL_SUPPORTIVE, approved.GetKeyPersonAnalyses()[0].GetBaseline(), "the year's baseline, not what came after")
	require.Empty(t, approved.GetProfitTargets(), "above the approver")

	s.evaluated(t, planningv1.Evaluation_BASELINE, 3)
	_, err = s.plans.UpdatePlan(ctx, &planningv1.UpdatePlanRequest{Plan: &planningv1.Plan{Name: made.GetName(), Strategy: "other"}})
	require.Equal(t, "NOT_DRAFT", planReason(err))
	_, err = s.plans.CreatePlan(ctx, &planningv1.CreatePlanRequest{Parent: s.customer, Plan: &planningv1.Plan{}})
	require.Equal(t, "APPROVED", planReason(err))
	reported, err := s.plans.ReportPlan(ctx, &planningv1.ReportPlanRequest{Name: made.GetName(), Measure: "visits", State: planningv1.Measure_ONGOING, ProgressPercent: 40, Note: "two visits"})
	require.NoError(t, err)
	require.EqualValues(t, 40, reported.GetMeasures()[0].GetProgressPercent())
	require.Equal(t, "two visits", reported.GetReports()[0].GetNote())
	kept, err := s.plans.GetPlan(ctx, &planningv1.GetPlanRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Empty(t, cmpPlans(approved, kept), "approved, it says the same for good")
	require.True(t, proto.Equal(kept, reported))
}

// What an analysis refers to is an evaluation of the same relationship, and its level is the baseline.
func TestAPlanStartsFromEvaluations(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := s.as(t, "author")
	evaluation := s.evaluated(t, planningv1.Evaluation_BASELINE, 1).GetName()
	begin := func(a *planningv1.RelationshipAnalysis) (*planningv1.Plan, error) {
		return s.plans.CreatePlan(ctx, &planningv1.CreatePlanRequest{Parent: s.customer, Plan: &planningv1.Plan{KeyPersonAnalyses: []*planningv1.RelationshipAnalysis{a}}})
	}
	const other = "customers/00000000-0000-7000-8000-00000000000c"
	for rule, a := range map[string]*planningv1.RelationshipAnalysis{
		"EVALUATION_OTHER": {Person: s.senior, Evaluation: evaluation},
		"BASELINE":         {Person: s.person, Evaluation: evaluation, Baseline: planningv1.EvaluationLevel_LEVEL_EXCLUSIVE_SUPPORT},
		"OTHER_CUSTOMER":   {Person: strings.Replace(s.person, s.customer, other, 1)},
	} {
		_, err := begin(a)
		require.Equal(t, codes.InvalidArgument, status.Code(err), rule)
		require.Len(t, fault.From(err).Violations(), 1, rule)
		require.Equal(t, rule, fault.From(err).Violations()[0].Rule)
	}
	made, err := begin(&planningv1.RelationshipAnalysis{Person: s.person, Evaluation: evaluation})
	require.NoError(t, err)
	require.Equal(t, planningv1.EvaluationLevel_LEVEL_SUPPORTIVE, made.GetKeyPersonAnalyses()[0].GetBaseline())
	again, err := s.plans.UpdatePlan(ctx, &planningv1.UpdatePlanRequest{Plan: made})
	require.NoError(t, err, "what was read can be written")
	require.Equal(t, made.GetEtag(), again.GetEtag(), "and changes nothing")
}

// cmpPlans names the parts in which what two plans say differs.
func cmpPlans(a, b *planningv1.Plan) (differ []string) {
	for name, same := range map[string]bool{
		"analyses": proto.Equal(&planningv1.Plan{KeyPersonAnalyses: a.GetKeyPersonAnalyses(), DepartmentAnalyses: a.GetDepartmentAnalyses()},
			&planningv1.Plan{KeyPersonAnalyses: b.GetKeyPersonAnalyses(), DepartmentAnalyses: b.GetDepartmentAnalyses()}),
		"goals":    proto.Equal(&planningv1.Plan{KeyPersonGoals: a.GetKeyPersonGoals()}, &planningv1.Plan{KeyPersonGoals: b.GetKeyPersonGoals()}),
		"strategy": a.GetStrategy() == b.GetStrategy(),
		"targets":  proto.Equal(&planningv1.Plan{MarketTargets: a.GetMarketTargets()}, &planningv1.Plan{MarketTargets: b.GetMarketTargets()}),
	} {
		if !same {
			differ = append(differ, name)
		}
	}
	return differ
}

func TestARevisionTakesThePlaceOfAPlan(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := s.as(t, "author")
	first := s.created(t)
	_, err := s.plans.RevisePlan(ctx, &planningv1.RevisePlanRequest{Name: first.GetName(), Reason: "x"})
	require.Equal(t, "NOT_APPROVED", planReason(err))
	s.approved(t, first.GetName())
	report := &planningv1.ReportPlanRequest{Name: first.GetName(), Measure: "summit", State: planningv1.Measure_DONE, ProgressPercent: 100, Note: "held"}
	_, err = s.plans.ReportPlan(ctx, report)
	require.NoError(t, err)

	basicReviser := s.AsPrincipal(t, auth.Principal{Subject: "clerk", Level: basic, Territories: []string{auth.Anywhere}})
	next, err := s.plans.RevisePlan(basicReviser, &planningv1.RevisePlanRequest{Name: first.GetName(), Reason: "the market has changed"})
	require.NoError(t, err)
	require.EqualValues(t, 2, next.GetVersion())
	require.Empty(t, next.GetKeyPersonGoals(), "he does not see them")
	_, err = s.plans.RevisePlan(ctx, &planningv1.RevisePlanRequest{Name: first.GetName(), Reason: "x"})
	require.Equal(t, "DRAFT", planReason(err))
	_, err = s.plans.UpdatePlan(basicReviser, &planningv1.UpdatePlanRequest{
		Plan: &planningv1.Plan{Name: next.GetName(), Measures: next.GetMeasures()[1:]}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"measures"}},
	})
	require.Equal(t, codes.InvalidArgument, status.Code(err), "a goal that he does not see needs the other measure")
	_, err = s.plans.UpdatePlan(basicReviser, &planningv1.UpdatePlanRequest{Plan: &planningv1.Plan{Name: next.GetName(), Strategy: "open-new"}})
	require.NoError(t, err)

	whole := s.approved(t, next.GetName())
	require.Len(t, whole.GetKeyPersonGoals(), 2, "what he does not see has stayed")
	require.Equal(t, planningv1.Measure_DONE, whole.GetMeasures()[1].GetState(), "work goes on where it was")
	require.Equal(t, "held", whole.GetReports()[0].GetNote())
	require.Equal(t, "the market has changed", whole.GetRevisionReason())
	_, err = s.plans.ReportPlan(ctx, report)
	require.Equal(t, "NOT_APPROVED", planReason(err), "superseded")

	list, err := s.plans.ListPlans(s.at(t, executive), &planningv1.ListPlansRequest{Parent: s.customer, Filter: "fiscal_year = 2026"})
	require.NoError(t, err)
	require.Len(t, list.GetPlans(), 2)
	require.Equal(t, planningv1.Plan_APPROVED, list.GetPlans()[0].GetState())
	require.Equal(t, planningv1.Plan_SUPERSEDED, list.GetPlans()[1].GetState())
	require.Equal(t, "topsecret-profit", list.GetPlans()[0].GetProfitTargets()[0].GetSubject())

	var said planningv1.PlanApproved
	require.NoError(t, s.Events(t, "guanxi.planning.plan.approved.v1", 2)[1].Decode(&said))
	require.True(t, proto.Equal(&planningv1.PlanApproved{
		Plan: next.GetName(), Customer: s.customer, FiscalYear: 2026, Version: 2, Superseded: first.GetName(), Approver: "reader",
	}, &said))
	for _, fact := range []string{"created", "changed", "revised", "reported"} {
		s.Events(t, "guanxi.planning.plan."+fact+".v1", 1)
	}
}

// Of many who approve, revise or begin at once, one does.
func TestOneVersionIsInForce(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	const many = 8
	race := func(call func() error) (won int) {
		results := make(chan error, many)
		for range many {
			go func() { results <- call() }()
		}
		for range many {
			if <-results == nil {
				won++
			}
		}
		return won
	}
	author, approver := s.as(t, "author"), s.at(t, manager)
	require.Equal(t, 1, race(func() error {
		_, err := s.plans.CreatePlan(author, &planningv1.CreatePlanRequest{Parent: s.customer, Plan: planOf(s.person, s.senior)})
		return err
	}))
	list, err := s.plans.ListPlans(author, &planningv1.ListPlansRequest{Parent: "customers/-"})
	require.NoError(t, err)
	name := list.GetPlans()[0].GetName()
	require.Equal(t, 1, race(func() error {
		_, err := s.plans.ApprovePlan(approver, &planningv1.ApprovePlanRequest{Name: name})
		return err
	}))
	require.Equal(t, 1, race(func() error {
		_, err := s.plans.RevisePlan(author, &planningv1.RevisePlanRequest{Name: name, Reason: "x"})
		return err
	}))
	require.Equal(t, many, race(func() error {
		_, err := s.plans.ReportPlan(author, &planningv1.ReportPlanRequest{Name: name, Measure: "visits", State: planningv1.Measure_ONGOING, Note: "x"})
		return err
	}))
	whole, err := s.plans.GetPlan(author, &planningv1.GetPlanRequest{Name: name})
	require.NoError(t, err)
	require.Len(t, whole.GetReports(), many)
}

func TestAPlanForgetsAPerson(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	ctx := s.as(t, "author")
	made := s.created(t)
	s.approved(t, made.GetName())
	_, err := s.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: s.person})
	require.NoError(t, err)
	s.fetched(t)
	kept, err := s.plans.GetPlan(ctx, &planningv1.GetPlanRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Len(t, kept.GetKeyPersonAnalyses(), 1)
	require.Len(t, kept.GetKeyPersonGoals(), 1)
	require.Equal(t, s.senior, kept.GetKeyPersonGoals()[0].GetPerson())
	require.NotNil(t, kept.GetOrganizationAnalysis())
	var found int
	require.NoError(t, s.DB.Get(t.Context(), &found, `select count(*) from plans where content::text like '%secret-analysis%'`))
	require.Zero(t, found)
}
