package planning_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

func yuan(units int64, nanos int32) *money.Money {
	return &money.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}

// nextDay is a day of the scene's second week on which its owner has nothing else to do.
func (s *scene) nextDay(after int) time.Time {
	now := s.Clock.Now()
	return time.Date(now.Year(), now.Month(), now.Day()+7+after, 0, 0, 0, 0, time.UTC)
}

// prepareGate makes a concern, a budget, activities, and contacts that were reserved with gifts: to the first person, and to the senior one, for whom an approval is asked.
// What a gift costs does not show in the balance of the budget: other cost makes it round.
func (s *scene) prepareGate(ctx context.Context, t *testing.T) {
	t.Helper()
	concern, err := planningv1.NewConcernServiceClient(s.Conn).CreateConcern(ctx, &planningv1.CreateConcernRequest{
		Parent: s.customer, Concern: &planningv1.Concern{SourceSystem: "open-source", SourceId: "1", Summary: "open-summary"},
	})
	require.NoError(t, err)
	budget, err := planningv1.NewBudgetServiceClient(s.Conn).CreateBudget(ctx, &planningv1.CreateBudgetRequest{Budget: &planningv1.Budget{
		Label: "open-budget", FiscalYear: int32(s.Clock.Now().Year()), Owner: "open-owner", Customer: s.customer, Amount: yuan(10_000, 0),
	}})
	require.NoError(t, err)
	activities := planningv1.NewActivityServiceClient(s.Conn)
	made := map[string]string{}
	for title, person := range map[string]string{"open-title": s.person, "secret-title": s.senior} {
		a, err := activities.CreateActivity(ctx, &planningv1.CreateActivityRequest{Activity: s.activityOf(title, person)})
		require.NoError(t, err)
		made[title] = a.GetName()
	}
	gates := planningv1.NewContactGateServiceClient(s.Conn)
	agreed, err := gates.ReserveContact(ctx, &planningv1.ReserveContactRequest{
		Customer: s.customer, Kind: planningv1.Activity_DAILY_VISIT, People: []string{s.person}, Day: civil.Date(s.nextDay(0)), Owner: "gate-owner", Purpose: "open-purpose",
		Budget: budget.GetName(), OtherCost: yuan(8, 626_300_000), Benefits: []*planningv1.PersonBenefit{{
			Person: s.person, Benefit: planningv1.Benefit_GIFT, Amount: yuan(91, 373_700_000),
		}},
	})
	require.NoError(t, err)
	require.True(t, agreed.GetGranted(), "%v", agreed.GetFailures())
	asked, err := gates.ReserveContact(ctx, &planningv1.ReserveContactRequest{
		Customer: s.customer, Kind: planningv1.Activity_DAILY_VISIT, People: []string{s.senior}, Day: civil.Date(s.nextDay(1)), Owner: "gate-owner", Purpose: "secret-purpose",
		Budget: budget.GetName(), Benefits: []*planningv1.PersonBenefit{{Person: s.senior, Benefit: planningv1.Benefit_GIFT, Amount: yuan(150, 373_700_000)}},
	})
	require.NoError(t, err)
	require.NotEmpty(t, asked.GetApproval(), "%v", asked.GetFailures())
	s.names["concern"], s.names["budget"], s.names["activity"], s.names["senior activity"] = concern.GetName(), budget.GetName(), made["open-title"], made["secret-title"]
	s.names["reserved"], s.names["approval"] = agreed.GetContact(), asked.GetApproval()
}

func (s *scene) activityOf(title, person string) *planningv1.CustomerActivity {
	return &planningv1.CustomerActivity{
		Customer: s.customer, Kind: planningv1.Activity_TRAINING, Title: title, Purpose: "open-purpose", People: []string{person},
		StartTime: timestamppb.New(s.nextDay(2)), Items: []*planningv1.ActivityItem{{Label: "open-item", Amount: yuan(5, 0)}},
	}
}

