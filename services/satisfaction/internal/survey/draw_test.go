package survey_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

// The same seed draws the same of the same population, another one others; each stratum gets what was planned, and nobody is drawn who does not belong to it.
func TestDrawingIsReproducible(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customers(t, 3000)
	sample := func(seed string) (*survey.Survey, string) {
		x := b.create(t, func(x *survey.Survey) {
			x.Seed, x.Plan = seed, survey.Plan{By: []survey.Dimension{survey.ByClass, survey.ByTerritory}}
		})
		seen, err := b.store.Preview(everywhere(t), x.ID)
		require.NoError(t, err)
		defer func() {
			require.Equal(t, seen.Strata, x.Strata, "what is drawn is what was shown before")
		}()
		x = b.open(everywhere(t), t, x.ID)
		require.Equal(t, survey.Open, x.State)
		return x, b.drawn(t, x.ID)
	}
	one, first := sample("a")
	_, second := sample("a")
	_, third := sample("b")
	require.Equal(t, first, second)
	require.NotEqual(t, first, third)

	require.EqualValues(t, 2700, one.PopulationSize)
	require.EqualValues(t, 337, one.SampleSize, "384.15 / (1 + 383.15 / 2700)")
	require.False(t, one.Census)
	require.Len(t, one.Strata, 6)
	require.Equal(t, "class=1,territory=cn/north", one.Strata[0].Label)
	for _, s := range one.Strata {
		require.Equal(t, int(s.Planned), b.count(t, `select count(*) from invitations i join customers c using (customer_id)
			where i.survey_id = $1 and i.stratum = $2 and c.delete_time is null and 'class=' || c.class || ',territory=' || case when c.territory = 'cn/north' then 'cn/north' else 'cn/south' end = $3`,
			one.ID, s.Number, s.Label))
	}
	require.Equal(t, 0, b.count(t, `select count(*) from survey_frame`), "nothing is left of the drawing")
	require.Equal(t, 3, b.count(t, `select count(*) from outbox where subject = 'guanxi.satisfaction.survey.opened.v1'`))
	require.Equal(t, 7, b.count(t, `select max(substring(invitation_id::text from 15 for 1)::integer) from invitations`), "ids are UUIDv7")
}

// Whom a survey is about: the population, in the territory of the survey and in the reach of who opens it.
func TestPopulation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customers(t, 60)
	b.exec(t, `update customers set role = 5 where class = 1`)
	size := func(territories string, change func(x *survey.Survey)) int64 {
		x := b.create(t, change)
		return b.open(as(t, territories), t, x.ID).PopulationSize
	}
	require.EqualValues(t, 54, size("*", func(*survey.Survey) {}))
	require.EqualValues(t, 24, size("*", func(x *survey.Survey) { x.Territory = "cn/south" }))
	require.EqualValues(t, 24, size("cn/south", func(x *survey.Survey) { x.Territory = "cn/south/shenzhen" }))
	require.EqualValues(t, 18, size("*", func(x *survey.Survey) { x.Population.Classes = []int32{2} }))
	require.EqualValues(t, 18, size("*", func(x *survey.Survey) { x.Population.Roles = []survey.Role{survey.Former} }))
	require.EqualValues(t, 36, size("*", func(x *survey.Survey) { x.Population.Roles = []survey.Role{survey.Current} }))
	require.EqualValues(t, 30, size("*", func(x *survey.Survey) { x.Population.Relations = []int32{2} }))
	whole := b.create(t, func(*survey.Survey) {})
	_, err := b.store.Start(as(t, "cn/south"), whole.ID, "")
	requireReason(t, err, "TERRITORY")
}

