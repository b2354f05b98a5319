package planning_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// prepareLiaisons has somebody face the ordinary person, and somebody the senior one.
func (s *scene) prepareLiaisons(ctx context.Context, t *testing.T) {
	t.Helper()
	liaisons := planningv1.NewLiaisonServiceClient(s.Conn)
	for name, l := range map[string]*planningv1.Liaison{
		"liaison":       {Department: "open-department", Rank: planningv1.RankLevel_MIDDLE, Person: s.person, Colleague: "open-colleague", Note: "open-note"},
		"seniorLiaison": {Department: "Board", Rank: planningv1.RankLevel_TOP, Person: s.senior, Colleague: "secret-colleague", Note: "secret-note"},
	} {
		made, err := liaisons.CreateLiaison(ctx, &planningv1.CreateLiaisonRequest{Parent: s.customer, Liaison: l})
		require.NoError(t, err)
		s.names[name] = made.GetName()
	}
}

// liaisonRequests are one of every RPC about who faces whom, and the playbook. Those that change carry an etag that nothing has, so that the scene stays as it is.
func liaisonRequests(s *scene) map[string]proto.Message {
	return map[string]proto.Message{
		"LiaisonService/CreateLiaison": &planningv1.CreateLiaisonRequest{Parent: s.customer, Liaison: &planningv1.Liaison{
			Department: "x", Rank: planningv1.RankLevel_WORKING, Colleague: "x",
		}},
		"LiaisonService/ListLiaisons":               &planningv1.ListLiaisonsRequest{Parent: s.customer},
		"LiaisonService/UpdateLiaison":              &planningv1.UpdateLiaisonRequest{Liaison: &planningv1.Liaison{Name: s.names["seniorLiaison"], Note: "x", Etag: "stale"}},
		"LiaisonService/DeleteLiaison":              &planningv1.DeleteLiaisonRequest{Name: s.names["liaison"]},
		"PlaybookService/GetPlaybook":               &planningv1.GetPlaybookRequest{Name: "extensivePlaybook"},
		"PlaybookService/ListPlaybookVersions":      &planningv1.ListPlaybookVersionsRequest{Parent: "extensivePlaybook"},
		"PlaybookService/UpdatePlaybook":            &planningv1.UpdatePlaybookRequest{Playbook: &planningv1.Playbook{Name: "extensivePlaybook", Etag: "stale"}},
		"PlaybookService/GetExtensiveRelationships": &planningv1.GetExtensiveRelationshipsRequest{Name: s.customer + "/extensiveRelationships"},
	}
}
