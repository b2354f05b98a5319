package queue_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/queue"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
}

// bundle is the queue on a database of its own, with a calendar of nine hours every day from 2025-12-01 to 2026-02-28.
type bundle struct {
	*queue.Server
	db       *postgres.DB
	clock    *testkit.Clock
	calendar uuid.UUID
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{db: testkit.Database(t, migrate), clock: testkit.NewClock(), calendar: uuid.New()}
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	b.Server = queue.NewServer(b.db, b.clock.Now, pages, settings.NewStore(b.db, b.clock.Now))
	b.exec(t, `insert into business_calendars (calendar_id, code, version, create_time) values ($1, 'queue-test', 1, now())`, b.calendar)
	b.exec(t, `insert into business_calendar_versions (calendar_id, version, body, author, create_time, spans_from, spans_to)
		values ($1, 1, '{}', '', now(), '2025-12-01Z', '2026-03-01Z')`, b.calendar)
	b.exec(t, `insert into calendar_spans (calendar_id, version, start_time, end_time, seconds_before)
		select $1, 1, d + interval '9 hours', d + interval '18 hours', 32400 * (row_number() over (order by d) - 1)
		from generate_series(cast('2025-12-01Z' as timestamptz), '2026-02-28Z', interval '24 hours') d`, b.calendar)
	return b
}

func (b *bundle) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

// worked are the working seconds of that calendar between two instants, counted day by day.
func worked(from, to time.Time) int64 {
	var sum time.Duration
	for day := from.Truncate(24 * time.Hour); day.Before(to); day = day.Add(24 * time.Hour) {
		start, end := day.Add(9*time.Hour), day.Add(18*time.Hour)
		if start.Before(from) {
			start = from
		}
		if end.After(to) {
			end = to
		}
		sum += max(end.Sub(start), 0)
	}
	return int64(sum / time.Second)
}

func caller(ctx context.Context, level typev1.Level, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: "li", Level: level, Territories: territories})
}

func (b *bundle) customer(t *testing.T, territory string, class int) uuid.UUID {
	t.Helper()
	id := uuid.New()
	b.exec(t, `insert into customers (customer_id, territory, class, create_time) values ($1, $2, $3, now())`, id, territory, class)
	return id
}

type file struct {
	customer        uuid.UUID
	severity, state int
	assignee        string
	desk            *uuid.UUID
}

func (b *bundle) open(t *testing.T, f file) uuid.UUID {
	t.Helper()
	id := uuid.New()
	b.exec(t, `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code,
			cause, assignee, desk_id, received_time, revision, create_time, update_time)
		values ($1, $2, 2, 1, 1, 1, $3, 2, false, $4, 'open-title', '', '', '', $5, $6, $7, 1, $7, $7)`, f.customer, id, f.severity, f.state, f.assignee, f.desk, b.clock.Now())
	return id
}

// run gives a case a clock; since is nil for one that stands still.
func (b *bundle) run(t *testing.T, f file, id uuid.UUID, measure, state int, used, target int64, since *time.Time) {
	t.Helper()
	b.exec(t, `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, sla_factor, customer_factor, target_seconds, pauses, state,
			used_seconds, intervals, alarms, change_time, running_since)
		values ($1, $2, gen_random_uuid(), $3, $4, 1, $4, 1, 1, 1, $5, true, $6, $7, 1, 1, now(), $8)`, f.customer, id, measure, b.calendar, target, state, used, since)
}

// Any cases with any clocks: the losses are those reckoned one by one, and the pages put together are all of them in that order, though time goes on between the pages.
func TestQueueMatchesReckoningOneByOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := rand.New(rand.NewPCG(6, 6))
	costs, weights := []int64{1500, 10000, 4000, 1500, 500}, []int64{1, 1, 1, 2, 3, 5}
	type want struct {
		name string
		loss decimal.Decimal
	}
	var wanted []want
	classes := []uuid.UUID{}
	for class := range weights {
		classes = append(classes, b.customer(t, "cn/south", class))
	}
	for range 80 {
		class := r.IntN(len(weights))
		f := file{customer: classes[class], severity: r.IntN(5), state: 1 + r.IntN(6)}
		id := b.open(t, f)
		var clocks []queue.Clock
		for measure := range r.IntN(3) {
			state, used, target := 1+r.IntN(3), int64(r.IntN(10000)), int64(1+r.IntN(40000))
			since := testkit.Start.Add(-time.Duration(r.IntN(500*3600)) * time.Second)
			elapsed := used
			if state == 1 {
				b.run(t, f, id, measure+1, state, used, target, &since)
				elapsed += worked(since, testkit.Start)
			} else {
				b.run(t, f, id, measure+1, state, used, target, nil)
			}
			if state < 3 {
				clocks = append(clocks, queue.Clock{Loss: queue.Loss(decimal.NewFromInt(costs[f.severity]), elapsed, target)})
			}
		}
		if f.state < 6 {
			wanted = append(wanted, want{"cases/" + id.String(), queue.Total(clocks, decimal.NewFromInt(weights[class]))})
		}
	}
	slices.SortFunc(wanted, func(a, b want) int { return cmp.Or(b.loss.Cmp(a.loss), strings.Compare(a.name, b.name)) })
	var got []string
	request := &voicev1.QueueCasesRequest{PageSize: 7}
	for {
		p, err := b.QueueCases(caller(t.Context(), typev1.Level_MANAGER, "cn"), request)
		require.NoError(t, err)
		require.Equal(t, testkit.Start, p.GetAsOf().AsTime())
		for _, e := range p.GetEntries() {
			loss, err := decimal.NewFromString(e.GetExpectedLoss())
			require.NoError(t, err)
			got = append(got, fmt.Sprint(e.GetCase(), " ", loss.StringFixed(4)))
		}
		b.clock.Advance(7 * time.Hour)
		if request.PageToken = p.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	var sorted []string
	for _, w := range wanted {
		sorted = append(sorted, fmt.Sprint(w.name, " ", w.loss.StringFixed(4)))
	}
	require.Equal(t, sorted, got)
}

