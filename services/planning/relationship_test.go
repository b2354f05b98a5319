package planning_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// How key persons stand by us is what segmentation grades the relationship by: the lower median of them, as an event tells it.
func TestTheRelationshipReachesTheGrade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	evaluations := planningv1.NewEvaluationServiceClient(b.Conn)
	for _, score := range []int32{3, 1} {
		person := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "p"})
		_, err := evaluations.CreateEvaluation(ctx, &planningv1.CreateEvaluationRequest{Parent: customer, Evaluation: &planningv1.Evaluation{
			Kind: planningv1.RelationshipKind_KEY_PERSON, Person: person, Phase: planningv1.Evaluation_ACTUAL, Scores: keyPersonScores(score),
		}})
		require.NoError(t, err)
		b.Settle(t)
	}
	before := b.All()[1]
	signals := segmentationv1.NewSignalServiceClient(before.Conn)
	var values []float64
	require.Eventually(t, func() bool {
		list, err := signals.ListSignals(ctx, &segmentationv1.ListSignalsRequest{Parent: customer, Filter: "kind = RELATIONSHIP"})
		values = nil
		for _, s := range list.GetSignals() {
			values = append(values, s.GetValue())
		}
		return err == nil && len(values) == 2
	}, testkit.Patience, tick)
	require.ElementsMatch(t, []float64{3, 1}, values)

	require.Eventually(t, func() bool {
		grade, err := segmentationv1.NewGradeServiceClient(before.Conn).GetGrade(ctx, &segmentationv1.GetGradeRequest{Name: customer + "/grade"})
		return err == nil && grade.GetCause() == "signal" && strings.HasPrefix(grade.GetReference(), customer+"/evaluations/")
	}, testkit.Patience, tick)
}