// A survey that cannot be opened is a draft again, says why, and can be opened once it is changed.
func TestOpeningThatFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customers(t, 9)
	x := b.create(t, func(x *survey.Survey) { x.Population.Classes = []int32{99} })
	_, err := b.store.Start(everywhere(t), x.ID, "")
	requireReason(t, err, "POPULATION_EMPTY")
	b.exec(t, `update customers set class = 99`)
	_, err = b.store.Start(everywhere(t), x.ID, "")
	require.NoError(t, err)
	b.exec(t, `update customers set class = 1`)
	require.NoError(t, b.runner.Tick(t.Context()))
	x, err = b.store.Get(everywhere(t), x.ID)
	require.NoError(t, err)
	require.Equal(t, survey.Draft, x.State, "they left before they were drawn")
	require.Equal(t, "POPULATION_EMPTY", b.text(t, `select error_reason from operations where operation_id = $1`, x.Operation.UUID))
	_, err = b.store.Change(everywhere(t), x.ID, "", func(x *survey.Survey) (bool, bool, error) {
		x.Population.Classes = nil
		return true, false, nil
	})
	require.NoError(t, err)
	x = b.open(everywhere(t), t, x.ID)
	require.Equal(t, survey.Open, x.State)
	require.True(t, x.Census, "nine are few enough to ask all")
	_, err = b.store.Start(everywhere(t), x.ID, "")
	requireReason(t, err, "STATE")
	_, err = b.store.Change(everywhere(t), x.ID, "", func(*survey.Survey) (bool, bool, error) { return true, false, nil })
	requireReason(t, err, "STATE")
	_, err = b.store.Change(everywhere(t), x.ID, "", func(x *survey.Survey) (bool, bool, error) {
		x.Wave = "1"
		return true, true, nil
	})
	require.NoError(t, err)
	_, err = b.store.Close(everywhere(t), x.ID, "")
	require.NoError(t, err)
	_, err = b.store.Change(everywhere(t), x.ID, "", func(*survey.Survey) (bool, bool, error) { return true, true, nil })
	requireReason(t, err, "STATE")
}

// A link is good for one answer, while its survey is open and within its schedule.
func TestLinks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.customers(t, 9)
	end := b.clock.Now().Add(72 * time.Hour)
	x := b.create(t, func(x *survey.Survey) { x.EndTime = &end })
	x = b.open(everywhere(t), t, x.ID)
	links, waiting, err := b.store.Issue(everywhere(t), x.ID, 100)
	require.NoError(t, err)
	require.Empty(t, links, "the gate has not been asked")
	require.EqualValues(t, 9, waiting)

	b.exec(t, `update invitations set cleared = true, ask_time = $1`, b.clock.Now().Add(time.Hour))
	south, waiting, err := b.store.Issue(as(t, "cn/south"), x.ID, 100)
	require.NoError(t, err)
	require.Len(t, south, 4)
	require.Zero(t, waiting)
	north, _, err := b.store.Issue(everywhere(t), x.ID, 2)
	require.NoError(t, err)
	require.Len(t, north, 2)
	require.Equal(t, 6, b.count(t, `select count(*) from outbox where subject = 'guanxi.satisfaction.invitation.issued.v1'`))
	require.Equal(t, 0, b.count(t, `select count(*) from outbox where position($1 in data::text) > 0`, south[0].Secret))

	i, found, err := b.store.Redeem(t.Context(), south[0].Secret)
	require.NoError(t, err)
	require.Equal(t, x.ID, found.ID)
	require.Equal(t, south[0].Customer, i.Customer)
	require.NoError(t, b.store.Opened(t.Context(), i))
	require.NoError(t, b.store.Use(t.Context(), i))
	requireReason(t, b.store.Use(t.Context(), i), survey.LinkUsed)
	for secret, reason := range map[string]string{south[0].Secret: survey.LinkUsed, "x": survey.LinkUnknown} {
		_, _, err = b.store.Redeem(t.Context(), secret)
		requireReason(t, err, reason)
	}
	_, _, err = b.store.Revoke(as(t, "cn/north"), x.ID, south[1].ID)
	requireReason(t, err, "HIDDEN")
	revoked, _, err := b.store.Revoke(everywhere(t), x.ID, south[1].ID)
	require.NoError(t, err)
	require.Equal(t, survey.Revoked, revoked.State)
	_, _, err = b.store.Redeem(t.Context(), south[1].Secret)
	requireReason(t, err, survey.LinkUnknown)
	_, _, err = b.store.Revoke(everywhere(t), x.ID, south[0].ID)
	requireReason(t, err, "STATE")
	b.clock.Advance(72 * time.Hour)
	_, _, err = b.store.Redeem(t.Context(), south[2].Secret)
	requireReason(t, err, survey.LinkExpired)
	_, err = b.store.Close(everywhere(t), x.ID, "")
	require.NoError(t, err)
	_, _, err = b.store.Redeem(t.Context(), south[2].Secret)
	requireReason(t, err, survey.SurveyClosed)
}