func gateRequests(s *scene) map[string]proto.Message {
	day := civil.Date(s.nextDay(3))
	return map[string]proto.Message{
		"ActivityService/CreateActivity":   &planningv1.CreateActivityRequest{Activity: s.activityOf("open-title", s.person)},
		"ActivityService/GetActivity":      &planningv1.GetActivityRequest{Name: s.names["activity"]},
		"ActivityService/ListActivities":   &planningv1.ListActivitiesRequest{},
		"ActivityService/UpdateActivity":   &planningv1.UpdateActivityRequest{Activity: &planningv1.CustomerActivity{Name: s.names["activity"], Report: "open-report"}},
		"ActivityService/CancelActivity":   &planningv1.CancelActivityRequest{Name: s.names["senior activity"], Reason: "x"},
		"ActivityService/CompleteActivity": &planningv1.CompleteActivityRequest{Name: s.names["activity"], Report: "open-report"},
		"BudgetService/CreateBudget": &planningv1.CreateBudgetRequest{Budget: &planningv1.Budget{
			Label: "open-budget", FiscalYear: 2026, Owner: "open-owner", Customer: s.customer, Amount: yuan(1, 0),
		}},
		"BudgetService/GetBudget":                   &planningv1.GetBudgetRequest{Name: s.names["budget"]},
		"BudgetService/ListBudgets":                 &planningv1.ListBudgetsRequest{},
		"BudgetService/ListBudgetEntries":           &planningv1.ListBudgetEntriesRequest{Parent: s.names["budget"]},
		"BudgetService/UpdateBudget":                &planningv1.UpdateBudgetRequest{Budget: &planningv1.Budget{Name: s.names["budget"], Label: "open-budget"}},
		"BudgetService/ApproveBudgetOverrun":        &planningv1.ApproveBudgetOverrunRequest{Name: s.names["budget"], Amount: yuan(1, 0), Reason: "x"},
		"ComplianceService/GetComplianceApproval":   &planningv1.GetComplianceApprovalRequest{Name: s.names["approval"]},
		"ComplianceService/ListComplianceApprovals": &planningv1.ListComplianceApprovalsRequest{},
		"ComplianceService/ApproveCompliance":       &planningv1.DecideComplianceRequest{Name: s.names["approval"], Reason: "x"},
		"ComplianceService/RejectCompliance":        &planningv1.DecideComplianceRequest{Name: s.names["approval"], Reason: "x"},
		"ComplianceService/ListComplianceRegister":  &planningv1.ListComplianceRegisterRequest{},
		"ComplianceService/ListComplianceRules":     &planningv1.ListComplianceRulesRequest{},
		"ComplianceService/GetComplianceRule":       &planningv1.GetComplianceRuleRequest{Name: "complianceRules/00000000-0000-7000-8000-000000010001"},
		"ComplianceService/RetireComplianceRule":    &planningv1.RetireComplianceRuleRequest{Name: "complianceRules/00000000-0000-7000-8000-000000010001"},
		"ComplianceService/CreateComplianceRule": &planningv1.CreateComplianceRuleRequest{ComplianceRule: &planningv1.ComplianceRule{
			Jurisdiction: "JP", Benefit: planningv1.Benefit_GIFT, Measure: planningv1.ComplianceRule_PER_YEAR, Limit: yuan(1, 0), LabelEn: "x", LabelZh: "x",
		}},
		"ConcernService/CreateConcern":  &planningv1.CreateConcernRequest{Parent: s.customer, Concern: &planningv1.Concern{SourceId: "2", Summary: "open-summary"}},
		"ConcernService/ListConcerns":   &planningv1.ListConcernsRequest{Parent: s.customer},
		"ConcernService/ResolveConcern": &planningv1.ResolveConcernRequest{Name: s.names["concern"]},
		"ContactGateService/ReserveContact": &planningv1.ReserveContactRequest{
			Customer: s.customer, Kind: planningv1.Activity_DAILY_VISIT, People: []string{s.person}, Day: day, ValidateOnly: true,
		},
		"ContactGateService/ReleaseContact": &planningv1.ReleaseContactRequest{Name: s.names["reserved"]},
		"ContactGateService/SettleContact":  &planningv1.SettleContactRequest{Name: s.names["reserved"], AsReserved: true},
	}
}
