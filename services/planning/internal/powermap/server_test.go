package powermap_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	changed = "guanxi.planning.power_map.changed.v1"
	won     = "guanxi.planning.sponsor.won.v1"
	lost    = "guanxi.planning.sponsor.lost.v1"

	sponsor   = planningv1.PowerClaim_SPONSOR
	supporter = planningv1.PowerClaim_SUPPORTER
)

func TestAMapIsReplacedAndKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 3)
	require.Zero(t, b.get(t).GetVersion())
	first := b.put(t, decider(p[0], b.evidence(3, "li", "wang")), knows("subjects/li", p[1], 0.5, b.evidence(0, "li")))
	require.Equal(t, []any{int32(1), "li", 2}, []any{first.GetVersion(), first.GetAuthor(), len(first.GetClaims())})
	require.True(t, proto.Equal(first, b.get(t)))
	role := first.GetClaims()[0]
	require.True(t, role.GetConfirmed() && role.GetMatters() && !role.GetStale())
	require.Equal(t, int32(2), role.GetObservers())
	require.Equal(t, time.Date(2026, 12, 29, 0, 0, 0, 0, time.UTC), mustDay(t, role), "361 days after the last observation")

	// The same map once more is no version; another one keeps the ids of what stays.
	require.Equal(t, int32(1), b.put(t, first.GetClaims()...).GetVersion())
	b.Clock.Advance(24 * time.Hour)
	second := b.put(t, role, attitudeOf(p[2], sponsor, b.evidence(0, "li")))
	require.Equal(t, int32(2), second.GetVersion())
	require.Equal(t, role.GetId(), second.GetClaims()[0].GetId())

	then, err := b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name, AsOf: "2026-01-05"})
	require.NoError(t, err)
	require.Equal(t, int32(1), then.GetVersion())
	require.True(t, proto.Equal(&planningv1.PowerMap{Claims: first.GetClaims()}, &planningv1.PowerMap{Claims: then.GetClaims()}))
	byNumber, err := b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name, Version: 1})
	require.NoError(t, err)
	require.Len(t, byNumber.GetClaims(), 2)
	before, err := b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name, AsOf: "2026-01-04"})
	require.NoError(t, err)
	require.Empty(t, before.GetClaims())

	_, err = b.maps.ReplacePowerMap(b.manager(t), &planningv1.ReplacePowerMapRequest{PowerMap: &planningv1.PowerMap{Name: b.name, Etag: first.GetEtag()}})
	refused(t, err, codes.Aborted, "ETAG_MISMATCH")
	require.Equal(t, []string{changed, changed}, b.told(t, 0))
}

func mustDay(t *testing.T, c *planningv1.PowerClaim) time.Time {
	t.Helper()
	day, ok := civil.Day(c.GetStaleDate())
	require.True(t, ok)
	return day
}

func TestProjectsHaveMapsOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 1)
	b.put(t, decider(p[0], b.evidence(0, "li")))
	for _, project := range []string{"二期", "一期"} {
		_, err := b.maps.ObservePowerMap(b.manager(t), &planningv1.ObservePowerMapRequest{
			Name: b.name, Project: project, Observations: []*planningv1.PowerClaim{attitudeOf(p[0], supporter, b.evidence(0, "li"))},
		})
		require.NoError(t, err)
	}
	m, err := b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name, Project: "一期"})
	require.NoError(t, err)
	require.Equal(t, planningv1.PowerClaim_ATTITUDE, m.GetClaims()[0].GetKind())
	require.ElementsMatch(t, []string{"一期", "二期"}, m.GetProjects())
	require.Equal(t, planningv1.PowerClaim_ROLE, b.get(t).GetClaims()[0].GetKind())
}

