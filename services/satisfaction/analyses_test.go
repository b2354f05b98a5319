package satisfaction_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func (b *bundle) analyses() satisfactionv1.AnalysisServiceClient {
	return satisfactionv1.NewAnalysisServiceClient(b.Conn)
}

func (b *bundle) improvements() satisfactionv1.ImprovementServiceClient {
	return satisfactionv1.NewImprovementServiceClient(b.Conn)
}

func (b *bundle) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.DB.Exec(context.Background(), query, args...)
	require.NoError(t, err)
}

// measured makes a questionnaire that measures the small model.
func (b *bundle) measured(ctx context.Context, t *testing.T) string {
	t.Helper()
	model, err := b.models().CreateIndexModel(ctx, &satisfactionv1.CreateIndexModelRequest{IndexModel: smallModel()})
	require.NoError(t, err)
	_, err = b.models().ReleaseIndexModel(ctx, &satisfactionv1.ReleaseIndexModelRequest{Name: model.GetName()})
	require.NoError(t, err)
	q := smallQuestionnaire()
	q.IndexModel, q.IndexModelVersion = model.GetName(), 1
	q.Sections[0].Questions[0].IndexItem, q.Sections[0].Questions[1].IndexItem = "polite", "prompt"
	made, err := b.questionnaires().CreateQuestionnaire(ctx, &satisfactionv1.CreateQuestionnaireRequest{Questionnaire: q})
	require.NoError(t, err)
	_, err = b.questionnaires().ReleaseQuestionnaire(ctx, &satisfactionv1.ReleaseQuestionnaireRequest{Name: made.GetName(), OverruleReason: "known to work"})
	require.NoError(t, err)
	return made.GetName()
}

// waves are two surveys by one questionnaire, closed, with twenty answers each: the second one follows the first, and what was slow has become prompt.
func (b *bundle) waves(ctx context.Context, t *testing.T, territory string) (first, second string) {
	t.Helper()
	questionnaire := b.measured(ctx, t)
	var previous string
	for wave, low := range []int{1, 4} {
		made, err := b.surveys().CreateSurvey(ctx, &satisfactionv1.CreateSurveyRequest{Survey: &satisfactionv1.Survey{
			LabelEn: "open-survey", LabelZh: "调查", Purpose: "secret-purpose", Questionnaire: questionnaire, Territory: territory, Wave: string(rune('1' + wave)), Previous: previous,
		}})
		require.NoError(t, err)
		previous = made.GetName()
		id := strings.TrimPrefix(previous, "surveys/")
		b.exec(t, `insert into survey_strata (survey_id, stratum, label, size, planned, weight) values ($1, 1, 'all', 1000, 20, 1)`, id)
		b.exec(t, `insert into responses (survey_id, response_id, stratum, channel, state, scores, answers, segment, start_time, accept_time)
			select $1, gen_random_uuid(), 1, 4, 2, array[case when i % 4 < 2 then 5 else 4 end, $2::int + i % 2], '{}', '{"class": 5, "territory": "cn/south"}', now(), now()
			from generate_series(1, 20) i`, id, low)
		b.exec(t, `update surveys set state = 3, close_time = now(), open_time = now() where survey_id = $1`, id)
		if first == "" {
			first = previous
		}
	}
	return first, previous
}

