package voice_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func TestEveryRPCAndFieldDeclaresItsLevel(t *testing.T) {
	t.Parallel()
	require.Empty(t, level.Undeclared("guanxi."))
}

// prepare makes one of everything that the requests are about. A part adds a line here and one in requests, and has both in requests_<part>_test.go.
func (s *scene) prepare(t *testing.T) {
	t.Helper()
	for _, some := range []func(*testing.T, *scene){
		prepareGround, prepareCases, prepareClocks, prepareEscalations, prepareForms, prepareLearning,
	} {
		some(t, s)
	}
	s.fetched(t)
}

// requests are one of every RPC.
func (s *scene) requests() map[string]proto.Message {
	all := map[string]proto.Message{}
	for _, some := range []func(*scene) map[string]proto.Message{
		groundRequests, caseRequests, clockRequests, escalationRequests, formRequests, learningRequests,
	} {
		maps.Copy(all, some(s))
	}
	return all
}

// lists are those over all customers, as they show what the caller may see of the scene; anywhere are RPCs that are no customer's.
var (
	lists = map[string]proto.Message{
		"VoiceService/ListVoices":               &voicev1.ListVoicesRequest{OrderBy: "create_time"},
		"CaseService/ListCases":                 &voicev1.ListCasesRequest{OrderBy: "create_time"},
		"CaseActionService/ListCaseActions":     &voicev1.ListCaseActionsRequest{Parent: "cases/-"},
		"CompensationService/ListCompensations": &voicev1.ListCompensationsRequest{Parent: "cases/-"},
		"DeskService/ListDesks":                 &voicev1.ListDesksRequest{OrderBy: "create_time"},
		"EscalationService/ListEscalations":     &voicev1.ListEscalationsRequest{OrderBy: "planned_time"},
		"QueueService/QueueCases":               &voicev1.QueueCasesRequest{PageSize: 10},

		"IssueGroupService/ListIssueGroups":   &voicev1.ListIssueGroupsRequest{ShowAll: true},
		"RecallService/ListRecalls":           &voicev1.ListRecallsRequest{},
		"VoiceSummaryService/GetVoiceSummary": &voicev1.GetVoiceSummaryRequest{Name: "customers/-/voiceSummary", FiscalYear: 2026},

		"VoiceFormService/ListVoiceForms":      &voicev1.ListVoiceFormsRequest{},
		"VoiceFormService/ListFormSubmissions": &voicev1.ListFormSubmissionsRequest{Parent: "voiceForms/-"},
	}
	anywhere = []string{
		"VoiceService/BatchCreateVoices", "VoiceService/ListVoices", "CaseService/ListCases",
		"BusinessCalendarService/GetBusinessCalendar", "BusinessCalendarService/ListBusinessCalendars", "BusinessCalendarService/ListBusinessCalendarVersions",
		"BusinessCalendarService/ComputeBusinessTime", "ResponseRuleService/GetResponseRule", "ResponseRuleService/ListResponseRules",
		"ResponseRuleService/ListResponseRuleVersions", "ResponseRuleService/ExplainResponseRules", "ClockService/ListClockReprojections",
		"IssueGroupService/ListIssueGroups", "IssueGroupService/ListIssuePareto", "RecallService/ListRecalls",
		"VoiceSettingsService/GetSettings", "VoiceSettingsService/ListSettingsVersions", "VoiceFigureService/ListVoiceFigures",
		"DeskService/ListDesks", "EscalationService/ListEscalations", "QueueService/QueueCases",
		"VoiceFormService/ListVoiceForms", "VoiceFormPageService/GetVoiceFormPage", "VoiceFormPageService/SubmitVoiceForm",
	}
)

func (s *scene) matrix() *servicetest.Matrix {
	return &servicetest.Matrix{
		Service: s.Service, Package: "guanxi.voice.v1", Requests: s.requests(), Inside: "cn/south", Outside: []string{"cn/southern", "eu"},
		All: lists, Anywhere: anywhere,
		Company: map[typev1.Level][]string{manager: {breachCost}},
		Secrets: map[typev1.Level][]string{manager: {"secret-"}, executive: {"topsecret-"}},
		Open:    []string{"open-voice", "open-case", "open-entry", "open-action", "open-reason", "open-customer", "open-desk", "open-lead", "open-member", "open-note", "open-group", "open-recall", "open-reason", "open-issue", "open-alone"},
	}
}

// What is above a caller's level, or outside of his territory, comes out nowhere. The scene takes a while to come about, so all look at the same one.
func TestNothingIsGivenAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.prepare(t)
	s.requireCleanEvents(t)
	x := s.matrix()
	x.RequireNoOracle(t, "expected_loss", "breach_cost", "text", "reporter_name", "note", "resolution")
	require.Greater(t, x.Walk(t), 5, "the costs are there for those who may see them, or this test proves nothing")
	s.requireCleanEvents(t)
}

// requireCleanEvents looks at what goes to subscribers: it is at BASIC level, whoever caused it.
func (s *scene) requireCleanEvents(t *testing.T) {
	t.Helper()
	x := s.matrix()
	var count int
	require.NoError(t, s.DB.Get(t.Context(), &count, `select count(*) from outbox`))
	require.Greater(t, count, 10)
	for _, e := range s.Events(t, "guanxi.voice.>", count) {
		x.RequireWithin(t, e.Subject, string(e.Data)+fmt.Sprint(e.Header), basic)
	}
}
