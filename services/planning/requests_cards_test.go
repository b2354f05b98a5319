package planning_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/civil"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// prepareCards makes a card of its own owner, whom the matrix never calls as, and an evaluation.
func (s *scene) prepareCards(ctx context.Context, t *testing.T) {
	t.Helper()
	card, err := planningv1.NewCardServiceClient(s.Conn).CreateCard(s.as(t, "card-owner"), &planningv1.CreateCardRequest{Parent: s.customer, Card: cardOf(s.bundle, s.person)})
	require.NoError(t, err)
	evaluation, err := planningv1.NewEvaluationServiceClient(s.Conn).CreateEvaluation(ctx, &planningv1.CreateEvaluationRequest{
		Parent: s.customer, Evaluation: &planningv1.Evaluation{
			Kind: planningv1.RelationshipKind_KEY_PERSON, Person: s.person, Phase: planningv1.Evaluation_ACTUAL, Scores: keyPersonScores(2),
			Ladder: planningv1.Ladder_SUPPORT, LadderEvidence: "secret-evidence",
		},
	})
	require.NoError(t, err)
	s.names["card"], s.names["evaluation"] = card.GetName(), evaluation.GetName()
}

func cardRequests(s *scene) map[string]proto.Message {
	return map[string]proto.Message{
		"CardService/CreateCard": &planningv1.CreateCardRequest{Parent: s.customer, Card: cardOf(s.bundle, s.person)},
		"CardService/GetCard":    &planningv1.GetCardRequest{Name: s.names["card"]},
		"CardService/ListCards":  &planningv1.ListCardsRequest{Parent: s.customer},
		"CardService/UpdateCard": &planningv1.UpdateCardRequest{Card: &planningv1.Card{Name: s.names["card"], Commitments: []*planningv1.Commitment{{
			Id: "x", Goal: "x", Measure: "x", DueDate: civil.Date(s.Clock.Now()),
		}}}},
		"CardService/ReviewCard":                       &planningv1.ReviewCardRequest{Name: s.names["card"], Summary: "x"},
		"CardService/CloseCard":                        &planningv1.CloseCardRequest{Name: s.names["card"]},
		"EvaluationService/GetEvaluation":              &planningv1.GetEvaluationRequest{Name: s.names["evaluation"]},
		"EvaluationService/ListEvaluations":            &planningv1.ListEvaluationsRequest{Parent: s.customer},
		"EvaluationService/ListRelationships":          &planningv1.ListRelationshipsRequest{Parent: s.customer},
		"PlanningSettingsService/GetSettings":          &planningv1.GetSettingsRequest{Name: "planningSettings"},
		"PlanningSettingsService/UpdateSettings":       &planningv1.UpdateSettingsRequest{Settings: &planningv1.Settings{Name: "planningSettings", CurrencyCode: "EUR"}},
		"PlanningSettingsService/ListSettingsVersions": &planningv1.ListSettingsVersionsRequest{Parent: "planningSettings"},
		"EvaluationService/CreateEvaluation": &planningv1.CreateEvaluationRequest{Parent: s.customer, Evaluation: &planningv1.Evaluation{
			Kind: planningv1.RelationshipKind_KEY_PERSON, Person: s.person, Phase: planningv1.Evaluation_TARGET, Scores: keyPersonScores(3),
		}},
	}
}