// From the answers to what is done, and whether it helped.
func TestFromAnalysisToImprovement(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	first, second := b.waves(ctx, t, "")
	got, err := b.analyses().GetAnalysis(ctx, &satisfactionv1.GetAnalysisRequest{Name: first + "/analysis"})
	require.NoError(t, err)
	require.InDelta(t, 0.6*(4.5-1)*25+0.4*0.5*25, got.GetIndex()[0].GetFigure().GetScore(), 1e-6)

	_, err = b.analyses().PublishAnalysis(ctx, &satisfactionv1.PublishAnalysisRequest{Name: first + "/analysis"})
	require.NoError(t, err)
	_, err = b.analyses().PublishAnalysis(ctx, &satisfactionv1.PublishAnalysisRequest{Name: first + "/analysis"})
	requireReason(t, err, "PUBLISHED")
	require.Contains(t, string(b.Events(t, "guanxi.satisfaction.score.published.v1", 1)[0].Data), first)
	_, err = b.analyses().GetAnalysis(ctx, &satisfactionv1.GetAnalysisRequest{Name: second + "/analysis", Published: true})
	requireReason(t, err, "NOT_PUBLISHED")
	_, err = b.analyses().GetAnalysis(ctx, &satisfactionv1.GetAnalysisRequest{Name: second + "/analysis", Options: &satisfactionv1.AnalysisOptions{
		Weighting: satisfactionv1.AnalysisOptions_STATED_WEIGHT,
	}})
	requireReason(t, err, "INVALID_FIELDS")

	// Both items go with the whole; which is urgent is not the point here, but that a second look proposes nothing.
	_, err = b.improvements().ProposeImprovements(ctx, &satisfactionv1.ProposeImprovementsRequest{Survey: first})
	require.NoError(t, err)
	again, err := b.improvements().ProposeImprovements(ctx, &satisfactionv1.ProposeImprovementsRequest{Survey: first})
	require.NoError(t, err)
	require.Empty(t, again.GetImprovements())

	for item, verdict := range map[string]satisfactionv1.Improvement_Verdict{"prompt": satisfactionv1.Improvement_IMPROVED, "polite": satisfactionv1.Improvement_NOT_SHOWN} {
		made, err := b.improvements().CreateImprovement(ctx, &satisfactionv1.CreateImprovementRequest{Improvement: &satisfactionv1.Improvement{
			Survey: first, ItemCode: item, DueDate: &date.Date{Year: 2099, Month: 1, Day: 1},
		}})
		require.NoError(t, err)
		require.Equal(t, "admin", made.GetOwner())
		done, err := b.improvements().VerifyImprovement(ctx, &satisfactionv1.VerifyImprovementRequest{Name: made.GetName()})
		require.NoError(t, err)
		require.Equal(t, verdict, done.GetVerdict())
		require.Equal(t, second, done.GetVerifiedSurvey())
		_, err = b.improvements().VerifyImprovement(ctx, &satisfactionv1.VerifyImprovementRequest{Name: made.GetName()})
		requireReason(t, err, "STATE")
	}
	b.Events(t, "guanxi.satisfaction.improvement.verified.v1", 2)

	_, err = b.improvements().CreateImprovement(ctx, &satisfactionv1.CreateImprovementRequest{Improvement: &satisfactionv1.Improvement{
		Survey: second, ItemCode: "nothing", DueDate: &date.Date{Year: 2099, Month: 1, Day: 1},
	}})
	require.ErrorContains(t, err, "item_code")
	of, err := b.improvements().CreateImprovement(ctx, &satisfactionv1.CreateImprovementRequest{Improvement: &satisfactionv1.Improvement{
		Survey: second, ItemCode: "prompt", DueDate: &date.Date{Year: 2099, Month: 1, Day: 1},
	}})
	require.NoError(t, err)
	_, err = b.improvements().VerifyImprovement(ctx, &satisfactionv1.VerifyImprovementRequest{Name: of.GetName()})
	requireReason(t, err, "NO_WAVE")
	_, err = b.improvements().VerifyImprovement(ctx, &satisfactionv1.VerifyImprovementRequest{Name: of.GetName(), Survey: first})
	requireReason(t, err, "INVALID_FIELDS")
}

// The day of an improvement is announced once, and again when it was moved.
func TestDueImprovementsAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	first, _ := b.waves(ctx, t, "")
	made, err := b.improvements().CreateImprovement(ctx, &satisfactionv1.CreateImprovementRequest{Improvement: &satisfactionv1.Improvement{
		Survey: first, ItemCode: "prompt", DueDate: &date.Date{Year: 2020, Month: 1, Day: 1},
	}})
	require.NoError(t, err)
	b.AwaitJob(t, "improvements-due")
	b.Clock.Advance(48 * time.Hour)
	b.Events(t, "guanxi.satisfaction.improvement.due.v1", 1)
	ctx = b.admin(t)
	moved, err := b.improvements().UpdateImprovement(ctx, &satisfactionv1.UpdateImprovementRequest{
		Improvement: &satisfactionv1.Improvement{Name: made.GetName(), DueDate: &date.Date{Year: 2020, Month: 2, Day: 1}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"due_date"}},
	})
	require.NoError(t, err)
	require.Nil(t, moved.GetDueTime())
	b.Clock.Advance(48 * time.Hour)
	b.Events(t, "guanxi.satisfaction.improvement.due.v1", 2)
	require.Equal(t, "2", b.text(t, `select count(*)::text from outbox where subject = 'guanxi.satisfaction.improvement.due.v1'`), "once a day would be too often")
}
