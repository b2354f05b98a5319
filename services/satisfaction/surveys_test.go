package satisfaction_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func (b *bundle) surveys() satisfactionv1.SurveyServiceClient {
	return satisfactionv1.NewSurveyServiceClient(b.Conn)
}

func (b *bundle) invitations() satisfactionv1.InvitationServiceClient {
	return satisfactionv1.NewInvitationServiceClient(b.Conn)
}

// survey makes one in the south and opens it.
func (b *bundle) survey(ctx context.Context, t *testing.T, questionnaire string) string {
	t.Helper()
	made, err := b.surveys().CreateSurvey(ctx, &satisfactionv1.CreateSurveyRequest{Survey: &satisfactionv1.Survey{
		LabelEn: "open-survey", LabelZh: "调查", Purpose: "secret-purpose", Questionnaire: questionnaire, Territory: "cn/south", Wave: "1",
		Cost: &money.Money{CurrencyCode: "CNY", Units: 1000}, Quotas: []*satisfactionv1.SurveyQuota{{LabelEn: "all", LabelZh: "全部", Target: 10}},
	}})
	require.NoError(t, err)
	_, err = b.surveys().OpenSurvey(ctx, &satisfactionv1.OpenSurveyRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		got, err := b.surveys().GetSurvey(ctx, &satisfactionv1.GetSurveyRequest{Name: made.GetName()})
		return err == nil && got.GetState() == satisfactionv1.Survey_OPEN
	}, testkit.Patience, tick)
	return made.GetName()
}

// links gives links to all who are invited, once planning's gate has let them through.
func (b *bundle) links(ctx context.Context, t *testing.T, survey string, n int) []*satisfactionv1.InvitationLink {
	t.Helper()
	var links []*satisfactionv1.InvitationLink
	require.Eventually(t, func() bool {
		got, err := b.invitations().IssueInvitations(ctx, &satisfactionv1.IssueInvitationsRequest{Parent: survey})
		links = append(links, got.GetLinks()...)
		return err == nil && len(links) >= n
	}, testkit.Patience, tick)
	return links
}

// A survey is opened, its customers get links once planning lets them through, and it is closed; all of it is announced, and no secret with it.
func TestSurveyFromDraftToEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	b.customer(ctx, t, "d", "li")
	name := b.survey(ctx, t, b.questionnaire(ctx, t))
	got, err := b.surveys().GetSurvey(ctx, &satisfactionv1.GetSurveyRequest{Name: name})
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetPopulationSize())
	require.True(t, got.GetCensus())
	require.EqualValues(t, 2, got.GetOperation().GetDoneCount())
	require.EqualValues(t, 5, got.GetMinimumGroup())
	require.NotEmpty(t, got.GetSeed())
	b.Events(t, "guanxi.satisfaction.survey.opened.v1", 1)

	links := b.links(ctx, t, name, 2)
	require.Len(t, links, 2)
	for _, e := range b.Events(t, "guanxi.satisfaction.invitation.issued.v1", 2) {
		for _, link := range links {
			require.NotContains(t, string(e.Data), link.GetSecret())
		}
	}
	list, err := b.invitations().ListInvitations(ctx, &satisfactionv1.ListInvitationsRequest{Parent: name, Filter: `customer = "` + customer + `"`})
	require.NoError(t, err)
	require.Len(t, list.GetInvitations(), 1)
	require.Equal(t, satisfactionv1.Invitation_ISSUED, list.GetInvitations()[0].GetState())
	revoked, err := b.invitations().RevokeInvitation(ctx, &satisfactionv1.RevokeInvitationRequest{Name: list.GetInvitations()[0].GetName()})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.Invitation_REVOKED, revoked.GetState())

	_, err = b.surveys().UpdateSurvey(ctx, &satisfactionv1.UpdateSurveyRequest{Survey: &satisfactionv1.Survey{Name: name, Seed: "x"}})
	requireReason(t, err, "STATE")
	wave, err := b.surveys().UpdateSurvey(ctx, &satisfactionv1.UpdateSurveyRequest{Survey: &satisfactionv1.Survey{Name: name, Wave: "2026"}})
	require.NoError(t, err)
	require.Equal(t, "2026", wave.GetWave())
	closed, err := b.surveys().CloseSurvey(ctx, &satisfactionv1.CloseSurveyRequest{Name: name, Etag: wave.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.Survey_CLOSED, closed.GetState())
	b.Events(t, "guanxi.satisfaction.survey.closed.v1", 1)
	list, err = b.invitations().ListInvitations(ctx, &satisfactionv1.ListInvitationsRequest{Parent: name})
	require.NoError(t, err)
	require.ElementsMatch(t, []satisfactionv1.Invitation_State{satisfactionv1.Invitation_REVOKED, satisfactionv1.Invitation_EXPIRED},
		[]satisfactionv1.Invitation_State{list.GetInvitations()[0].GetState(), list.GetInvitations()[1].GetState()})
}
