package analysis_test

import (
	"math"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// answers are n responses that all say the same.
func answers(n int, stratum int16, class int, territory string, grade int32) []given {
	var out []given
	for i := range n {
		other := grade - int32(i%2)
		out = append(out, given{stratum: stratum, class: class, territory: territory, scores: []*int32{&grade, &other, &grade, &grade, &grade, &other, &grade}, recommendation: &grade})
	}
	return out
}

func shown(a *satisfactionv1.Analysis) map[string]int64 {
	out := map[string]int64{}
	for _, s := range a.GetSegments() {
		if out[s.GetKey()] = s.GetResponses(); s.GetWithheld() {
			out[s.GetKey()] = -1
		}
	}
	return out
}

// A small group is withheld, and the next one too when the small one would be all less the others.
func TestSmallGroupsAreWithheld(t *testing.T) {
	t.Parallel()
	g := setup(t)
	s := g.survey(made{state: survey.Closed, sizes: []int64{500, 500}, labels: []string{"class=1,territory=cn/south", "class=2,territory=eu"}, least: 5})
	for _, some := range [][]given{answers(20, 1, 1, "cn/south/shenzhen", 4), answers(8, 2, 2, "cn/north", 3), answers(3, 1, 3, "eu/paris", 5), answers(1, 2, 1, "cn/south", 2)} {
		g.respond(s, some)
	}
	a, err := g.store.Analyse(g.ctx, s, analysis.Options{Group: analysis.ByClass})
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"1": 21, "2": -1, "3": -1}, shown(a))
	require.Empty(t, a.GetSegments()[1].GetIndex())
	require.EqualValues(t, 32, a.GetBasis().GetResponses())

	byTerritory, err := g.store.Analyse(g.ctx, s, analysis.Options{Group: analysis.ByTerritory})
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"cn/south": 21, "cn/north": -1, "eu/paris": -1}, shown(byTerritory))
	analysis.Limit(byTerritory, auth.Principal{Territories: []string{"cn"}})
	require.Equal(t, map[string]int64{"cn/south": 21, "cn/north": -1}, shown(byTerritory), "others' territories are not told of")

	few := g.survey(made{state: survey.Closed, sizes: []int64{500}, least: 5})
	g.respond(few, answers(4, 1, 1, "cn", 3))
	a, err = g.store.Analyse(g.ctx, few, analysis.Options{})
	require.NoError(t, err)
	for _, f := range a.GetIndex() {
		require.True(t, proto.Equal(&satisfactionv1.Figure{Withheld: true}, f.GetFigure()))
	}
	require.Empty(t, a.GetItems())
	_, err = g.store.Publish(g.ctx, few.ID, analysis.Options{})
	require.Equal(t, "WITHHELD", fault.From(err).Reason())
}

// A stratum of one answer counts as the next one does, and what nobody answered has no figure, rather than 0.
func TestStrataAreCollapsed(t *testing.T) {
	t.Parallel()
	g := setup(t)
	s := g.survey(made{state: survey.Closed, sizes: []int64{100, 100, 100}, least: 2})
	g.respond(s, append(answers(1, 1, 1, "cn", 5), append(answers(6, 2, 1, "cn", 3), answers(1, 3, 1, "cn", 1)...)...))
	a, err := g.store.Analyse(g.ctx, s, analysis.Options{})
	require.NoError(t, err)
	require.EqualValues(t, 1, a.GetBasis().GetStrata())
	require.NotNil(t, a.GetIndex()[0].GetFigure().Low)

	none := g.survey(made{state: survey.Open, sizes: []int64{100}, least: 2})
	a, err = g.store.Analyse(g.ctx, none, analysis.Options{})
	require.NoError(t, err)
	for _, f := range a.GetIndex() {
		require.True(t, proto.Equal(&satisfactionv1.Figure{}, f.GetFigure()))
	}
	require.Empty(t, a.GetBehaviour())
}

// Two looks at an anonymous survey, before and after an answer, would tell it.
func TestAnonymousSurveysAreClosedFirst(t *testing.T) {
	t.Parallel()
	g := setup(t)
	s := g.survey(made{state: survey.Open, anonymous: true, sizes: []int64{100}, least: 2})
	_, err := g.store.Analyse(g.ctx, s, analysis.Options{})
	require.Equal(t, "NOT_CLOSED", fault.From(err).Reason())
}

