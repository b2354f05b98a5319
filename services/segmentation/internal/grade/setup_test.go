package grade_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/grade"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "segmentation_migrations", os.DirFS("../../migrations"))
}

// shanghai is the zone of the shipped settings.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// bench is a database with customers, and the part that grades them.
type bench struct {
	db    *postgres.DB
	clock *testkit.Clock
	part  *grade.Part
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: testkit.Database(t, migrate), clock: testkit.NewClock()}
	b.part = grade.NewPart(b.db, b.clock.Now)
	return b
}

// facts are what is measured of a customer; decimals as text, empty: null.
type facts struct {
	firstDay                              string
	gross, net, lastYear, sales, lateDays string
	quarters                              int
	territory                             string
	share, relationship                   string
	judged                                map[string]int
}

func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// insertMeasures writes a row of measures; the rest of its columns do not matter to the shipped model.
const insertMeasures = ` (customer_id, measure_month, first_day, last_day, order_days, sales, stated_sales, previous_sales, year_sales, last_year_sales, last_year_gross,
	last_year_net, orders, quarters, product_lines, unrated, payment_late_days)
	values ($1, '2026-01-01', cast($2 as date), cast($2 as date), 1, coalesce(cast($3 as numeric), 0), 0, 0, 0, coalesce(cast($4 as numeric), 0), cast($5 as numeric), cast($6 as numeric), 1, $7, 1, 0, cast($8 as double precision))`

func (b *bench) customer(t *testing.T, f facts) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	if f.territory == "" {
		f.territory = "cn/south"
	}
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, $2, now())`, id, f.territory)
	b.exec(t, `insert into standings (customer_id) values ($1)`, id)
	require.NoError(t, b.measureIn(t.Context(), "measures", id, f))
	for kind, value := range map[int]string{4: f.share, 5: f.relationship} {
		if value != "" {
			b.signal(t, id, kind, value, b.clock.Now().Add(-time.Hour))
		}
	}
	for factor, level := range f.judged {
		b.judge(t, id, factor, level, day("2026-01-01"), day("2027-01-01"))
	}
	return id
}

func (b *bench) measureIn(ctx context.Context, table string, id uuid.UUID, f facts) error {
	_, err := b.db.Exec(ctx, "insert into "+table+insertMeasures,
		id, null(f.firstDay), null(f.sales), null(f.lastYear), null(f.gross), null(f.net), f.quarters, null(f.lateDays))
	return err
}

func (b *bench) signal(t *testing.T, customer uuid.UUID, kind int, value string, at time.Time) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into signals (customer_id, signal_id, kind, value, signal_time, source_system, source_id, note, author, create_time)
		values ($1, $2, $3, cast($4 as numeric), $5, 'test', gen_random_uuid()::text, '', '', $5)`, customer, id, kind, value, at)
	return id
}

func (b *bench) judge(t *testing.T, customer uuid.UUID, factor string, level int, from, until time.Time) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into judgements (customer_id, judgement_id, factor, level, evidence, judge_day, expire_day, author, create_time)
		values ($1, $2, $3, $4, 'seen', $5, $6, 'alice', $7)`, customer, id, factor, level, from, until, b.clock.Now())
	return id
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func (b *bench) scope(ids ...uuid.UUID) assess.Scope {
	now := b.clock.Now()
	y, m, d := now.In(shanghai).Date()
	return assess.Scope{
		Customers: ids, Day: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Now: now,
		Settings: &settings.Numbers{Zone: shanghai, FiscalYearStart: time.January, Currency: "CNY"},
	}
}

func (b *bench) assess(t *testing.T, ids ...uuid.UUID) []assess.Announcement {
	t.Helper()
	out, err := b.part.Assess(t.Context(), b.scope(ids...))
	require.NoError(t, err)
	return out
}

// standing is the grade that a customer stands with.
type standing struct {
	Grade       gradingmodel.Grade `db:"grade"`
	Score       *decimal.Decimal   `db:"score"`
	Provisional bool               `db:"provisional"`
}

func (b *bench) standing(t *testing.T, id uuid.UUID) standing {
	t.Helper()
	var s standing
	require.NoError(t, b.db.Get(t.Context(), &s, `select grade, score, provisional from standings where customer_id = $1`, id))
	return s
}

func (b *bench) assessments(t *testing.T, id uuid.UUID) int {
	t.Helper()
	var n int
	require.NoError(t, b.db.Get(t.Context(), &n, `select count(*) from assessments where customer_id = $1`, id))
	return n
}

func (b *bench) levels(t *testing.T, id uuid.UUID) string {
	t.Helper()
	var levels string
	require.NoError(t, b.db.Get(t.Context(), &levels,
		`select array_to_string(levels, '') from assessments where customer_id = $1 order by valid_day desc, record_time desc, assessment_id desc limit 1`, id))
	return levels
}

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}
