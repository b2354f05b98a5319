package planning_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// nobody is above all levels: what is a card's is for its members, whatever the level.
const nobody = executive + 1

func TestEveryRPCAndFieldDeclaresItsLevel(t *testing.T) {
	t.Parallel()
	require.Empty(t, level.Undeclared("guanxi."))
}

// prepare makes one of everything that the requests are about.
func (s *scene) prepare(t *testing.T) {
	t.Helper()
	ctx := s.admin(t)
	s.prepareContacts(ctx, t) // before there are others
	s.prepareMonitoring(t)
	s.preparePowerMap(ctx, t)
	s.prepareCards(ctx, t)
	s.preparePlans(ctx, t)
	s.prepareLiaisons(ctx, t)
	s.prepareGate(ctx, t)
	s.replanned(t)
}

// requests are one of every RPC.
func (s *scene) requests() map[string]proto.Message {
	all := map[string]proto.Message{}
	for _, some := range []func(*scene) map[string]proto.Message{
		cardRequests, contactRequests, gateRequests, liaisonRequests, monitoringRequests, planRequests, powerMapRequests,
	} {
		maps.Copy(all, some(s))
	}
	// One of the caller's own, who is a member of it: it holds nothing that only members of the other one may read.
	all["CardService/CreateCard"] = &planningv1.CreateCardRequest{Parent: s.customer, Card: &planningv1.Card{Person: s.person}}
	return all
}

func (s *scene) matrix() *servicetest.Matrix {
	everybody := "customers/-"
	return &servicetest.Matrix{
		Service: s.Service, Package: "guanxi.planning.v1", Requests: s.requests(), Inside: "cn/south", Outside: []string{"cn/southern", "eu"},
		All: map[string]proto.Message{
			"ActivityService/ListActivities": &planningv1.ListActivitiesRequest{OrderBy: "create_time"},
			"BudgetService/ListBudgets":      &planningv1.ListBudgetsRequest{OrderBy: "create_time"},
			"ContactService/ListContacts":    &planningv1.ListContactsRequest{OrderBy: "day"},
			"PlanService/ListPlans":          &planningv1.ListPlansRequest{Parent: everybody},
		},
		// A MANAGER oversees all owners, wherever they work.
		Anywhere: []string{
			"ActivityService/ListActivities", "BudgetService/ListBudgets", "CalendarFeedService/GetCalendarFeed", "ComplianceService/GetComplianceRule",
			"ComplianceService/ListComplianceApprovals", "ComplianceService/ListComplianceRegister", "ComplianceService/ListComplianceRules",
			"ContactFigureService/ListContactFigures", "ContactPlanService/GetContactPlan", "ContactPlanService/GetContactPlanRun", "ContactPlanService/ListContactPlanRuns",
			"OwnerService/GetOwner", "OwnerService/IssueCalendarLink", "OwnerService/ListOwners", "OwnerService/RevokeCalendarLink", "OwnerService/UpdateOwner",
			"PlanningSettingsService/GetSettings", "PlanningSettingsService/ListSettingsVersions", "PlaybookService/GetPlaybook", "PlaybookService/ListPlaybookVersions",
		},
		Secrets: map[typev1.Level][]string{
			// What the first person is given costs 91.3737, which nothing else does.
			manager: {"secret-", "373700000"}, executive: {"topsecret-", "7654321", "7,654,321"}, nobody: {"hidden-"},
		},
		Open: []string{
			"open-customer", "open-title", "open-purpose", "open-item", "open-report", "open-budget", "open-summary", "open-source", "open-note", "open-colleague",
		},
	}
}

// What is above a caller's level, or outside of his territory, comes out nowhere. The scene takes a while to come about, so all look at the same one.
func TestNothingIsGivenAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.prepare(t)
	s.requireCleanEvents(t)
	s.requireNoSeniors(t)
	x := s.matrix()
	x.RequireNoOracle(t, "outcome", "note", "profit_targets", "key_person_goals", "benefits", "approval", "needs", "claims", "ladder_evidence")
	require.Greater(t, x.Walk(t), 50, "the secrets are there for those who may see them, or this test proves nothing")
	s.requireCleanEvents(t)
}

// requireCleanEvents looks at what goes to subscribers: it is at BASIC level, whoever caused it. Events name persons by their ids, whoever they are, as those of profile do.
func (s *scene) requireCleanEvents(t *testing.T) {
	t.Helper()
	x := s.matrix()
	var count int
	require.NoError(t, s.DB.Get(t.Context(), &count, `select count(*) from outbox`))
	require.Greater(t, count, 10)
	for _, e := range s.Events(t, "guanxi.planning.>", count) {
		x.RequireWithin(t, e.Subject, string(e.Data)+fmt.Sprint(e.Header), basic)
	}
}

// requireNoSeniors reads everything below the level that it takes to know of the senior person: his id stands nowhere, though his contacts, liaisons, coach, activities and plan do.
func (s *scene) requireNoSeniors(t *testing.T) {
	t.Helper()
	id, seen := s.senior[strings.LastIndex(s.senior, "/")+1:], 0
	for method, request := range s.requests() {
		_, name, _ := strings.Cut(method, "/")
		if !strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "List") && !strings.HasPrefix(name, "Analyze") && !strings.HasPrefix(name, "Print") {
			continue
		}
		require.NotContains(t, s.said(s.As(t, basic, "cn/south"), t, method, request), id, method)
		if strings.Contains(s.said(s.As(t, manager, "cn/south"), t, method, request), id) {
			seen++
		}
	}
	require.Greater(t, seen, 10, "where he may be seen he is")
}
