package voice_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// prepareCases has the senior person complain: names["voice"] is what was said, names["case"] the case, names["action"] and names["compensation"] are what is done about it.
func prepareCases(t *testing.T, s *scene) {
	t.Helper()
	ctx := s.admin(t)
	v, err := voicev1.NewVoiceServiceClient(s.Conn).CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{
		Customer: s.customer, Source: voicev1.VoiceSource_HOTLINE, Kind: voicev1.VoiceKind_COMPLAINT, Text: "open-voice", Reporter: s.senior, SourceId: "scene",
	}})
	require.NoError(t, err)
	s.names["voice"], s.names["case"] = v.GetName(), v.GetCase()
	cases := voicev1.NewCaseServiceClient(s.Conn)
	_, err = cases.AddCaseNote(ctx, &voicev1.AddCaseNoteRequest{Parent: v.GetCase(), Text: "open-entry"})
	require.NoError(t, err)
	other, err := cases.CreateCase(ctx, &voicev1.CreateCaseRequest{Case: &voicev1.Case{Customer: s.customer, RequestKind: voicev1.RequestKind_INQUIRY, Title: "open-case"}})
	require.NoError(t, err)
	s.names["otherCase"] = other.GetName()
	_, err = cases.LinkCase(ctx, &voicev1.LinkCaseRequest{Name: v.GetCase(), Kind: voicev1.CaseLink_RELATED, Target: other.GetName()})
	require.NoError(t, err)
	a, err := voicev1.NewCaseActionServiceClient(s.Conn).CreateCaseAction(ctx, &voicev1.CreateCaseActionRequest{Parent: v.GetCase(), Action: newAction()})
	require.NoError(t, err)
	s.names["action"] = a.GetName()
	m, err := voicev1.NewCompensationServiceClient(s.Conn).CreateCompensation(ctx, &voicev1.CreateCompensationRequest{Parent: v.GetCase(), Compensation: newCompensation()})
	require.NoError(t, err)
	s.names["compensation"] = m.GetName()
}

func newAction() *voicev1.CaseAction {
	return &voicev1.CaseAction{Kind: voicev1.CaseAction_PREVENTIVE, Title: "open-action", Owner: "ann", DueDate: &date.Date{Year: 2026, Month: 2, Day: 1}}
}

func newCompensation() *voicev1.Compensation {
	return &voicev1.Compensation{Kind: voicev1.Compensation_GOODWILL, Amount: &money.Money{CurrencyCode: "CNY", Units: 300}, Reason: "open-reason"}
}

