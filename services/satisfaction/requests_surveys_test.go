package satisfaction_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// prepareSurveys makes a questionnaire and a survey of the south that is open, and has one invitation.
func (s *scene) prepareSurveys(ctx context.Context, t *testing.T) {
	t.Helper()
	s.names["questionnaire"] = s.questionnaire(ctx, t)
	s.names["survey"] = s.survey(ctx, t, s.names["questionnaire"])
	list, err := s.invitations().ListInvitations(ctx, &satisfactionv1.ListInvitationsRequest{Parent: s.names["survey"]})
	require.NoError(t, err)
	s.names["invitation"] = list.GetInvitations()[0].GetName()
}

func surveyRequests(_ *testing.T, s *scene) map[string]proto.Message {
	questionnaire, survey := s.names["questionnaire"], s.names["survey"]
	return map[string]proto.Message{
		"QuestionnaireService/CreateQuestionnaire":       &satisfactionv1.CreateQuestionnaireRequest{Questionnaire: smallQuestionnaire()},
		"QuestionnaireService/GetQuestionnaire":          &satisfactionv1.GetQuestionnaireRequest{Name: questionnaire},
		"QuestionnaireService/ListPretests":              &satisfactionv1.ListPretestsRequest{Parent: questionnaire},
		"QuestionnaireService/ListQuestionnaireVersions": &satisfactionv1.ListQuestionnaireVersionsRequest{Parent: questionnaire},
		"QuestionnaireService/ListQuestionnaires":        &satisfactionv1.ListQuestionnairesRequest{},
		"QuestionnaireService/PretestQuestionnaire":      &satisfactionv1.PretestQuestionnaireRequest{Name: questionnaire, Respondents: respondents(30, true)},
		"QuestionnaireService/ReleaseQuestionnaire":      &satisfactionv1.ReleaseQuestionnaireRequest{Name: questionnaire},
		"QuestionnaireService/ReviseQuestionnaire":       &satisfactionv1.ReviseQuestionnaireRequest{Name: questionnaire},
		"QuestionnaireService/UpdateQuestionnaire":       &satisfactionv1.UpdateQuestionnaireRequest{Questionnaire: &satisfactionv1.Questionnaire{Name: questionnaire, LabelEn: "open-questionnaire"}},
		"SurveyService/CreateSurvey": &satisfactionv1.CreateSurveyRequest{Survey: &satisfactionv1.Survey{
			LabelEn: "open-survey", LabelZh: "x", Questionnaire: questionnaire, Territory: "cn/south",
		}},
		"SurveyService/GetSurvey":            &satisfactionv1.GetSurveyRequest{Name: survey},
		"SurveyService/ListSurveys":          &satisfactionv1.ListSurveysRequest{},
		"SurveyService/PreviewSurvey":        &satisfactionv1.PreviewSurveyRequest{Name: survey},
		"SurveyService/UpdateSurvey":         &satisfactionv1.UpdateSurveyRequest{Survey: &satisfactionv1.Survey{Name: survey, Wave: "2"}},
		"SurveyService/OpenSurvey":           &satisfactionv1.OpenSurveyRequest{Name: survey},
		"SurveyService/CloseSurvey":          &satisfactionv1.CloseSurveyRequest{Name: survey, Etag: "stale"},
		"InvitationService/IssueInvitations": &satisfactionv1.IssueInvitationsRequest{Parent: survey},
		"InvitationService/ListInvitations":  &satisfactionv1.ListInvitationsRequest{Parent: survey},
		"InvitationService/RevokeInvitation": &satisfactionv1.RevokeInvitationRequest{Name: s.names["invitation"]},
	}
}

// surveyAnywhere are those of them that are of the whole company, or answer with nothing.
var surveyAnywhere = []string{
	"QuestionnaireService/GetQuestionnaire", "QuestionnaireService/ListPretests", "QuestionnaireService/ListQuestionnaireVersions",
	"QuestionnaireService/ListQuestionnaires", "SurveyService/ListSurveys",
}
