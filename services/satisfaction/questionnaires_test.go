package satisfaction_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

func (b *bundle) questionnaires() satisfactionv1.QuestionnaireServiceClient {
	return satisfactionv1.NewQuestionnaireServiceClient(b.Conn)
}

// smallQuestionnaire has two grades, and asks why when the first one is low.
func smallQuestionnaire() *satisfactionv1.Questionnaire {
	return &satisfactionv1.Questionnaire{
		LabelEn: "open-questionnaire", LabelZh: "问卷", IntroductionEn: "We ask you.", IntroductionZh: "请您填写。",
		Sections: []*satisfactionv1.QuestionSection{{Code: "service", LabelEn: "Service", LabelZh: "服务", Questions: []*satisfactionv1.Question{
			{Code: "polite", Kind: satisfactionv1.Question_SCALE, TextEn: "Polite", TextZh: "礼貌", Scale: satisfactionv1.IndexScale_FIVE_GRADES, Required: true},
			{Code: "prompt", Kind: satisfactionv1.Question_SCALE, TextEn: "Prompt", TextZh: "迅速", Scale: satisfactionv1.IndexScale_FIVE_GRADES, Required: true},
			{Code: "why", Kind: satisfactionv1.Question_OPEN, TextEn: "Why", TextZh: "为何", Conditions: []*satisfactionv1.QuestionCondition{{Question: "polite", Least: 1, Most: 2}}},
		}}},
	}
}

// questionnaire makes one that is released.
func (b *bundle) questionnaire(ctx context.Context, t *testing.T) string {
	t.Helper()
	made, err := b.questionnaires().CreateQuestionnaire(ctx, &satisfactionv1.CreateQuestionnaireRequest{Questionnaire: smallQuestionnaire()})
	require.NoError(t, err)
	_, err = b.questionnaires().ReleaseQuestionnaire(ctx, &satisfactionv1.ReleaseQuestionnaireRequest{Name: made.GetName(), OverruleReason: "known to work"})
	require.NoError(t, err)
	return made.GetName()
}

// respondents are n of them, who think of prompt as they do of polite, or the other way round.
func respondents(n int, alike bool) []*satisfactionv1.PretestRespondent {
	var out []*satisfactionv1.PretestRespondent
	for i := range n {
		polite := int32(i%5 + 1)
		prompt := polite
		if !alike {
			prompt = 6 - polite
		}
		out = append(out, &satisfactionv1.PretestRespondent{Answers: []*satisfactionv1.QuestionAnswer{{Question: "polite", Value: &polite}, {Question: "prompt", Value: &prompt}}})
	}
	return out
}

