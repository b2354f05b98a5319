package planning_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// prepareContacts has the senior person be the customer's main contact, and the owner's year laid out: names["contact"] is one with the senior person,
// names["contactPlanRun"] the run.
func (s *scene) prepareContacts(ctx context.Context, t *testing.T) {
	t.Helper()
	preference := &planningv1.ContactPreference{Name: s.senior + "/contactPreference", MainContact: true, FromTime: "09:00", UntilTime: "11:00"}
	_, err := planningv1.NewContactPreferenceServiceClient(s.Conn).UpdateContactPreference(ctx, &planningv1.UpdateContactPreferenceRequest{ContactPreference: preference})
	require.NoError(t, err)
	s.names["contactPlanRun"] = s.planned(ctx, t, 2026, "open-owner").GetName()
	list, err := planningv1.NewContactServiceClient(s.Conn).ListContacts(ctx, &planningv1.ListContactsRequest{Customer: s.customer})
	require.NoError(t, err)
	require.NotEmpty(t, list.GetContacts())
	require.Equal(t, []string{s.senior}, list.GetContacts()[0].GetPeople())
	s.names["contact"] = list.GetContacts()[0].GetName()
}

// contactRequests are one of every RPC about contacts, preferences and contact plans.
func contactRequests(s *scene) map[string]proto.Message {
	contact, run := s.names["contact"], s.names["contactPlanRun"]
	return map[string]proto.Message{
		"ContactPreferenceService/GetContactPreference": &planningv1.GetContactPreferenceRequest{Name: s.person + "/contactPreference"},
		"ContactPreferenceService/UpdateContactPreference": &planningv1.UpdateContactPreferenceRequest{
			ContactPreference: &planningv1.ContactPreference{Name: s.person + "/contactPreference", LikedWeekdays: []int32{2}},
		},
		"ContactService/GetContact":   &planningv1.GetContactRequest{Name: contact},
		"ContactService/ListContacts": &planningv1.ListContactsRequest{Customer: s.customer},
		"ContactService/MoveContact": &planningv1.MoveContactRequest{
			Name: contact, Day: &date.Date{Year: 2026, Month: 3, Day: 2}, Reason: "x", Force: true,
		},
		"ContactService/CompleteContact":          &planningv1.CompleteContactRequest{Name: contact},
		"ContactService/CancelContact":            &planningv1.CancelContactRequest{Name: contact, Reason: "x"},
		"ContactPlanService/GenerateContactPlans": &planningv1.GenerateContactPlansRequest{FiscalYear: 2026, Owner: "open-owner"},
		"ContactPlanService/GetContactPlanRun":    &planningv1.GetContactPlanRunRequest{Name: run},
		"ContactPlanService/ListContactPlanRuns":  &planningv1.ListContactPlanRunsRequest{},
		"ContactPlanService/CancelContactPlanRun": &planningv1.CancelContactPlanRunRequest{Name: run},
		"ContactPlanService/GetContactPlan":       &planningv1.GetContactPlanRequest{Name: "contactPlans/b3Blbi1vd25lcg", FiscalYear: 2026},
	}
}

// planned lays out a year of an owner and waits for it.
func (b *bundle) planned(ctx context.Context, t *testing.T, year int32, owner string) *planningv1.ContactPlanRun {
	t.Helper()
	client := planningv1.NewContactPlanServiceClient(b.Conn)
	run, err := client.GenerateContactPlans(ctx, &planningv1.GenerateContactPlansRequest{FiscalYear: year, Owner: owner})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		run, err = client.GetContactPlanRun(ctx, &planningv1.GetContactPlanRunRequest{Name: run.GetName()})
		return err == nil && run.GetOperation().GetState() > typev1.Operation_RUNNING
	}, testkit.Patience, tick)
	require.Equal(t, typev1.Operation_SUCCEEDED, run.GetOperation().GetState(), run.GetOperation().GetError())
	return run
}

// replanned waits until everything that was heard of has been planned again.
func (b *bundle) replanned(t *testing.T) {
	t.Helper()
	b.Settle(t, "wanted", "touched", "replans", "policy_wishes")
}
