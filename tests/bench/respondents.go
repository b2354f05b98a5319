package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

const (
	respondentsDatabase = "respondents"
	// perCore is how many respondents answer at once for each core.
	perCore = 50
	// reported is how many answers the report is of that is computed meanwhile.
	reported = 20_000
	// invited are asked, and wanted is how many of them the quota takes.
	invited, wanted = 6000, 5000
)

// respondents measures people who answer a survey, page by page through gateway and service and without a pause to think, while the report of another one is computed over and
// over. None may fail, and the quota must be filled to the last and not above.
func respondents(ctx context.Context, g *ground, _ work) (_ []figure, err error) {
	p, err := g.satisfaction(ctx, respondentsDatabase, reported)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	open, err := p.openSurvey(ctx)
	if err != nil {
		return nil, err
	}
	edge, err := g.serve(ctx, "gateway", "GUANXI_GATEWAY_SERVICES=satisfaction="+p.process.address, "GUANXI_GATEWAY_FORM_VIEWS=0", "GUANXI_GATEWAY_FORM_SENDS=0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, edge.stop()) }()
	c := newCrowd("http://" + edge.address)
	during, reports := context.WithCancel(ctx)
	var took []float64
	var failed error
	var wg sync.WaitGroup
	wg.Go(func() { took, failed = p.reports(during) })
	began := time.Now()
	c.answer(ctx, perCore*runtime.NumCPU())
	length := time.Since(began)
	reports()
	wg.Wait()
	if failed != nil {
		return nil, fmt.Errorf("report: %w", failed)
	}
	exact, err := p.quota(ctx, open)
	if err != nil {
		return nil, err
	}
	memory, err := p.process.peak()
	if err != nil {
		return nil, err
	}
	return c.figures(length, took, exact, memory), nil
}

const (
	fillInvited = `insert into customers (customer_id, territory, class, create_time)
	select md5('customer' || i)::uuid, 'cn/south', 1, now() from generate_series(1, $1::int) i`

	fillOpen = `insert into surveys (survey_id, label_en, label_zh, purpose, questionnaire_id, questionnaire_version, wave, territory, population, plan, seed, currency, minimum_group,
		anonymous, state, author, create_time, update_time, open_time)
	select $1, 'open', 'open', '', questionnaire_id, 1, '', '', '{}', '{}', '', '', 5, false, 2, '', now(), now(), now() from questionnaires`

	fillInvitations = `insert into invitations (survey_id, invitation_id, customer_id, stratum, state, secret_hash, create_time, issue_time)
	select $1, gen_random_uuid(), md5('customer' || i)::uuid, 1, 1, sha256(convert_to('secret-' || i, 'UTF8')), now(), now() from generate_series(1, $2::int) i`
)

// openSurvey makes a survey with invitations that asks what the closed one asked, and lets quick answers count.
func (p *poll) openSurvey(ctx context.Context) (uuid.UUID, error) {
	id := uuid.Must(uuid.NewV7())
	_, errCustomers := p.db.Exec(ctx, fillInvited, invited)
	_, errSurvey := p.db.Exec(ctx, fillOpen, id)
	_, errStratum := p.db.Exec(ctx, `insert into survey_strata (survey_id, stratum, label, size, planned, weight) values ($1, 1, 'all', $2, $2, 1)`, id, invited)
	_, errQuota := p.db.Exec(ctx, `insert into quotas (survey_id, quota, label_en, label_zh, condition, target) values ($1, 1, 'q', 'q', '{}', $2)`, id, wanted)
	_, errInvite := p.db.Exec(ctx, fillInvitations, id, invited)
	if err := errors.Join(errCustomers, errSurvey, errStratum, errQuota, errInvite); err != nil {
		return id, err
	}
	_, err := satisfactionv1.NewSatisfactionSettingsServiceClient(p.conn).UpdateSettings(authorized(ctx, p.call), &satisfactionv1.UpdateSettingsRequest{
		Settings:   &satisfactionv1.Settings{Name: "satisfactionSettings", ResponseRules: &satisfactionv1.ResponseRules{}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"response_rules.least_seconds_per_question"}},
	})
	return id, err
}

// reports has the report computed again and again until ctx ends, and returns how many seconds each took.
func (p *poll) reports(ctx context.Context) (took []float64, err error) {
	client := satisfactionv1.NewReportServiceClient(p.conn)
	for ctx.Err() == nil {
		began := time.Now()
		_, err := client.GetReport(authorized(context.WithoutCancel(ctx), p.call), &satisfactionv1.GetReportRequest{Name: "surveys/" + p.survey.String() + "/report"})
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(began).Seconds())
	}
	return took, nil
}

// tally is what the database says of the quota afterwards.
type tally struct {
	Filled   int `db:"filled"`
	Accepted int `db:"accepted"`
	Void     int `db:"void"`
}

func (p *poll) quota(ctx context.Context, open uuid.UUID) (t tally, err error) {
	err = p.db.Get(ctx, &t, `select filled, (select count(*) from responses r where r.survey_id = q.survey_id and state = 2) as accepted,
		(select count(*) from responses r where r.survey_id = q.survey_id and state = 3) as void from quotas q where survey_id = $1`, open)
	return t, err
}

func (c *crowd) figures(length time.Duration, reports []float64, t tally, memory int64) []figure {
	slices.Sort(c.views)
	slices.Sort(c.sends)
	failed := len(c.errors)
	for _, err := range c.errors[:min(failed, 5)] {
		fmt.Println("respondent:", err)
	}
	who := fmt.Sprintf("%d respondents at once (%d a core) through the gateway, while reports over %d answers are computed", perCore*runtime.NumCPU(), perCore, reported)
	exact := t.Filled == wanted && t.Accepted == wanted && t.Void == 0 && c.ends["taken"] == wanted && c.ends["full"] == invited-wanted
	return []figure{
		{
			work{name: who, goal: "0 errors"},
			fmt.Sprintf("%d of %d failed; %.0f respondents/s; page p50 %.0f ms, p99 %.0f ms; sent p50 %.0f ms, p99 %.0f ms", failed, invited,
				invited/length.Seconds(), quantile(c.views, .5), quantile(c.views, .99), quantile(c.sends, .5), quantile(c.sends, .99)), "", "", failed == 0,
		},
		{
			work{name: "the quota meanwhile", goal: "filled to the last, not above"},
			fmt.Sprintf("%d wanted, %d filled, %d accepted, %d told that enough have answered", wanted, t.Filled, t.Accepted, c.ends["full"]), "", "", exact,
		},
		{
			work{name: "the reports meanwhile", goal: "none fails"},
			fmt.Sprintf("%d in %.0f s, median %.1f s; the service took %d MiB", len(reports), length.Seconds(), median(reports), memory>>20), "", "", true,
		},
	}
}
