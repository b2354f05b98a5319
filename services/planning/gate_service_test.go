package planning_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// What the gate knows of people it has from profile: consent that is denied there is refused here, and who is removed there is named nowhere any more.
func TestGateFollowsProfile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "x", "gate-owner")
	person := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "y", Consents: []*profilev1.Consent{
		{Medium: profilev1.Channel_PHONE, State: profilev1.Consent_DENIED}, {Medium: profilev1.Channel_MOBILE, State: profilev1.Consent_DENIED},
	}})
	budget, err := planningv1.NewBudgetServiceClient(b.Conn).CreateBudget(ctx, &planningv1.CreateBudgetRequest{Budget: &planningv1.Budget{
		Label: "x", FiscalYear: 2026, Owner: "x", Customer: customer, Amount: yuan(100, 0),
	}})
	require.NoError(t, err)
	gates := planningv1.NewContactGateServiceClient(b.Conn)
	wish := &planningv1.ReserveContactRequest{
		Customer: customer, Kind: planningv1.Activity_CALL, People: []string{person}, Day: civil.Date(time.Date(2026, 1, 6, 0, 0, 0, 0, time.UTC)), Budget: budget.GetName(),
		Benefits: []*planningv1.PersonBenefit{{Person: person, Benefit: planningv1.Benefit_GIFT, Amount: yuan(50, 0)}},
	}
	a, err := gates.ReserveContact(ctx, wish)
	require.NoError(t, err)
	require.Len(t, a.GetFailures(), 1)
	require.Equal(t, "CONSENT", a.GetFailures()[0].GetRule())
	wish.Kind = planningv1.Activity_DAILY_VISIT
	a, err = gates.ReserveContact(ctx, wish)
	require.NoError(t, err)
	require.True(t, a.GetGranted(), "%v", a.GetFailures())

	contacts := planningv1.NewContactServiceClient(b.Conn)
	_, err = contacts.MoveContact(ctx, &planningv1.MoveContactRequest{Name: a.GetContact(), Day: civil.Date(time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)), Reason: "x", Force: true})
	require.Equal(t, codes.FailedPrecondition, status.Code(err), "a Saturday")
	_, err = contacts.CompleteContact(ctx, &planningv1.CompleteContactRequest{Name: a.GetContact(), Outcome: "x"})
	require.NoError(t, err)
	_, err = gates.SettleContact(ctx, &planningv1.SettleContactRequest{Name: a.GetContact(), AsReserved: true})
	require.NoError(t, err)

	register := func() []*planningv1.ComplianceEntry {
		answer, err := planningv1.NewComplianceServiceClient(b.Conn).ListComplianceRegister(ctx, &planningv1.ListComplianceRegisterRequest{})
		require.NoError(t, err)
		return answer.GetEntries()
	}
	require.Len(t, register(), 3, "refused, granted, given")
	require.Equal(t, person, register()[0].GetPerson())
	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: person})
	require.NoError(t, err)
	b.fetched(t)
	for _, e := range register() {
		require.Empty(t, e.GetPerson())
	}
	require.Len(t, register(), 3)
	a, err = gates.ReserveContact(ctx, wish)
	require.NoError(t, err)
	require.Equal(t, "PERSON_UNKNOWN", a.GetFailures()[0].GetRule())
}

// A major concern has a follow-up contact planned, which the gate then lets be agreed.
func TestMajorConcernIsFollowedUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "x", "gate-owner")
	concern, err := planningv1.NewConcernServiceClient(b.Conn).CreateConcern(ctx, &planningv1.CreateConcernRequest{
		Parent: customer, Concern: &planningv1.Concern{SourceSystem: "voice", SourceId: "1", Major: true, Summary: "x"},
	})
	require.NoError(t, err)
	var planned []string
	require.Eventually(t, func() bool {
		err := b.DB.Select(context.Background(), &planned, `select 'contacts/' || contact_id from contacts where origin = 4 and source = $1`, concern.GetName())
		return err == nil && len(planned) == 1
	}, testkit.Patience, tick)
	a, err := planningv1.NewContactGateServiceClient(b.Conn).ReserveContact(ctx, &planningv1.ReserveContactRequest{Contact: planned[0]})
	require.NoError(t, err)
	require.True(t, a.GetGranted(), "%v", a.GetFailures())
	require.Equal(t, planned[0], a.GetContact())
}
