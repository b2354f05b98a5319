package planning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Of maps and coaches nobody learns anything below the level, outside of the territory, or from events.
func TestPowerMapsAreSecret(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.preparePowerMap(s.admin(t), t)
	secrets := []string{"secret-observer", "secret-witness", "secret-source", "secret-evidence", "secret-coach"}
	x := &servicetest.Matrix{Service: s.Service, Secrets: map[typev1.Level][]string{manager: append(secrets, s.senior)}}
	maps, coaches := planningv1.NewPowerMapServiceClient(s.Conn), planningv1.NewCoachServiceClient(s.Conn)
	all := powerMapRequests(s)
	require.Len(t, all, 10)
	for _, caller := range []struct {
		level     typev1.Level
		territory string
	}{{basic, "cn/south"}, {manager, "cn/north"}, {executive, "eu"}} {
		ctx := s.As(t, caller.level, caller.territory)
		for method, request := range all {
			err := s.Conn.Invoke(ctx, "/guanxi.planning.v1."+method, request, &planningv1.Coach{})
			require.Equal(t, codes.PermissionDenied, status.Code(err), "%s: %v", method, err)
			x.RequireWithin(t, method, err.Error(), basic)
		}
	}
	m, err := maps.GetPowerMap(s.As(t, manager, "cn/south"), &planningv1.GetPowerMapRequest{Name: s.customer + "/powerMap"})
	require.NoError(t, err)
	c, err := coaches.GetCoach(s.As(t, manager, "cn/south"), &planningv1.GetCoachRequest{Name: s.names["coach"]})
	require.NoError(t, err)
	seen := protojson.Format(m) + protojson.Format(c)
	for _, secret := range append(secrets, s.senior) {
		require.Contains(t, seen, secret, "it is there, or this test proves nothing")
	}
	for _, e := range append(s.Events(t, "guanxi.planning.power_map.*.v1", 1), append(s.Events(t, "guanxi.planning.sponsor.won.v1", 1), s.Events(t, "guanxi.planning.coach.*.v1", 1)...)...) {
		x.RequireWithin(t, e.Subject, string(e.Data), basic)
	}
}

// A person whom profile removes is followed: he is gone from all versions and from the coaches, and the sponsor that he was is lost.
func TestARemovedPersonIsGoneFromMaps(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.preparePowerMap(s.admin(t), t)
	_, err := s.people.DeletePerson(s.admin(t), &profilev1.DeletePersonRequest{Name: s.senior})
	require.NoError(t, err)
	s.fetched(t)
	m, err := planningv1.NewPowerMapServiceClient(s.Conn).GetPowerMap(s.admin(t), &planningv1.GetPowerMapRequest{Name: s.customer + "/powerMap", Version: 1})
	require.NoError(t, err)
	require.Empty(t, m.GetClaims())
	coaches, err := planningv1.NewCoachServiceClient(s.Conn).ListCoaches(s.admin(t), &planningv1.ListCoachesRequest{Parent: s.customer})
	require.NoError(t, err)
	require.Empty(t, coaches.GetCoaches())
	require.Equal(t, "person_removed", lostCause(t, s.Events(t, "guanxi.planning.sponsor.lost.v1", 1)[0]))
}

func lostCause(t *testing.T, m events.Message) string {
	t.Helper()
	var data planningv1.SponsorLost
	require.NoError(t, protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(m.Data, &data))
	return data.GetCause()
}

// A sponsor who is not observed for a year is lost without anybody doing anything.
func TestTheDailyJobLosesSponsors(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.preparePowerMap(s.admin(t), t)
	s.AwaitJob(t, "weigh-power-maps")
	s.Clock.Advance(361 * 24 * time.Hour)
	require.Equal(t, "decay", lostCause(t, s.Events(t, "guanxi.planning.sponsor.lost.v1", 1)[0]))
}