func TestObservationsAreConfirmedByASecondObserver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 1)
	observe := func(observer string) *planningv1.ObservePowerMapResponse {
		r, err := b.maps.ObservePowerMap(b.manager(t), &planningv1.ObservePowerMapRequest{
			Name: b.name, Observations: []*planningv1.PowerClaim{attitudeOf(p[0], sponsor, b.evidence(0, observer))},
		})
		require.NoError(t, err)
		return r
	}
	require.False(t, observe("").GetClaims()[0].GetConfirmed())
	a := b.analyze(t, "")
	require.False(t, a.GetConfirmed().GetSponsor().GetPresent())
	require.True(t, a.GetClaimed().GetSponsor().GetPresent())
	require.Equal(t, "Nobody sponsors us. No sponsor, no sale.", a.GetConfirmed().GetSponsor().GetTextEn())
	require.Equal(t, []string{a.GetClaims()[0].GetId()}, a.GetUnconfirmedClaims())
	require.Equal(t, "li", a.GetClaims()[0].GetEvidence()[0].GetObserver(), "the caller")

	require.Equal(t, int32(1), observe("li").GetVersion(), "the same again is nothing new")
	r := observe("wang")
	require.True(t, r.GetClaims()[0].GetConfirmed())
	require.Equal(t, "li", r.GetClaims()[0].GetEvidence()[1].GetRecorder())
	a = b.analyze(t, "2026-01-04")
	require.True(t, a.GetConfirmed().GetSponsor().GetPresent())
	require.Equal(t, p[0], a.GetConfirmed().GetSponsor().GetSponsors()[0].GetPerson())
	require.Equal(t, []planningv1.PowerChange_Kind{planningv1.PowerChange_SPONSOR_WON, planningv1.PowerChange_SUPPORTER_WON}, kinds(a))
	require.Equal(t, []string{changed, changed, won}, b.told(t, 0))

	_, err := b.maps.ObservePowerMap(b.manager(t), &planningv1.ObservePowerMapRequest{
		Name: b.name, Etag: r.GetEtag(), Retractions: []*planningv1.PowerClaim{attitudeOf(p[0], sponsor, nil)},
	})
	require.NoError(t, err)
	require.Equal(t, []string{changed, lost}, b.told(t, 3))
	require.Empty(t, b.get(t).GetClaims())
}

// Whoever observes at the same time, nothing is lost.
func TestObservationsAtOnceAreAllKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 8)
	var group errgroup.Group
	for n, who := range p {
		request := &planningv1.ObservePowerMapRequest{Name: b.name, Observations: []*planningv1.PowerClaim{
			attitudeOf(who, supporter, b.evidence(n, "li")), attitudeOf(p[0], sponsor, b.evidence(n, "li")),
		}}
		ctx := b.manager(t)
		group.Go(func() error {
			_, err := b.maps.ObservePowerMap(ctx, request)
			return err
		})
	}
	require.NoError(t, group.Wait())
	m := b.get(t)
	require.Equal(t, int32(8), m.GetVersion())
	require.Len(t, m.GetClaims(), 9)
	require.Len(t, m.GetClaims()[slices.IndexFunc(m.GetClaims(), func(c *planningv1.PowerClaim) bool { return c.GetAttitude() == sponsor })].GetEvidence(), 8)
}

func kinds(a *planningv1.PowerMapAnalysis) []planningv1.PowerChange_Kind {
	var out []planningv1.PowerChange_Kind
	for _, c := range a.GetChanges() {
		out = append(out, c.GetKind())
	}
	return out
}

