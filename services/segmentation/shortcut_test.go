package segmentation_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/churn"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/grade"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/loyalty"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/measure"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/segment"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/standing"
)

// A run that passes over those in whom nothing can have changed finds on every day the same as one that looks at everybody: two databases live through the same years,
// day by day at random, and are compared table by table after each run.
func TestARunPassesOverNobodyInWhomSomethingChanged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			quick, thorough := newWorld(t, false), newWorld(t, true)
			random := rand.New(rand.NewPCG(seed, 20))
			day := testkit.Start
			for n := range 90 {
				day = day.AddDate(0, 0, leap(random))
				happenings := happen(random, n, day)
				var past *time.Time
				if n%30 == 20 {
					past = new(day.AddDate(0, 0, -10).Truncate(24 * time.Hour))
					happenings = append(happenings, happening{passing, []any{*past}})
				}
				quick.live(t, day, happenings, past)
				thorough.live(t, day, happenings, past)
				if thorough.state(t, "md5") != quick.state(t, "md5") {
					require.Equal(t, thorough.state(t, ""), quick.state(t, ""), "day %d, %s, after %v", n, day.Format(time.DateOnly), happenings)
				}
			}
			t.Logf("looked at %d of %d", quick.looks, thorough.looks)
			require.Less(t, quick.looks, thorough.looks/2, "some were passed over")
		})
	}
}

// leap is how many days pass: mostly one, so that no border is jumped over.
func leap(random *rand.Rand) int {
	if random.IntN(40) == 0 {
		return 20 + random.IntN(200)
	}
	return 1
}

// seeds is how many times it is done: more of them take longer.
const seeds, souls = 1, 180

// world is one database with the assessor and its parts as the service has them.
type world struct {
	db       *postgres.DB
	clock    *testkit.Clock
	assessor *assess.Assessor
	runner   *operation.Runner
	looks    int
}

// counted counts whom a part is asked about.
type counted struct {
	assess.Part
	looks *int
}

func (c counted) Assess(ctx context.Context, scope assess.Scope) ([]assess.Announcement, error) {
	*c.looks += len(scope.Customers)
	return c.Part.Assess(ctx, scope)
}

func migrateAll(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "segmentation_migrations", segmentation.Definition().Migrations)
}

func newWorld(t *testing.T, thorough bool) *world {
	t.Helper()
	w := &world{db: testkit.Database(t, migrateAll), clock: testkit.NewClock()}
	log := slog.New(slog.DiscardHandler)
	segments, err := segment.NewPart(w.db, log)
	require.NoError(t, err)
	standings, grades, numbers := standing.NewStore(w.db), grade.NewPart(w.db, w.clock.Now), settings.NewStore(w.db, w.clock.Now)
	never := func(context.Context) (bool, error) { return false, nil }
	w.assessor = &assess.Assessor{
		DB: w.db, Now: w.clock.Now, Log: log, Settings: numbers, Measures: measure.NewStore(w.db), Ranker: standings, Past: grades, Rebuilding: never, Thorough: thorough,
		Parts: []assess.Part{counted{standings, &w.looks}, grades, churn.NewPart(w.db), loyalty.NewPart(w.db, w.clock.Now), segments},
	}
	kinds := []operation.Kind{w.assessor.Kind(), segment.Kind(w.db, w.clock.Now, numbers.Current, never)}
	w.runner, err = operation.NewRunner(w.db, kinds, log, w.clock.Now)
	require.NoError(t, err)
	_, err = settings.NewStore(w.db, w.clock.Now).Current(t.Context()) // from now on they are stored
	require.NoError(t, err)
	w.do(t, `update settings set body = jsonb_set(body, '{exactRankingLimit}', '5')`) // with more customers there is one ranking a day
	w.do(t, `update operations set retry_time = $1`, testkit.Start)                   // asked for by the migrations, whose clock is another
	for i := range souls {
		w.do(t, `insert into customers (customer_id, territory, create_time) values ($1, 'cn', $2)`, soul(i), testkit.Start)
		w.do(t, `insert into touched (customer_id, cause, reference, occur_time) values ($1, 'customer', '', $2)`, soul(i), testkit.Start)
	}
	return w
}

func soul(i int) uuid.UUID { return uuid.UUID{6: 0x70, 8: 0x80, 15: byte(i + 1)} }

