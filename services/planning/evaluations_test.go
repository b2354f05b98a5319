package planning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/civil"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func keyPersonScores(score int32) (out []*planningv1.CriterionScore) {
	for _, c := range []string{"acceptance", "participation", "information", "guidance", "project_support", "competition"} {
		out = append(out, &planningv1.CriterionScore{Criterion: c, Score: score, Evidence: "secret-behaviour"})
	}
	return out
}

// Baseline, target and actual meet in one line, with gap and trend; the ladder is another scale; what has changed is announced once.
func TestEvaluationsMakeARelationship(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	person := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "p"})
	evaluations := planningv1.NewEvaluationServiceClient(b.Conn)
	say := func(phase planningv1.Evaluation_Phase, score int32, daysAgo int, ladder planningv1.Ladder) *planningv1.Evaluation {
		e := &planningv1.Evaluation{
			Kind: planningv1.RelationshipKind_KEY_PERSON, Person: person, Phase: phase, Scores: keyPersonScores(score), Ladder: ladder, FiscalYear: 2026,
			EvaluationDate: civil.Date(b.Clock.Now().Truncate(24*time.Hour).AddDate(0, 0, -daysAgo)),
		}
		if ladder != 0 {
			e.LadderEvidence = "secret-evidence"
		}
		made, err := evaluations.CreateEvaluation(ctx, &planningv1.CreateEvaluationRequest{Parent: customer, Evaluation: e})
		require.NoError(t, err)
		return made
	}
	say(planningv1.Evaluation_BASELINE, 0, 30, 0)
	say(planningv1.Evaluation_TARGET, 3, 30, 0)
	first := say(planningv1.Evaluation_ACTUAL, 1, 20, planningv1.Ladder_SUPPORT)
	last := say(planningv1.Evaluation_ACTUAL, 2, 10, planningv1.Ladder_COACHING)
	say(planningv1.Evaluation_ACTUAL, -1, 15, planningv1.Ladder_NOT_ACCEPTING) // told late: it is of a day before

	list, err := evaluations.ListRelationships(ctx, &planningv1.ListRelationshipsRequest{Parent: "customers/-", FiscalYear: 2026, Filter: `owner = "li" AND gap > 0`})
	require.NoError(t, err)
	require.Len(t, list.GetRelationships(), 1)
	r := list.GetRelationships()[0]
	require.Equal(t, planningv1.EvaluationLevel_LEVEL_NEUTRAL, r.GetBaseline())
	require.Equal(t, planningv1.EvaluationLevel_LEVEL_EXCLUSIVE_SUPPORT, r.GetTarget())
	require.Equal(t, planningv1.EvaluationLevel_LEVEL_GOOD_BUSINESS_TIE, r.GetActual())
	require.EqualValues(t, 1, r.GetGap())
	require.Equal(t, planningv1.Relationship_RISING, r.GetTrend())
	require.Equal(t, planningv1.Ladder_COACHING, r.GetLadder(), "the rung of a day before does not take its place")

	for i, want := range []*planningv1.Evaluation{first, last} {
		var said planningv1.RelationshipLevelChanged
		require.NoError(t, b.Events(t, "guanxi.planning.relationship_level.changed.v1", 2)[i].Decode(&said))
		require.Equal(t, want.GetName(), said.GetEvaluation())
		require.Equal(t, want.GetLevel(), said.GetKeyPersonLevel())
	}

	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: person})
	require.NoError(t, err)
	b.fetched(t)
	all, err := evaluations.ListEvaluations(ctx, &planningv1.ListEvaluationsRequest{Parent: customer})
	require.NoError(t, err)
	require.Empty(t, all.GetEvaluations(), "gone with the person")
}
