package analysis_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "satisfaction", Migrations: os.DirFS("../../migrations")})
}

var now = time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)

// ground is a database with a questionnaire.
type ground struct {
	*testing.T
	db    *postgres.DB
	store *analysis.Store
	q     *questionnaire.Questionnaire
	ctx   context.Context
	clock func() time.Time
}

func setup(t *testing.T) *ground {
	t.Helper()
	db := testkit.Database(t, migrate)
	clock := func() time.Time { return now }
	g := &ground{T: t, db: db, clock: clock, store: analysis.NewStore(db, clock, settings.NewStore(db, clock)), q: asked()}
	g.ctx = auth.With(t.Context(), auth.Principal{Subject: "alice", Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}})
	g.exec(`insert into index_model_heads (model_id) values ($1)`, modelID)
	g.exec(`insert into index_models (model_id, version, state, label_en, label_zh, description_en, description_zh, scales, author, create_time, update_time, release_time)
		values ($1, 1, 2, 'm', 'm', '', '', '[]', '', now(), now(), now())`, modelID)
	for i, x := range items {
		g.exec(`insert into index_items (model_id, version, item_code, parent_code, level, position, label_zh, label_en, weight, direction, scale)
			values ($1, 1, $2, $3, $4, $5, $2, $2, $6, $7, $8)`, modelID, x.Code, x.Parent, x.Level, i, x.Weight, max(x.Direction, 1), x.Scale)
	}
	body, err := json.Marshal(g.q.Body)
	require.NoError(t, err)
	g.exec(`insert into questionnaire_heads (questionnaire_id) values ($1)`, g.q.ID)
	g.exec(`insert into questionnaires (questionnaire_id, version, state, label_en, label_zh, model_id, model_version, body, author, create_time, update_time, release_time)
		values ($1, 1, 3, 'q', 'q', $2, 1, $3, '', now(), now(), now())`, g.q.ID, modelID, body)
	return g
}

func (g *ground) exec(query string, args ...any) {
	g.Helper()
	_, err := g.db.Exec(g.ctx, query, args...)
	require.NoError(g, err)
}

// made is a survey with its strata by number and size.
type made struct {
	anonymous bool
	state     survey.State
	previous  uuid.NullUUID
	sizes     []int64
	labels    []string
	least     int
}

func (g *ground) survey(m made) *survey.Survey {
	g.Helper()
	id := uuid.Must(uuid.NewV7())
	g.exec(`insert into surveys (survey_id, label_en, label_zh, purpose, questionnaire_id, questionnaire_version, previous_id, wave, territory, population, plan, seed, currency,
			minimum_group, anonymous, state, author, create_time, update_time)
		values ($1, 's', 's', '', $2, 1, $3, 'w', '', '{}', '{}', '', '', $4, $5, $6, '', now(), now())`, id, g.q.ID, m.previous, m.least, m.anonymous, m.state)
	for i, size := range m.sizes {
		label := fmt.Sprintf("class=%d", i+1)
		if m.labels != nil {
			label = m.labels[i]
		}
		g.exec(`insert into survey_strata (survey_id, stratum, label, size, planned, weight) values ($1, $2, $3, $4, 0, 0.5)`, id, i+1, label, size)
	}
	x, err := survey.NewStore(g.db, func() time.Time { return now }, settings.NewStore(g.db, func() time.Time { return now })).Find(g.ctx, id)
	require.NoError(g, err)
	return x
}

// given is a response.
type given struct {
	stratum        int16
	class          int
	territory      string
	customer       uuid.NullUUID
	state          int16
	scores         []*int32
	importances    []*int32
	expectations   []*int32
	recommendation *int32
}

func (g *ground) respond(s *survey.Survey, all []given) {
	g.Helper()
	for _, r := range all {
		reason, state := 0, r.state
		if state == 0 {
			state = 2
		}
		if state == 3 {
			reason = 5
		}
		g.exec(`insert into responses (survey_id, response_id, customer_id, stratum, channel, state, void_reason, scores, importances, expectations, recommendation, answers, segment,
				start_time, accept_time)
			values ($1, gen_random_uuid(), $2, $3, 4, $4, $5, $6, $7, $8, $9, '{}', jsonb_build_object('class', $10::int, 'territory', $11::text), $12, $12)`,
			s.ID, r.customer, r.stratum, state, reason, pq.Array(r.scores), pq.Array(r.importances), pq.Array(r.expectations), r.recommendation, r.class, r.territory, now)
	}
}

var modelID = uuid.MustParse("018f0000-0000-7000-8000-00000000000a")

// item is one of the model.
type item struct {
	Code, Parent string
	Level        int
	Weight       string
	Direction    indexmodel.Direction
	Scale        indexmodel.Scale
}

// items are two latent variables; of what nobody asks there is one, too, whose weight goes to the others.
var items = []item{
	{"quality", "", 1, "2", 0, 0},
	{"product", "quality", 2, "3", 0, 0},
	{"fit", "product", 3, "2", 1, 1},
	{"faults", "product", 3, "1", 2, 2},
	{"unasked", "product", 3, "5", 1, 1},
	{"service", "quality", 2, "1", 0, 0},
	{"speed", "service", 3, "1", 1, 2},
	{"satisfaction", "", 1, "1", 0, 0},
	{"overall", "satisfaction", 2, "1", 0, 0},
	{"satisfaction_total", "overall", 3, "1", 1, 1},
	{"recommend", "overall", 3, "1", 1, 3},
}

// asked is the questionnaire: "fit" is asked twice, "speed" of a competitor too.
func asked() *questionnaire.Questionnaire {
	scale := func(code, item string, s indexmodel.Scale, d indexmodel.Direction, beside bool) questionnaire.Question {
		return questionnaire.Question{Code: code, Kind: questionnaire.Scale, IndexItem: item, Scale: s, Direction: d, Importance: true, Expectation: beside}
	}
	recommend := questionnaire.Question{Code: "q_recommend", Kind: questionnaire.Recommendation, IndexItem: "recommend", Scale: 3, Direction: 1}
	recommend.Importance = true
	return &questionnaire.Questionnaire{
		ID: uuid.MustParse("018f0000-0000-7000-8000-00000000000b"), Version: 1,
		Body: questionnaire.Body{Sections: []questionnaire.Section{{Code: "a", Questions: []questionnaire.Question{
			scale("q_fit", "fit", 1, 1, true),
			scale("q_fit_again", "fit", 1, 1, false),
			scale("q_faults", "faults", 2, 2, true),
			scale("q_speed", "speed", 2, 1, true),
			scale("q_speed_competitor", "", 2, 1, false),
			scale("q_total", "satisfaction_total", 1, 1, false),
			recommend,
		}}}},
	}
}