func (w *world) do(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := w.db.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

// live lets a day pass: what happens, the queue, the run of a day that is past if there is to be one, the run.
func (w *world) live(t *testing.T, day time.Time, happenings []happening, past *time.Time) {
	t.Helper()
	w.clock.Set(day)
	for _, h := range happenings {
		w.do(t, h.query, h.args...)
	}
	ctx := auth.With(t.Context(), auth.Principal{Territories: []string{auth.Anywhere}})
	for {
		count, err := w.assessor.Pass(ctx)
		require.NoError(t, err)
		if count == 0 {
			break
		}
	}
	if past != nil {
		_, err := operation.Start(ctx, w.db, w.assessor.Kind().Name, map[string]any{"day": past, "historical": true}, day)
		require.NoError(t, err)
		require.NoError(t, w.runner.Tick(ctx))
	}
	require.NoError(t, w.assessor.Daily(ctx, day))
	require.NoError(t, w.runner.Tick(ctx))
	var unfinished int
	require.NoError(t, w.db.Get(ctx, &unfinished, `select count(*) from operations where state <> 3`))
	require.Zero(t, unfinished)
}

// What has come of it all, but for ids that are made at random.
var tables = map[string]string{
	"standings":           `to_jsonb(r)`,
	"measures":            `to_jsonb(r) - 'judged_by' - 'due_day'`,
	"rankings":            `to_jsonb(r) - 'ranking_id'`,
	"standing_moves":      `to_jsonb(r) - 'move_id'`,
	"assessments":         `to_jsonb(r) - 'assessment_id'`,
	"churn_risks":         `to_jsonb(r) - 'risk_id'`,
	"points_accounts":     `to_jsonb(r)`,
	"points_lots":         `to_jsonb(r) - 'lot_id'`,
	"points_transactions": `to_jsonb(r) - 'transaction_id' - 'reverses'`,
	"segment_members":     `to_jsonb(r)`,
	"customers":           `to_jsonb(r)`,
	"outbox":              `jsonb_build_array(aggregate_id, version, subject)`,
}

// state is all of it as text, or what a function makes of the text of each table.
func (w *world) state(t *testing.T, function string) string {
	t.Helper()
	var out strings.Builder
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		var lines string
		err := w.db.GetDynamic(t.Context(), &lines, `select `+function+`(coalesce(string_agg(line, e'\n' order by line collate "C"), ''))
			from (select (`+tables[table]+`)::text as line from `+table+` r) l`)
		require.NoError(t, err)
		out.WriteString(table + "\n" + lines + "\n")
	}
	return out.String()
}

// passing are judgements that become known when they hold no more. By a run of that day they come between what was before and what is today.
const passing = `with changed as (insert into judgements
		select customer_id, md5(customer_id::text || cast($1::timestamptz as text))::uuid, 'prospects', 4, '', cast($1::timestamptz as date) - 1, cast($1::timestamptz as date) + 1, '', $1::timestamptz
		from customers where customer_id::text > '00000000-0000-7000-8000-000000000030' returning customer_id)` + touches

type happening struct {
	query string
	args  []any
}

func (h happening) String() string { return fmt.Sprint(h.query[:min(60, len(h.query))], h.args) }

const touches = ` insert into touched (customer_id, cause, reference, occur_time) select customer_id, 'test', '', now() from changed`

// happen is what happens on a day: much of it on the first, when everybody has a past, and little on most days.
func happen(random *rand.Rand, n int, day time.Time) (out []happening) {
	some := func(query string, args ...any) { out = append(out, happening{query, args}) }
	id := func() uuid.UUID {
		var u uuid.UUID
		for i := range u {
			u[i] = byte(random.Uint32())
		}
		return u
	}
	order := func(customer uuid.UUID, on time.Time, amount int) {
		some(`with changed as (insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, gross_profit, net_profit, product_lines)
			values ($1, $2, $3::timestamptz, cast($3::timestamptz as date), 'CNY', 1, $4, $5, 1, '{a}') returning customer_id)`+touches,
			customer, id(), on, amount, random.IntN(90_000)>>random.IntN(14))
	}
	for i := range steady {
		if (n+i)%12 == 0 {
			order(soul(i), day, 20)
		}
	}
	if n == 0 {
		past(order, some, random, day)
	}
	if random.IntN(3) > 0 {
		return append(out, rare(random, n, day)...)
	}
	customer := soul(random.IntN(souls))
	switch random.IntN(5) {
	case 0: // now and then dated ahead
		order(customer, day.AddDate(0, 0, max(0, random.IntN(20)-14)), anyAmount(random))
	case 1, 2:
		some(`with changed as (insert into signals values ($1, $2, $3, $4, $5, 'test', $6, '', '', $5) returning customer_id)`+touches,
			customer, id(), 1+random.IntN(6), random.IntN(100), day.Add(-time.Duration(random.IntN(900))*time.Hour), id())
	case 3:
		factor := []string{"influence", "prospects", "loyalty", "expected_sales"}[random.IntN(4)]
		some(`with changed as (insert into judgements values ($1, $2, $3, $4, '', cast($5::timestamptz as date), $6::timestamptz, '', $5::timestamptz) returning customer_id)`+touches,
			customer, id(), factor, 1+random.IntN(4), day, day.AddDate(0, 0, 1+random.IntN(9)))
	case 4:
		some(`with changed as (insert into grade_overrides values ($1, $2, $3, '', cast($4::timestamptz as date), $5::timestamptz, '', $4::timestamptz) returning customer_id)`+touches,
			customer, id(), 1+random.IntN(4), day, day.AddDate(0, 0, 1+random.IntN(9)))
	}
	return append(out, rare(random, n, day)...)
}

