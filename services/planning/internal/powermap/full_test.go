package powermap_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/service"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// A map of as many people as one may hold is written in parts, each below the largest message, and read back below what clients take by default.
func TestAFullMapIsWrittenInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 2000)
	var claims []*planningv1.PowerClaim
	for i, who := range p {
		claims = append(claims, decider(who, b.evidence(1, "li", "wang")), attitudeOf(who, supporter, b.evidence(1, "li", "wang")),
			knows(who, p[(i+7)%len(p)], 0.5, b.evidence(1, "li", "wang")), knows(who, p[(i+13)%len(p)], 0.5, b.evidence(1, "li", "wang")))
	}
	for part := range 8 {
		r := &planningv1.ObservePowerMapRequest{Name: b.name, Observations: claims[part*1000 : (part+1)*1000]}
		require.Less(t, proto.Size(r), service.MaxMessage)
		encoded, err := protojson.Marshal(r)
		require.NoError(t, err)
		require.Less(t, len(encoded), service.MaxMessage)
		t.Logf("%d observations take %d bytes in gRPC, %d in JSON", len(r.GetObservations()), proto.Size(r), len(encoded))
		_, err = b.maps.ObservePowerMap(b.manager(t), r)
		require.NoError(t, err)
	}
	m := b.get(t)
	require.Len(t, m.GetClaims(), 8000)
	t.Logf("a map of %d claims and %d pieces of evidence takes %d bytes", len(m.GetClaims()), 2*len(m.GetClaims()), proto.Size(m))
	a, err := b.maps.AnalyzePowerMap(b.manager(t), &planningv1.AnalyzePowerMapRequest{Name: b.name, Since: "2026-01-05"}, grpc.MaxCallRecvMsgSize(16<<20))
	require.NoError(t, err)
	require.Len(t, a.GetConfirmed().GetDeciders(), 2000)
	t.Logf("its analysis takes %d bytes", proto.Size(a))
	_, err = b.maps.ObservePowerMap(b.manager(t), &planningv1.ObservePowerMapRequest{Name: b.name, Observations: []*planningv1.PowerClaim{
		{Kind: planningv1.PowerClaim_RISING_STAR, Person: p[0], Evidence: b.evidence(0, "li")},
	}})
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "observations LIMIT", "observations LIMIT")
}