// A draft is released when its latest pretest has passed and it is the same since, or for a reason that is kept; from then on it stays as it is.
func TestQuestionnaireIsPretestedAndReleased(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	q := b.questionnaires()
	made, err := q.CreateQuestionnaire(ctx, &satisfactionv1.CreateQuestionnaireRequest{Questionnaire: smallQuestionnaire()})
	require.NoError(t, err)
	name := made.GetName()
	release := &satisfactionv1.ReleaseQuestionnaireRequest{Name: name}
	_, err = q.ReleaseQuestionnaire(ctx, release)
	requireReason(t, err, "NOT_PRETESTED")
	_, err = q.PretestQuestionnaire(ctx, &satisfactionv1.PretestQuestionnaireRequest{Name: name, Respondents: respondents(29, true)})
	require.Equal(t, codes.InvalidArgument, fault.From(err).Code())

	failed, err := q.PretestQuestionnaire(ctx, &satisfactionv1.PretestQuestionnaireRequest{Name: name, Respondents: respondents(30, false)})
	require.NoError(t, err)
	require.False(t, failed.GetPassed())
	require.NotEmpty(t, failed.GetFailures())
	passed, err := q.PretestQuestionnaire(ctx, &satisfactionv1.PretestQuestionnaireRequest{Name: name, Respondents: respondents(30, true)})
	require.NoError(t, err)
	require.True(t, passed.GetPassed(), passed)
	require.InDelta(t, 1, passed.GetTotal().GetAlpha(), 1e-9)
	require.EqualValues(t, 12, passed.GetQuestions()[2].GetShown())
	require.EqualValues(t, 12, passed.GetQuestions()[2].GetMissing())

	got, err := q.GetQuestionnaire(ctx, &satisfactionv1.GetQuestionnaireRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.Questionnaire_PRETESTED, got.GetState())
	changed, err := q.UpdateQuestionnaire(ctx, &satisfactionv1.UpdateQuestionnaireRequest{Questionnaire: &satisfactionv1.Questionnaire{Name: name, LabelEn: "open-other", Etag: got.GetEtag()}})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.Questionnaire_DRAFT, changed.GetState())
	_, err = q.ReleaseQuestionnaire(ctx, release)
	requireReason(t, err, "NOT_PRETESTED")
	_, err = q.UpdateQuestionnaire(ctx, &satisfactionv1.UpdateQuestionnaireRequest{Questionnaire: &satisfactionv1.Questionnaire{Name: name, LabelEn: "x", Etag: got.GetEtag()}})
	require.Equal(t, codes.Aborted, fault.From(err).Code())
	_, err = q.PretestQuestionnaire(ctx, &satisfactionv1.PretestQuestionnaireRequest{Name: name, Respondents: respondents(50, true)})
	require.NoError(t, err)
	released, err := q.ReleaseQuestionnaire(ctx, &satisfactionv1.ReleaseQuestionnaireRequest{Name: name, OverruleReason: "not needed"})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.Questionnaire_RELEASED, released.GetState())
	require.Empty(t, released.GetOverruleReason())
	require.Equal(t, "admin", released.GetReleaser())
	events := b.Events(t, "guanxi.satisfaction.questionnaire.released.v1", 1)
	require.Contains(t, string(events[0].Data), `"pretested":true`)

	_, err = q.UpdateQuestionnaire(ctx, &satisfactionv1.UpdateQuestionnaireRequest{Questionnaire: &satisfactionv1.Questionnaire{Name: name, LabelEn: "x"}})
	requireReason(t, err, "NO_DRAFT")
	tries, err := q.ListPretests(ctx, &satisfactionv1.ListPretestsRequest{Parent: name, Filter: "passed = true"})
	require.NoError(t, err)
	require.Len(t, tries.GetPretests(), 2)
	next, err := q.ReviseQuestionnaire(ctx, &satisfactionv1.ReviseQuestionnaireRequest{Name: name})
	require.NoError(t, err)
	require.EqualValues(t, 2, next.GetVersion())
	_, err = q.ReviseQuestionnaire(ctx, &satisfactionv1.ReviseQuestionnaireRequest{Name: name})
	requireReason(t, err, "DRAFT")
	overruled, err := q.ReleaseQuestionnaire(ctx, &satisfactionv1.ReleaseQuestionnaireRequest{Name: name, OverruleReason: "urgent"})
	require.NoError(t, err)
	require.Equal(t, "urgent", overruled.GetOverruleReason())
	old, err := q.GetQuestionnaire(ctx, &satisfactionv1.GetQuestionnaireRequest{Name: name, Version: 1})
	require.NoError(t, err)
	require.True(t, proto.Equal(released, old))
	versions, err := q.ListQuestionnaireVersions(ctx, &satisfactionv1.ListQuestionnaireVersionsRequest{Parent: name})
	require.NoError(t, err)
	require.Len(t, versions.GetVersions(), 2)
}

// The shipped model becomes a questionnaire that asks each of its items once.
func TestQuestionnaireOfTheShippedModel(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	made, err := b.questionnaires().CreateQuestionnaire(ctx, &satisfactionv1.CreateQuestionnaireRequest{
		Questionnaire: &satisfactionv1.Questionnaire{LabelEn: "q", LabelZh: "问卷", IndexModel: indexmodel.Name(indexmodel.Shipped)}, AskImportance: true, AskExpectation: true,
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, made.GetIndexModelVersion())
	require.Len(t, made.GetSections(), 7)
	asked, recommendations := map[string]bool{}, 0
	for _, s := range made.GetSections() {
		for _, x := range s.GetQuestions() {
			asked[x.GetIndexItem()] = true
			if x.GetKind() == satisfactionv1.Question_RECOMMENDATION {
				recommendations++
				continue
			}
			require.True(t, x.GetImportance() && x.GetExpectation())
			require.Len(t, x.GetAnchors(), 5)
		}
	}
	require.Len(t, asked, 31)
	require.Equal(t, 1, recommendations)
}
