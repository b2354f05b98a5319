package voice_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// A complaint comes in at the hotline and goes through people's hands until it is closed by itself; all of it over the wire, with events in order and times by the clock.
func TestAComplaintFromTheHotlineToTheEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "Acme", "olga")
	v, err := voicev1.NewVoiceServiceClient(b.Conn).CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{
		Customer: customer, Source: voicev1.VoiceSource_HOTLINE, Kind: voicev1.VoiceKind_COMPLAINT, Text: "交付延迟", Grading: voicev1.Severity_CRITICAL,
	}, RequestId: "r-1"})
	require.NoError(t, err)
	require.True(t, v.GetMajor())
	again, err := voicev1.NewVoiceServiceClient(b.Conn).CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{
		Customer: customer, Source: voicev1.VoiceSource_HOTLINE, Kind: voicev1.VoiceKind_COMPLAINT, Text: "交付延迟", Grading: voicev1.Severity_CRITICAL,
	}, RequestId: "r-1"})
	require.NoError(t, err)
	require.Equal(t, v.GetName(), again.GetName())

	steps := voicev1.NewCaseTransitionServiceClient(b.Conn)
	name := v.GetCase()
	_, err = steps.StartCase(ctx, &voicev1.CaseStepRequest{Name: name})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	_, err = steps.TriageCase(ctx, &voicev1.TriageCaseRequest{Name: name})
	require.NoError(t, err)
	_, err = steps.AssignCase(ctx, &voicev1.AssignCaseRequest{Name: name, Assignee: "ann"})
	require.NoError(t, err)
	b.Clock.Advance(time.Hour)
	_, err = steps.RespondToCustomer(ctx, &voicev1.RespondToCustomerRequest{Name: name, Text: "马上处理", Channel: "phone"})
	require.NoError(t, err)
	_, err = steps.StartCase(ctx, &voicev1.CaseStepRequest{Name: name})
	require.NoError(t, err)
	b.Clock.Advance(time.Hour)
	c, err := steps.ResolveCase(ctx, &voicev1.ResolveCaseRequest{Name: name, Resolution: "已发货", Cause: "transport"})
	require.NoError(t, err)
	require.Equal(t, time.Hour, c.GetFirstResponseTime().AsTime().Sub(c.GetReceivedTime().AsTime()))
	require.Equal(t, 2*time.Hour, c.GetResolveTime().AsTime().Sub(c.GetReceivedTime().AsTime()))

	b.AwaitJob(t, "close-resolved-cases")
	b.Clock.Advance(8 * 24 * time.Hour)
	ctx = b.admin(t) // the token of last week is no longer good
	require.Eventually(t, func() bool {
		c, err = voicev1.NewCaseServiceClient(b.Conn).GetCase(ctx, &voicev1.GetCaseRequest{Name: name})
		return err == nil && c.GetState() == voicev1.CaseState_CLOSED
	}, testkit.Patience, tick)
	for _, e := range b.Events(t, "guanxi.voice.case.closed.v1", 1) {
		require.Contains(t, strings.ReplaceAll(string(e.Data), " ", ""), `"automatic":true`)
		require.NotContains(t, string(e.Data), "已发货")
	}
}

// A person who is deleted is taken out of voices and cases; a customer who is purged takes them along.
func TestPeopleAndCustomersWhoGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "Acme", "olga")
	person := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "Ann"})
	v, err := voicev1.NewVoiceServiceClient(b.Conn).CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{
		Customer: customer, Source: voicev1.VoiceSource_HOTLINE, Kind: voicev1.VoiceKind_COMPLAINT, Text: "late", Reporter: person,
	}})
	require.NoError(t, err)
	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: person})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		var left bool
		err := b.DB.Get(context.Background(), &left, `select exists (select from voices where reporter_id is not null) or exists (select from cases where reporter_id is not null)`)
		return err == nil && !left
	}, testkit.Patience, tick)

	_, err = b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: customer})
	require.NoError(t, err)
	b.Settle(t)
	_, err = voicev1.NewCaseTransitionServiceClient(b.Conn).TriageCase(ctx, &voicev1.TriageCaseRequest{Name: v.GetCase()})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	_, err = b.customers.UndeleteCustomer(ctx, &profilev1.UndeleteCustomerRequest{Name: customer})
	require.NoError(t, err)
	b.Settle(t)
	_, err = voicev1.NewCaseTransitionServiceClient(b.Conn).TriageCase(ctx, &voicev1.TriageCaseRequest{Name: v.GetCase()})
	require.NoError(t, err)
}

// A voice that waits is seen where the settings have it wait, and nowhere else.
func TestWhereVoicesWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	_, err := voicev1.NewVoiceSettingsServiceClient(b.Conn).UpdateSettings(ctx, &voicev1.UpdateSettingsRequest{Settings: &voicev1.VoiceSettings{
		Name: "voiceSettings", IntakeRules: &voicev1.IntakeRules{Territory: "cn"},
	}})
	require.NoError(t, err)
	voices := voicev1.NewVoiceServiceClient(b.Conn)
	v, err := voices.CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{Source: voicev1.VoiceSource_WEB, Kind: voicev1.VoiceKind_COMPLAINT, Text: "late", ReporterName: "Ann"}})
	require.NoError(t, err)
	require.Equal(t, "cn", v.GetTerritory())
	see := func(territory string) error {
		_, err := voices.GetVoice(b.AsPrincipal(t, auth.Principal{Subject: "x", Level: basic, Territories: []string{territory}}), &voicev1.GetVoiceRequest{Name: v.GetName()})
		return err
	}
	require.NoError(t, see("cn"))
	require.Equal(t, codes.PermissionDenied, status.Code(see("cn/south")), "it waits above")
	require.Equal(t, codes.PermissionDenied, status.Code(see("eu")))
}