func TestQueueFilters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south, desk := b.customer(t, "cn/south", 5), uuid.New()
	since := testkit.Start.Add(-72 * time.Hour)
	mine := file{customer: south, severity: 1, state: 4, assignee: "li", desk: &desk}
	id := b.open(t, mine)
	b.run(t, mine, id, 2, 1, 0, 3600, &since)
	b.open(t, file{customer: south, severity: 2, state: 2})
	b.open(t, file{customer: b.customer(t, "cn/north", 1), severity: 3, state: 2})
	gone := b.customer(t, "cn/south", 1)
	b.open(t, file{customer: gone, severity: 3, state: 2})
	b.exec(t, `update customers set delete_time = now() where customer_id = $1`, gone)
	for name, c := range map[string]struct {
		request *voicev1.QueueCasesRequest
		count   int
	}{
		"all":              {&voicev1.QueueCasesRequest{}, 2},
		"the desk's":       {&voicev1.QueueCasesRequest{Desk: "desks/" + desk.String()}, 1},
		"mine":             {&voicev1.QueueCasesRequest{Assignee: "li"}, 1},
		"nobody's":         {&voicev1.QueueCasesRequest{Unassigned: true}, 1},
		"of a severity":    {&voicev1.QueueCasesRequest{Severities: []voicev1.Severity{voicev1.Severity_HIGH, voicev1.Severity_LOW}}, 1},
		"in a state":       {&voicev1.QueueCasesRequest{States: []voicev1.CaseState{voicev1.CaseState_IN_PROGRESS}}, 1},
		"what is not open": {&voicev1.QueueCasesRequest{States: []voicev1.CaseState{voicev1.CaseState_CLOSED}}, 0},
		"all that is said": {&voicev1.QueueCasesRequest{Assignee: "li", Severities: []voicev1.Severity{voicev1.Severity_HIGH}}, 0},
	} {
		got, err := b.QueueCases(caller(t.Context(), typev1.Level_MANAGER, "cn/south"), c.request)
		require.NoError(t, err, name)
		require.Len(t, got.GetEntries(), c.count, name)
	}
	got, err := b.QueueCases(caller(t.Context(), typev1.Level_MANAGER, "cn/south"), &voicev1.QueueCasesRequest{Assignee: "li"})
	require.NoError(t, err)
	e := got.GetEntries()[0]
	// From Friday 9:00 to Monday 9:00 three days of nine hours: 27 times the target, weighed 5 for a core customer.
	require.Equal(t, "10000 5 36450000", fmt.Sprint(e.GetBreachCost(), " ", e.GetClassWeight(), " ", e.GetExpectedLoss()))
	require.Equal(t, []int64{97200, 3600}, []int64{e.GetClocks()[0].GetElapsedSeconds(), e.GetClocks()[0].GetTargetSeconds()})
	require.Equal(t, "CNY", got.GetCurrencyCode())
}

func TestQueueRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn", 1)
	for range 2 {
		b.open(t, file{customer: customer, severity: 1, state: 1})
	}
	ctx := caller(t.Context(), typev1.Level_MANAGER, "*")
	first, err := b.QueueCases(ctx, &voicev1.QueueCasesRequest{PageSize: 1})
	require.NoError(t, err)
	for name, r := range map[string]*voicev1.QueueCasesRequest{
		"a token of another filter": {PageToken: first.GetNextPageToken(), Assignee: "li"},
		"no token":                  {PageToken: "x"},
		"a page of less":            {PageSize: -1},
		"two that exclude":          {Assignee: "li", Unassigned: true},
		"no desk":                   {Desk: "desk"},
	} {
		_, err := b.QueueCases(ctx, r)
		require.Error(t, err, name)
		require.Equal(t, "INVALID_FIELDS", fault.From(err).Reason(), name)
	}
}