// The route of a hand-made map: li knows the clerk well, who knows the chief; wang knows the chief hardly, and long ago.
func TestTheBestChainIsExplained(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 2)
	chief, clerk := p[0], p[1]
	b.put(t,
		decider(chief, b.evidence(0, "li", "wang")), knows("subjects/li", clerk, 0.9, b.evidence(0, "li")), knows(clerk, chief, 0.5, b.evidence(180, "li")),
		knows("subjects/wang", chief, 0.5, b.evidence(360, "wang")),
	)
	a := b.analyze(t, "")
	d := a.GetConfirmed().GetDeciders()[0]
	require.True(t, d.GetCovered())
	require.Len(t, d.GetCoveredBy(), 1, "by wang, who knows him")
	require.InDelta(t, 0.9*0.5*0.5, d.GetChain().GetStrength(), 1e-12)
	var way []string
	for _, s := range d.GetChain().GetSteps() {
		way = append(way, s.GetFrom(), s.GetTo())
	}
	require.Equal(t, []string{"subjects/li", clerk, clerk, chief}, way)
	require.Equal(t, "Closeness 0.50, last observed on 2025-07-09, which counts 0.50.", d.GetChain().GetSteps()[1].GetTextEn())
	require.Equal(t, "由我方人员经 2 步到达；各步亲疏与新鲜度之积为 0.225。", d.GetChain().GetTextZh())
	require.Len(t, a.GetClaims(), 4)

	b.Clock.Advance(24 * time.Hour) // wang's acquaintance is a year old
	a = b.analyze(t, "2026-01-05")
	require.Equal(t, []string{chief}, a.GetConfirmed().GetCoverage().GetUncovered())
	require.Equal(t, []planningv1.PowerChange_Kind{planningv1.PowerChange_DECIDER_UNCOVERED, planningv1.PowerChange_CLAIM_STALE}, kinds(a))
	require.Len(t, a.GetStaleClaims(), 1)
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 1)
	stranger := b.name[:len(b.name)-len("powerMap")] + "people/" + uuid.Must(uuid.NewV7()).String()
	elsewhere := strings.Replace(p[0], b.customer.String(), uuid.Must(uuid.NewV7()).String(), 1)
	put := func(claims ...*planningv1.PowerClaim) error {
		_, err := b.maps.ReplacePowerMap(b.manager(t), &planningv1.ReplacePowerMapRequest{PowerMap: &planningv1.PowerMap{Name: b.name, Claims: claims}})
		return err
	}
	refused(t, put(decider(p[0], b.evidence(0, "li")), knows(stranger, "subjects/li", 1, b.evidence(0, "li"))), codes.InvalidArgument, "INVALID_FIELDS",
		"power_map.claims[1].person PERSON_UNKNOWN")
	refused(t, put(decider(elsewhere, b.evidence(0, "li")), decider(p[0], b.evidence(-1, "li")), decider(p[0], nil)), codes.InvalidArgument, "INVALID_FIELDS",
		"power_map.claims[0].person NODE", "power_map.claims[1].evidence[0].date FUTURE", "power_map.claims[2].evidence REQUIRED")
	refused(t, put(decider(p[0], b.evidence(0, "li")), decider(p[0], b.evidence(0, "li"))), codes.InvalidArgument, "INVALID_FIELDS", "power_map.claims[1] UNIQUE")
	_, err := b.maps.ObservePowerMap(b.manager(t), &planningv1.ObservePowerMapRequest{Name: b.name, Retractions: []*planningv1.PowerClaim{decider(p[0], nil)}})
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "retractions[0] CLAIM_UNKNOWN")
	_, err = b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name, Version: 1})
	refused(t, err, codes.NotFound, "VERSION_UNKNOWN")
	_, err = b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name, Version: 1, AsOf: "2026-01-01"})
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "version ONE_OF")
	for since, rule := range map[string]string{"2026-01-06": "since FUTURE", "2026-02-30": "since DATE"} {
		_, err = b.maps.AnalyzePowerMap(b.manager(t), &planningv1.AnalyzePowerMapRequest{Name: b.name, Since: since})
		refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", rule)
	}
	_, err = b.maps.GetPowerMap(b.As(t, typev1.Level_BASIC), &planningv1.GetPowerMapRequest{Name: b.name})
	require.Equal(t, codes.PermissionDenied, fault.From(err).Code())
	_, err = b.maps.ReplacePowerMap(b.As(t, typev1.Level_EXECUTIVE, "cn/north"), &planningv1.ReplacePowerMapRequest{PowerMap: &planningv1.PowerMap{
		Name: b.name, Claims: []*planningv1.PowerClaim{decider(stranger, nil)},
	}})
	refused(t, err, codes.PermissionDenied, "HIDDEN")
	b.exec(t, `update customers set delete_time = now()`)
	refused(t, put(), codes.FailedPrecondition, "DELETED")
	require.Empty(t, b.told(t, 0))
}
