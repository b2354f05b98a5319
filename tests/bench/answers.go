package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction"
)

const (
	// answersDatabase has product and floor side by side: the floor reads the product's own table.
	answersDatabase = "satisfaction"
	// answeredItems is how many items each answers; three make a dimension, and two of these a latent variable.
	answeredItems = 30
	perDimension  = 3
	perLatent     = 6
	answerRounds  = 3
)

// poll is the satisfaction service with the answers to a survey.
type poll struct {
	db      *postgres.DB
	process *child
	conn    *grpc.ClientConn
	call    turn
	survey  uuid.UUID
}

func (p *poll) close() error { return errors.Join(p.conn.Close(), p.process.stop(), p.db.Close()) }

// answers measures the index of a survey by class of customer, with intervals, at all levels. It has a service of its own.
func answers(ctx context.Context, g *ground, _ work) (_ []figure, err error) {
	p, err := g.satisfaction(ctx, answersDatabase, g.Answers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	var ours, theirs, ratios []float64
	var before, after float64
	for round := range answerRounds + 1 { // the first warms up both
		began := time.Now()
		if err := p.db.Get(ctx, &before, bareIndex(), p.survey); err != nil {
			return nil, err
		}
		floor := time.Since(began).Seconds()
		began = time.Now()
		if after, err = p.index(ctx); err != nil {
			return nil, err
		}
		if took := time.Since(began).Seconds(); round > 0 {
			ours, theirs, ratios = append(ours, took), append(theirs, floor), append(ratios, took/floor)
		}
	}
	if math.Abs(before-after) > 1e-4 {
		return nil, fmt.Errorf("the index is %v, and by the bare statement %v", after, before)
	}
	memory, err := p.process.peak()
	if err != nil {
		return nil, err
	}
	middle := median(ratios)
	size := fmt.Sprintf(", %d answers of %d items", g.Answers, answeredItems)
	return []figure{
		{
			work{name: "index by class with confidence intervals, all levels" + size, floor: "the bare SQL aggregate of the same scores by stratum and class", goal: "<= 1.5"},
			fmt.Sprintf("%.2f s", median(ours)), fmt.Sprintf("%.2f s", median(theirs)),
			fmt.Sprintf("%.2f (%.2f to %.2f)", middle, slices.Min(ratios), slices.Max(ratios)), middle <= 1.5,
		},
		{work{name: "memory of the service meanwhile" + size, goal: "< 200 MiB"}, fmt.Sprintf("%d MiB", memory>>20), "", "", memory < 200<<20},
	}, nil
}

// index asks for it, and returns that of all together.
func (p *poll) index(ctx context.Context) (float64, error) {
	a, err := satisfactionv1.NewAnalysisServiceClient(p.conn).GetAnalysis(authorized(ctx, p.call), &satisfactionv1.GetAnalysisRequest{
		Name: "surveys/" + p.survey.String() + "/analysis", Options: &satisfactionv1.AnalysisOptions{GroupBy: satisfactionv1.AnalysisOptions_CLASS, IndexOnly: true},
	})
	return a.GetIndex()[0].GetFigure().GetScore(), err
}

// satisfaction fills a database with so many answers and starts the service on it.
func (g *ground) satisfaction(ctx context.Context, database string, answers int) (*poll, error) {
	if err := g.postgres.Create(ctx, database); err != nil {
		return nil, err
	}
	url := g.postgres.URL(database)
	db, err := postgres.Open(ctx, postgres.Config{URL: url, StatementTimeout: patience, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	p := &poll{db: db, survey: uuid.Must(uuid.NewV7())}
	if err := errors.Join(service.Migrate(ctx, db, satisfaction.Definition()), p.fill(ctx, answers)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	own := append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+url, "GUANXI_PEERS=profile="+g.service.address)
	if p.process, err = g.serve(ctx, "satisfaction", own...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	p.call = turn{Address: p.process.address, Token: g.token}
	p.conn, err = dial(p.call)
	return p, err
}

const (
	fillModel = `insert into index_model_heads (model_id) values ($1);
	insert into index_models (model_id, version, state, label_en, label_zh, description_en, description_zh, scales, author, create_time, update_time, release_time)
		values ($1, 1, 2, 'm', 'm', '', '', '[]', '', now(), now(), now())`

	fillItems = `insert into index_items (model_id, version, item_code, parent_code, level, position, label_zh, label_en, weight, direction, scale)
	select $1::uuid, 1, 'l' || i, '', 1, i, 'l', 'l', 1 + i % 3, 1, 0 from generate_series(0, $2::int / 6 - 1) i
	union all select $1::uuid, 1, 'd' || i, 'l' || i / 2, 2, 1000 + i, 'd', 'd', 1 + i % 3, 1, 0 from generate_series(0, $2::int / 3 - 1) i
	union all select $1::uuid, 1, 'i' || i, 'd' || i / 3, 3, 2000 + i, 'i', 'i', 1 + i % 3, 1, 1 from generate_series(0, $2::int - 1) i`

	fillQuestionnaire = `insert into questionnaires (questionnaire_id, version, state, label_en, label_zh, model_id, model_version, body, author, create_time, update_time, release_time)
	select $1::uuid, 1, 3, 'q', 'q', $2::uuid, 1, jsonb_build_object('sections', jsonb_build_array(jsonb_build_object('code', 'a', 'questions', jsonb_agg(
		jsonb_build_object('code', 'q' || i, 'kind', 1, 'index_item', 'i' || i, 'scale', 1, 'direction', 1) order by i)))), '', now(), now(), now()
	from generate_series(0, $3::int - 1) i`

	fillSurvey = `insert into surveys (survey_id, label_en, label_zh, purpose, questionnaire_id, questionnaire_version, wave, territory, population, plan, seed, currency, minimum_group,
		anonymous, state, author, create_time, update_time, close_time)
	values ($1, 's', 's', '', $2, 1, '', '', '{}', '{}', '', '', 5, false, 3, '', now(), now(), now())`

	fillStrata = `insert into survey_strata (survey_id, stratum, label, size, planned, weight)
	select $1::uuid, i, 'class=' || i, $2::bigint * i, 0, 0.25 from generate_series(1, 4) i`

	// One of twenty items is not answered.
	fillAnswers = `insert into responses (survey_id, response_id, stratum, channel, state, scores, answers, segment, start_time, accept_time)
	select $1::uuid, gen_random_uuid(), 1 + r % 4, 4, 2, (
			select array_agg(case when (r * 31 + i * 17) % 20 = 0 then null else cast(1 + (hashint4(r * 64 + i) & 65535) % 5 as smallint) end order by i)
			from generate_series(1, $3::int) i
		), '{}', jsonb_build_object('class', 1 + r % 5, 'tier', r % 4, 'territory', 'cn/' || r % 30, 'kind', 1), now(), now()
	from generate_series(1, $2::int) r`
)

func (p *poll) fill(ctx context.Context, answers int) error {
	model, questionnaire := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	for _, s := range []struct {
		text string
		args []any
	}{
		{strings.Split(fillModel, ";\n")[0], []any{model}},
		{strings.Split(fillModel, ";\n")[1], []any{model}},
		{fillItems, []any{model, answeredItems}},
		{`insert into questionnaire_heads (questionnaire_id) values ($1)`, []any{questionnaire}},
		{fillQuestionnaire, []any{questionnaire, model, answeredItems}},
		{fillSurvey, []any{p.survey, questionnaire}},
		{fillStrata, []any{p.survey, answers}},
		{fillAnswers, []any{p.survey, answers, answeredItems}},
		{"vacuum analyze", nil},
	} {
		if _, err := p.db.Exec(ctx, s.text, s.args...); err != nil {
			return fmt.Errorf("%.60s: %w", s.text, err)
		}
	}
	return nil
}
