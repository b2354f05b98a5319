package planning_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// preparePowerMap draws a map of which nothing but its name and project is for everybody, and names a coach.
func (s *scene) preparePowerMap(ctx context.Context, t *testing.T) {
	t.Helper()
	seen := []*planningv1.PowerEvidence{
		{Observer: "secret-observer", Source: "secret-source", Note: "secret-evidence"}, {Observer: "secret-witness", Source: "secret-source"},
	}
	_, err := planningv1.NewPowerMapServiceClient(s.Conn).ReplacePowerMap(ctx, &planningv1.ReplacePowerMapRequest{PowerMap: &planningv1.PowerMap{
		Name: s.customer + "/powerMap", Claims: []*planningv1.PowerClaim{
			{Kind: planningv1.PowerClaim_ROLE, Person: s.senior, Role: planningv1.PowerClaim_DECISION_MAKER, Evidence: seen},
			{Kind: planningv1.PowerClaim_ATTITUDE, Person: s.senior, Attitude: planningv1.PowerClaim_SPONSOR, Evidence: seen},
			{Kind: planningv1.PowerClaim_ACQUAINTANCE, Person: s.person, Other: s.senior, Weight: 0.5, Evidence: seen},
		},
	}})
	require.NoError(t, err)
	c, err := planningv1.NewCoachServiceClient(s.Conn).CreateCoach(ctx, &planningv1.CreateCoachRequest{Parent: s.customer, Coach: &planningv1.Coach{
		Person: s.senior, Note: "secret-coach", Observations: []*planningv1.CoachObservation{
			{Criterion: planningv1.CoachCriterion_AVAILABLE, Holds: true, Observer: "secret-observer", Note: "secret-evidence"},
		},
	}})
	require.NoError(t, err)
	s.names["coach"] = c.GetName()
}

// powerMapRequests are one of every RPC. Those that write carry an etag that nothing has, so that the scene stays as it is.
func powerMapRequests(s *scene) map[string]proto.Message {
	name := s.customer + "/powerMap"
	return map[string]proto.Message{
		"PowerMapService/GetPowerMap":     &planningv1.GetPowerMapRequest{Name: name},
		"PowerMapService/ReplacePowerMap": &planningv1.ReplacePowerMapRequest{PowerMap: &planningv1.PowerMap{Name: name, Etag: "stale"}},
		"PowerMapService/ObservePowerMap": &planningv1.ObservePowerMapRequest{Name: name, Etag: "stale"},
		"PowerMapService/AnalyzePowerMap": &planningv1.AnalyzePowerMapRequest{Name: name, Since: "2026-01-01"},
		"CoachService/CreateCoach":        &planningv1.CreateCoachRequest{Parent: s.customer, Coach: &planningv1.Coach{Person: s.person}},
		"CoachService/GetCoach":           &planningv1.GetCoachRequest{Name: s.names["coach"]},
		"CoachService/ListCoaches":        &planningv1.ListCoachesRequest{Parent: s.customer},
		"CoachService/ObserveCoach": &planningv1.ObserveCoachRequest{
			Name: s.names["coach"], Etag: "stale", Observations: []*planningv1.CoachObservation{{Criterion: planningv1.CoachCriterion_AVAILABLE}},
		},
		"CoachService/RetireCoach":      &planningv1.RetireCoachRequest{Name: s.names["coach"], Etag: "stale"},
		"CoachService/GetCoachStrength": &planningv1.GetCoachStrengthRequest{Parent: s.customer},
	}
}
