package powermap_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const aDay = 24 * time.Hour

func (b *bench) weigh(t *testing.T) {
	t.Helper()
	require.NoError(t, b.store.Weigh(t.Context()))
}

// A sponsor who is not observed any more is lost on the day on which the second of two observations goes stale, and that is told once.
func TestASponsorIsLostByDecayAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 1)
	b.put(t, attitudeOf(p[0], sponsor, append(b.evidence(0, "li"), b.evidence(100, "wang")...)))
	require.Equal(t, []string{changed, won}, b.told(t, 0))
	b.Clock.Advance(260 * aDay) // wang's observation is 360 days old
	b.weigh(t)
	require.Empty(t, b.told(t, 2))
	require.True(t, b.analyze(t, "").GetConfirmed().GetSponsor().GetPresent())

	b.Clock.Advance(aDay)
	require.False(t, b.analyze(t, "").GetConfirmed().GetSponsor().GetPresent())
	for range 3 {
		b.weigh(t)
		require.Equal(t, []string{lost}, b.told(t, 2))
	}
	var data string
	require.NoError(t, b.DB.Get(t.Context(), &data, `select data from outbox order by version desc limit 1`))
	require.JSONEq(t, `{"powerMap": "`+b.name+`", "date": {"year": 2026, "month": 9, "day": 23}, "cause": "decay"}`, data)
	require.Equal(t, []planningv1.PowerChange_Kind{planningv1.PowerChange_SPONSOR_LOST, planningv1.PowerChange_SUPPORTER_LOST}, kinds(b.analyze(t, "2026-09-22")))
	require.Equal(t, int32(1), b.get(t).GetVersion())

	b.Clock.Advance(200 * aDay) // now li's is stale, too, and nothing is left to decay
	b.weigh(t)
	var left int
	require.NoError(t, b.DB.Get(t.Context(), &left, `select count(*) from power_maps where stale_day is not null`))
	require.Zero(t, left)
	b.put(t, attitudeOf(p[0], sponsor, b.evidence(0, "li", "wang")))
	require.Equal(t, []string{changed, won}, b.told(t, 3))
}

// Many maps are weighed in several transactions, those of deleted customers not at all.
func TestAllMapsAreWeighed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 1)
	for n := range 45 {
		_, err := b.maps.ReplacePowerMap(b.manager(t), &planningv1.ReplacePowerMapRequest{PowerMap: &planningv1.PowerMap{
			Name: b.name, Project: string(rune('A' + n)), Claims: []*planningv1.PowerClaim{attitudeOf(p[0], sponsor, b.evidence(0, "li", "wang"))},
		}})
		require.NoError(t, err)
	}
	b.Clock.Advance(361 * aDay)
	b.exec(t, `update customers set delete_time = now()`)
	b.weigh(t)
	require.Empty(t, b.told(t, 90))
	b.exec(t, `update customers set delete_time = null`)
	b.weigh(t)
	require.Len(t, b.told(t, 90), 45)
}

// New settings weigh all maps anew.
func TestSettingsTurnTheAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 1)
	b.put(t, attitudeOf(p[0], sponsor, b.evidence(100, "li", "wang")))
	ctx := b.AsPrincipal(t, auth.Principal{Subject: "root", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true})
	s, err := b.settings.GetSettings(ctx, &planningv1.GetSettingsRequest{Name: "planningSettings"})
	require.NoError(t, err)
	s.EvidenceRules.HalfLifeDays = 30
	_, err = b.settings.UpdateSettings(ctx, &planningv1.UpdateSettingsRequest{Settings: s})
	require.NoError(t, err)
	known := len(b.told(t, 0))
	b.weigh(t)
	b.weigh(t)
	var causes []string
	require.NoError(t, b.DB.Select(t.Context(), &causes, `select data::jsonb ->> 'cause' from outbox where subject = $1`, lost))
	require.Equal(t, []string{"settings"}, causes)
	require.Len(t, b.told(t, 0), known+1)
}

// A person whom profile has removed is in no version, and who was the sponsor is lost.
func TestAPersonIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.people(t, 3)
	b.put(t, attitudeOf(p[0], sponsor, b.evidence(0, "li", "wang")), knows(p[0], p[1], 1, b.evidence(0, "li")), knows(p[1], p[2], 1, b.evidence(0, "li")))
	b.put(t, attitudeOf(p[0], sponsor, b.evidence(0, "li", "wang")), knows(p[1], p[2], 1, b.evidence(0, "li")))
	tag := b.get(t).GetEtag()
	for range 2 {
		require.NoError(t, b.store.Forget(t.Context(), b.customer, personID(t, p[0])))
	}
	require.Equal(t, []string{changed, won, changed, lost}, b.told(t, 0))
	for version, left := range map[int32]int{1: 1, 2: 1} {
		m, err := b.maps.GetPowerMap(b.manager(t), &planningv1.GetPowerMapRequest{Name: b.name, Version: version})
		require.NoError(t, err)
		require.Len(t, m.GetClaims(), left)
		require.NotContains(t, m.String(), p[0])
	}
	require.NotEqual(t, tag, b.get(t).GetEtag(), "who read him on the map cannot write him back unawares")
	var rows int
	require.NoError(t, b.DB.Get(t.Context(), &rows, `select count(*) from power_claims where $1 in (person_id, other_person_id)`, personID(t, p[0])))
	require.Zero(t, rows)
}