// caseRequests are one of every RPC about voices and cases.
func caseRequests(s *scene) map[string]proto.Message {
	voice, name, other, action := s.names["voice"], s.names["case"], s.names["otherCase"], s.names["action"]
	again := &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{Customer: s.customer, Source: voicev1.VoiceSource_WEB, Kind: voicev1.VoiceKind_PRAISE, Text: "open-voice", SourceId: "again"}}
	step := &voicev1.CaseStepRequest{Name: name}
	return map[string]proto.Message{
		"VoiceService/CreateVoice":        again,
		"VoiceService/GetVoice":           &voicev1.GetVoiceRequest{Name: voice},
		"VoiceService/ListVoices":         &voicev1.ListVoicesRequest{},
		"VoiceService/BatchCreateVoices":  &voicev1.BatchCreateVoicesRequest{Requests: []*voicev1.CreateVoiceRequest{again}},
		"VoiceService/IdentifyVoice":      &voicev1.IdentifyVoiceRequest{Name: voice, Customer: s.customer},
		"VoiceService/OpenVoiceCase":      &voicev1.OpenVoiceCaseRequest{Name: voice},
		"VoiceService/AttachVoice":        &voicev1.AttachVoiceRequest{Name: voice, Case: name},
		"CaseService/CreateCase":          &voicev1.CreateCaseRequest{Case: &voicev1.Case{Customer: s.customer, RequestKind: voicev1.RequestKind_INQUIRY, Title: "open-case"}},
		"CaseService/GetCase":             &voicev1.GetCaseRequest{Name: name},
		"CaseService/ListCases":           &voicev1.ListCasesRequest{},
		"CaseService/UpdateCase":          &voicev1.UpdateCaseRequest{Case: &voicev1.Case{Name: name, ProductLine: "switches"}},
		"CaseService/GradeCase":           &voicev1.GradeCaseRequest{Name: name, Severity: voicev1.Severity_MEDIUM, Reason: "open-reason"},
		"CaseService/LinkCase":            &voicev1.LinkCaseRequest{Name: name, Kind: voicev1.CaseLink_CAUSED_BY, Target: other},
		"CaseService/UnlinkCase":          &voicev1.LinkCaseRequest{Name: name, Kind: voicev1.CaseLink_CAUSED_BY, Target: other},
		"CaseService/ListCaseLinks":       &voicev1.ListCaseLinksRequest{Parent: name},
		"CaseService/ListTimelineEntries": &voicev1.ListTimelineEntriesRequest{Parent: name},
		"CaseService/AddCaseNote":         &voicev1.AddCaseNoteRequest{Parent: name, Text: "open-entry"},
		"CaseService/AddCaseMessage":      &voicev1.AddCaseMessageRequest{Parent: name, Text: "open-entry", FromCustomer: true},
		"CaseService/AddCaseAttachment": &voicev1.AddCaseAttachmentRequest{
			Parent: name, Uri: "https://files.example/1", Sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", MediaType: "text/plain",
		},
		"CaseTransitionService/TriageCase":        &voicev1.TriageCaseRequest{Name: name},
		"CaseTransitionService/AssignCase":        &voicev1.AssignCaseRequest{Name: name, Assignee: "ann"},
		"CaseTransitionService/StartCase":         step,
		"CaseTransitionService/WaitForCustomer":   step,
		"CaseTransitionService/ResumeCase":        step,
		"CaseTransitionService/RespondToCustomer": &voicev1.RespondToCustomerRequest{Name: name, Text: "open-entry"},
		"CaseTransitionService/ResolveCase":       &voicev1.ResolveCaseRequest{Name: name, Resolution: "open-entry"},
		"CaseTransitionService/ConfirmCase":       step,
		"CaseTransitionService/CloseCase":         &voicev1.CloseCaseRequest{Name: name},
		"CaseTransitionService/ReopenCase":        &voicev1.ReopenCaseRequest{Name: name, Reason: "open-reason"},
		"CaseActionService/CreateCaseAction":      &voicev1.CreateCaseActionRequest{Parent: name, Action: newAction()},
		"CaseActionService/ListCaseActions":       &voicev1.ListCaseActionsRequest{Parent: name},
		"CaseActionService/UpdateCaseAction":      &voicev1.UpdateCaseActionRequest{Action: &voicev1.CaseAction{Name: action, Owner: "bob"}},
		"CaseActionService/CompleteCaseAction":    &voicev1.CompleteCaseActionRequest{Name: action, Result: "open-reason"},
		"CaseActionService/VerifyCaseAction":      &voicev1.VerifyCaseActionRequest{Name: action, Effective: true},
		"CompensationService/CreateCompensation":  &voicev1.CreateCompensationRequest{Parent: name, Compensation: newCompensation()},
		"CompensationService/GetCompensation":     &voicev1.GetCompensationRequest{Name: s.names["compensation"]},
		"CompensationService/ListCompensations":   &voicev1.ListCompensationsRequest{Parent: name},
		"CompensationService/ApproveCompensation": &voicev1.DecideCompensationRequest{Name: s.names["compensation"]},
		"CompensationService/RejectCompensation":  &voicev1.DecideCompensationRequest{Name: s.names["compensation"], Reason: "open-reason"},
		"CompensationService/PayCompensation":     &voicev1.PayCompensationRequest{Name: s.names["compensation"], Reference: "1"},
	}
}