// What was published stays as it was, the wave after is compared with it, and each customer has its score announced once.
func TestPublishAndCompare(t *testing.T) {
	t.Parallel()
	g := setup(t)
	first := g.survey(made{state: survey.Closed, sizes: []int64{1000}, least: 3})
	all := answers(20, 1, 1, "cn", 3)
	var ids []uuid.UUID
	for i := range 3 {
		id := uuid.Must(uuid.NewV7())
		ids = append(ids, id)
		g.exec(`insert into customers (customer_id, territory, create_time) values ($1, 'cn', now())`, id)
		all[i].customer = uuid.NullUUID{UUID: id, Valid: true}
	}
	all[3].customer = all[2].customer
	g.exec(`update customers set delete_time = now() where customer_id = $1`, ids[1])
	g.respond(first, all)
	published, err := g.store.Publish(g.ctx, first.ID, analysis.Options{Group: analysis.ByClass})
	require.NoError(t, err)
	require.Equal(t, "alice", published.GetBasis().GetPublisher())
	_, err = g.store.Publish(g.ctx, first.ID, analysis.Options{})
	require.Equal(t, "PUBLISHED", fault.From(err).Reason())
	g.exec(`update responses set state = 3, void_reason = 6 where survey_id = $1 and customer_id = $2`, first.ID, ids[0])
	kept, err := g.store.Published(g.ctx, first)
	require.NoError(t, err)
	require.True(t, proto.Equal(published, kept))

	announcer := analysis.NewAnnouncer(g.db, g.clock)
	for range 2 {
		_, err = announcer.Pass(g.ctx)
		require.NoError(t, err)
	}
	var subjects []string
	require.NoError(t, g.db.Select(g.ctx, &subjects, `select subject || ' ' || coalesce(data::jsonb->>'score', '') from outbox order by subject, event_id`))
	require.Len(t, subjects, 3, "of the deleted customer nothing is told: %v", subjects)
	require.Contains(t, subjects[0], "guanxi.satisfaction.customer_score.published.v1 ")

	next := g.survey(made{state: survey.Closed, sizes: []int64{1000}, least: 3, previous: uuid.NullUUID{UUID: first.ID, Valid: true}})
	g.respond(next, answers(20, 1, 1, "cn", 5))
	a, err := g.store.Analyse(g.ctx, next, analysis.Options{Group: analysis.ByClass})
	require.NoError(t, err)
	change := a.GetIndex()[0].GetFigure().GetChange()
	require.True(t, change.GetBeyondChance())
	require.Positive(t, change.GetDifference())
	require.InDelta(t, change.GetDifference(), a.GetSegments()[0].GetIndex()[0].GetFigure().GetChange().GetDifference(), 1e-6)
	require.Equal(t, first.Name(), a.GetBasis().GetPreviousSurvey())
	require.False(t, math.IsNaN(change.GetPValue()))
}

// Orders tell what is bought at a time and who bought again; currencies are not mixed.
func TestBehaviourByOrders(t *testing.T) {
	t.Parallel()
	g := setup(t)
	s := g.survey(made{state: survey.Closed, sizes: []int64{100}, least: 2})
	order := func(customer uuid.UUID, day string, amount int, currency string) {
		g.exec(`insert into orders (customer_id, order_id, source_system, order_time, order_day, currency, amount, product_lines)
			values ($1, gen_random_uuid(), '', now(), $2, $3, $4, '{}')`, customer, day, currency, amount)
	}
	for i := range 3 {
		id := uuid.Must(uuid.NewV7())
		g.exec(`insert into customers (customer_id, territory, create_time) values ($1, 'cn', now())`, id)
		order(id, "2025-06-01", 100, "CNY")
		if i < 2 {
			order(id, "2026-06-01", 300+100*i, "CNY")
			order(id, "2026-06-02", 999, "USD")
		}
	}
	a, err := g.store.Analyse(g.ctx, s, analysis.Options{})
	require.NoError(t, err)
	require.Len(t, a.GetBehaviour(), 2)
	again, amount := a.GetBehaviour()[0], a.GetBehaviour()[1]
	require.Equal(t, satisfactionv1.BehaviourIndicator_RETURN_RATE, again.GetIndicator())
	require.InDelta(t, 200./3, again.GetFigure().GetScore(), 1e-5)
	require.InDelta(t, 350, amount.GetFigure().GetScore(), 1e-9)
	require.EqualValues(t, 2, amount.GetFigure().GetN())
}
