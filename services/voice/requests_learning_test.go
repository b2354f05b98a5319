package voice_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// prepareLearning makes a group of cases, one of which stands alone, and a recall that has found an order, with another one that has not started.
func prepareLearning(t *testing.T, s *scene) {
	t.Helper()
	ctx := s.admin(t)
	for range 3 {
		s.names["groupedCase"] = s.complain(ctx, t, s.customer, "open-issue leaking pump seal", "open-code")
	}
	alone := s.complain(ctx, t, s.customer, "open-alone wrong invoice address", "")
	s.grouped(t)
	cases := voicev1.NewCaseServiceClient(s.Conn)
	for name, of := range map[string]string{"issueGroup": s.names["groupedCase"], "otherGroup": alone} {
		got, err := cases.GetCase(ctx, &voicev1.GetCaseRequest{Name: of})
		require.NoError(t, err)
		s.names[name] = got.GetIssueGroup()
	}
	groups := voicev1.NewIssueGroupServiceClient(s.Conn)
	_, err := groups.RenameIssueGroup(ctx, &voicev1.RenameIssueGroupRequest{Name: s.names["issueGroup"], NameEn: "open-group"})
	require.NoError(t, err)

	s.ordered(ctx, t, s.customer, "open-order", "P1")
	recalls := voicev1.NewRecallServiceClient(s.Conn)
	for _, name := range []string{"recall", "draftRecall", "cancelledRecall"} {
		made, err := recalls.CreateRecall(ctx, &voicev1.CreateRecallRequest{Recall: pumpRecall("cn/south")})
		require.NoError(t, err)
		s.names[name] = made.GetName()
	}
	_, err = recalls.StartRecall(ctx, &voicev1.StartRecallRequest{Name: s.names["recall"]})
	require.NoError(t, err)
	s.traced(ctx, t, s.names["recall"], 1)
	items, err := recalls.ListRecallItems(ctx, &voicev1.ListRecallItemsRequest{Parent: s.names["recall"]})
	require.NoError(t, err)
	s.names["recallItem"] = items.GetItems()[0].GetName()
}

func learningRequests(s *scene) map[string]proto.Message {
	group, recall, item, year := s.names["issueGroup"], s.names["recall"], s.names["recallItem"], int32(s.Clock.Now().Year())
	return map[string]proto.Message{
		"IssueGroupService/GetIssueGroup":         &voicev1.GetIssueGroupRequest{Name: group},
		"IssueGroupService/ListIssueGroups":       &voicev1.ListIssueGroupsRequest{},
		"IssueGroupService/ListIssueGroupMembers": &voicev1.ListIssueGroupMembersRequest{Parent: group},
		"IssueGroupService/RenameIssueGroup":      &voicev1.RenameIssueGroupRequest{Name: group, NameEn: "open-group"},
		"IssueGroupService/UpdateIssueGroup":      &voicev1.UpdateIssueGroupRequest{IssueGroup: &voicev1.IssueGroup{Name: group, Cause: "x"}},
		"IssueGroupService/MergeIssueGroups":      &voicev1.MergeIssueGroupsRequest{Name: group, Sources: []string{s.names["otherGroup"]}},
		"IssueGroupService/MoveIssueCase":         &voicev1.MoveIssueCaseRequest{Name: group, Case: s.names["groupedCase"]},
		"IssueGroupService/ListIssuePareto":       &voicev1.ListIssueParetoRequest{Dimension: voicev1.ListIssueParetoRequest_PRODUCT_CODE},
		"RecallService/CreateRecall":              &voicev1.CreateRecallRequest{Recall: pumpRecall("cn/south")},
		"RecallService/GetRecall":                 &voicev1.GetRecallRequest{Name: recall},
		"RecallService/ListRecalls":               &voicev1.ListRecallsRequest{},
		"RecallService/UpdateRecall":              &voicev1.UpdateRecallRequest{Recall: &voicev1.Recall{Name: recall, LotNote: "x"}},
		"RecallService/StartRecall":               &voicev1.StartRecallRequest{Name: recall},
		"RecallService/NotifyRecall":              &voicev1.NotifyRecallRequest{Name: recall, Channel: "phone"},
		"RecallService/RecordRecallReturn":        &voicev1.RecordRecallReturnRequest{Name: item, Quantity: 0.5},
		"RecallService/CloseRecallItem":           &voicev1.CloseRecallItemRequest{Name: item, Reason: "x"},
		"RecallService/CompleteRecall":            &voicev1.CompleteRecallRequest{Name: s.names["draftRecall"]},
		"RecallService/CancelRecall":              &voicev1.CancelRecallRequest{Name: s.names["cancelledRecall"], Reason: "x"},
		"RecallService/ListRecallItems":           &voicev1.ListRecallItemsRequest{Parent: recall},
		"RecallService/ListRecallCustomers":       &voicev1.ListRecallCustomersRequest{Parent: recall},
		"RecallService/ListRecallReturns":         &voicev1.ListRecallReturnsRequest{Parent: item},
		"VoiceSummaryService/GetVoiceSummary":     &voicev1.GetVoiceSummaryRequest{Name: s.customer + "/voiceSummary", FiscalYear: year},
		"VoiceSummaryService/PrintVoiceSummary":   &voicev1.PrintVoiceSummaryRequest{Name: s.customer + "/voiceSummary", FiscalYear: year},
	}
}