// steady are those who go on ordering every twelve days. Half of them are new, the others have been there for nearly two years and have bought much more then.
const steady = 60

// past is what everybody has behind him: a rhythm of his own and then silence; those who are steady; and some who have ordered nothing, but have shown interest nearly a
// year ago.
func past(order func(uuid.UUID, time.Time, int), some func(string, ...any), random *rand.Rand, day time.Time) {
	for i := range souls {
		switch {
		case i < steady/2:
			for ago := 80 + 3*i; ago > 0; ago -= 12 {
				order(soul(i), day.AddDate(0, 0, -ago), 20)
			}
		case i < steady:
			order(soul(i), day.AddDate(0, 0, -730+3*(i-steady/2)), 50)
			for k := range 8 {
				order(soul(i), day.AddDate(0, 0, -500+10*k), 90_000)
			}
			for ago := 120; ago > 0; ago -= 12 {
				order(soul(i), day.AddDate(0, 0, -ago), 20)
			}
		case i < 2*steady:
			some(`insert into signals values ($1, $2, 1, 1, $3, 'test', 'interest', '', '', $3)`, soul(i), soul(i), day.AddDate(0, 0, -365+i-steady))
		default:
			for k := range 3 { // enough complaints for a warning, which ends when the first of them is too old
				some(`insert into signals values ($1, $2, 2, 1, $3, 'test', $4, '', '', $3)`, soul(i), uuid.UUID{0: byte(k + 1), 15: byte(i)},
					day.AddDate(0, 0, -k-(i-2*steady)/3), fmt.Sprint("complaint ", k))
			}
			rhythm := 1 + random.IntN(60)
			for k := range random.IntN(9) {
				order(soul(i), day.AddDate(0, 0, -k*rhythm-random.IntN(1+rhythm/3)-random.IntN(2)*random.IntN(700)), anyAmount(random))
			}
		}
	}
}

func anyAmount(random *rand.Rand) int { return random.IntN(900_000)>>random.IntN(14) - 50 }

// rare are changes of the rules, at days that each test has.
func rare(random *rand.Rand, n int, day time.Time) (out []happening) {
	switch n {
	case 15: // points, and what was bought before
		programme, err := protojson.Marshal(&segmentationv1.LoyaltyProgramme{
			Enabled: true, PointsPerHundred: "10", ReferralPoints: 500, ExpiryMonths: 24, StartDate: civil.Date(day.AddDate(-1, 0, 3)),
			Levels: []*segmentationv1.LoyaltyLevel{{Id: "member", LabelEn: "Member"}, {Id: "silver", LabelEn: "Silver", FromPoints: 300}},
		})
		if err != nil {
			panic(err)
		}
		return []happening{{`insert into loyalty_programmes values (2, $1, '', $2)`, []any{string(programme), day}}}
	case 30:
		return []happening{{`insert into purchase_models values ($1, $2::timestamptz, 0.9, 5, 0.6, 1.4, -1, 100, 1, $2::timestamptz)`, []any{soul(200), day}}}
	case 45, 75:
		rule := []string{"days_since_last_order > 45 && orders > 0", `complaints(20) >= 1 || today > timestamp("2026-08-01T00:00:00Z")`}[n/60]
		return []happening{{`insert into segments values ($1, 1, 1, 'Timely', '', '', '', $3, 1, 1, 1, null, '', $2, $2)`, []any{soul(100 + n), day, rule}}}
	case 60: // other borders of a model that begins some days later
		return []happening{{`insert into grading_models select $1, 1, 0, jsonb_set(body, '{borders,b}', '"40"'), cast($2::timestamptz as date) + 5, $2::timestamptz, '', $2::timestamptz, $2::timestamptz from grading_models limit 1`, []any{soul(201), day}}}
	case 50, 70: // another number of the lifecycle, which is nothing to the grade, and one that is silence, for which churn is warned of, too
		path := []string{"{lifecycleRules,stableOrderDays}", "{churnRules,deviationFactor}"}[n/60]
		return []happening{{`insert into settings select version + 1, jsonb_set(body, $1::text::text[], '2'), '', $2 from settings order by version desc limit 1`, []any{path, day}}}
	case 85:
		return []happening{{`update payments set paid_date = $1 where paid_date is null`, []any{day}}}
	}
	if n%20 == 7 { // late, and later every day
		return []happening{{
			`with changed as (insert into payments values ($1, $2, 'CNY', 1, 500, $3, null) returning customer_id)` + touches,
			[]any{soul(random.IntN(souls)), uuid.New(), day.AddDate(0, 0, -random.IntN(40))},
		}}
	}
	return nil
}
