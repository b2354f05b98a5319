package standing

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// today is the business day of the tests: the clock of testkit, in Shanghai.
var today = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// base is a store with its database and the shipped numbers.
type base struct {
	*Store
	numbers *settings.Numbers
}

func newBase(t *testing.T) *base {
	t.Helper()
	db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		if err := platform.Migrate(ctx, db); err != nil {
			return err
		}
		return postgres.Migrate(ctx, db, "segmentation_migrations", os.DirFS("../../migrations"))
	})
	numbers, err := settings.NewStore(db, testkit.NewClock().Now).Current(t.Context())
	require.NoError(t, err)
	return &base{NewStore(db), numbers}
}

// facts are what a test says of a customer; the rest is that of a customer who has bought steadily for years, last time ten days ago.
type facts struct {
	sales, previous string
	orderDays       int
	first, last     int // days ago
	median, spread  float64
}

func usual(sales string) facts {
	return facts{sales: sales, previous: "0", orderDays: 24, first: 700, last: 10, median: 30, spread: 2}
}

func (b *base) add(t *testing.T, f facts) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	b.put(t, id, f)
	return id
}

func (b *base) put(t *testing.T, id uuid.UUID, f facts) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), `insert into customers (customer_id, territory, create_time) values ($1, 'cn/south', now()) on conflict do nothing`, id)
	require.NoError(t, err)
	_, err = b.db.Exec(t.Context(), `insert into standings (customer_id) values ($1) on conflict do nothing`, id)
	require.NoError(t, err)
	var first, last *time.Time
	var median, spread *float64
	if f.orderDays > 0 {
		a, z := today.AddDate(0, 0, -f.first), today.AddDate(0, 0, -f.last)
		first, last = &a, &z
	}
	if f.orderDays > 1 {
		median, spread = &f.median, &f.spread
	}
	_, err = b.db.Exec(t.Context(), `insert into measures (customer_id, measure_month, first_day, last_day, order_days, interval_median, interval_deviation, sales,
			stated_sales, previous_sales, year_sales, last_year_sales, orders, quarters, product_lines, unrated)
		values ($1, '2026-01-01', $2, $3, $4, $5, $6, $7, 0, $8, 0, 0, 0, 0, 0, 0)
		on conflict (customer_id) do update set first_day = $2, last_day = $3, order_days = $4, interval_median = $5, interval_deviation = $6, sales = $7, previous_sales = $8`,
		id, first, last, f.orderDays, median, spread, f.sales, f.previous)
	require.NoError(t, err)
}

// look judges the customers in a transaction, as the assessor does.
func (b *base) look(t *testing.T, ids ...uuid.UUID) []assess.Announcement {
	t.Helper()
	var said []assess.Announcement
	err := b.db.InTx(t.Context(), func(ctx context.Context) (err error) {
		said, err = b.Assess(ctx, assess.Scope{Customers: ids, Day: today, Now: testkit.Start, Settings: b.numbers})
		return err
	})
	require.NoError(t, err)
	return said
}

func (b *base) at(t *testing.T, id uuid.UUID) standing {
	t.Helper()
	at, err := b.get(auth.With(t.Context(), auth.Principal{Territories: []string{auth.Anywhere}}), id)
	require.NoError(t, err)
	return at
}

// Of 1,000 customers with orders 10 are core, 190 important, 300 ordinary, 500 small-medium; 50, 150 and 800 are A, B and C. Half of them have the same value, so that
// a border runs through equals: there the lower ids are above.
func TestClassesByRank(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	_, err := b.db.Exec(t.Context(), `with c as (
			insert into customers (customer_id, territory, create_time)
			select cast(lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000' as uuid), 'cn', now() from generate_series(1, 1100) i returning customer_id
		), s as (insert into standings (customer_id) select customer_id from c)
		insert into measures (customer_id, measure_month, first_day, last_day, order_days, sales, stated_sales, previous_sales, year_sales, last_year_sales, orders, quarters,
			product_lines, unrated)
		select cast(lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000' as uuid), '2026-01-01', '2025-01-01', '2026-01-01', case when i <= 1000 then 5 else 0 end,
			case when i <= 1000 then greatest(1000 - i, 500) else 0 end, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, 1100) i`)
	require.NoError(t, err)
	var ids []uuid.UUID
	require.NoError(t, b.db.Select(t.Context(), &ids, `select customer_id from customers`))
	_, changed, err := b.Rank(t.Context(), today, testkit.Start, b.numbers)
	require.NoError(t, err)
	require.True(t, changed)
	b.look(t, ids...)

	count := func(column string) map[int16]int {
		var rows []struct {
			Value int16 `db:"value"`
			Count int   `db:"count"`
		}
		require.NoError(t, b.db.SelectDynamic(t.Context(), &rows, `select `+column+` as value, count(*) as count from standings group by 1`))
		out := map[int16]int{}
		for _, r := range rows {
			out[r.Value] = r.Count
		}
		return out
	}
	require.Equal(t, map[int16]int{5: 10, 4: 190, 3: 300, 2: 500, 1: 100}, count("class"))
	require.Equal(t, map[int16]int{3: 50, 2: 150, 1: 800, 0: 100}, count("abc"))
	var border uuid.UUID
	require.NoError(t, b.db.Get(t.Context(), &border, `select customer_id from standings where class = 3 order by customer_id desc limit 1`))
	require.Equal(t, "000001f4-0000-7000-8000-000000000000", border.String(), "the 500th of equals")

	_, changed, err = b.Rank(t.Context(), today, testkit.Start, b.numbers)
	require.NoError(t, err)
	require.False(t, changed, "a ranking of the same facts is the same")
	require.Empty(t, b.look(t, ids...), "judged again nobody moves")
}

func TestTierBoundaries(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	for _, c := range []struct {
		monthly     string
		tier, level int16
	}{
		{"100000", 5, 31},
		{"149999.99", 5, 31},
		{"150000", 5, 32},
		{"999999999", 5, 60},
		{"99999.99", 4, 30},
		{"10000", 4, 16},
		{"16000", 4, 17},
		{"9999.99", 3, 15},
		{"2000", 3, 9},
		{"1999.99", 2, 8},
		{"300", 2, 4},
		{"299.99", 1, 3},
		{"100", 1, 2},
		{"99.99", 1, 1},
		{"0", 1, 1},
		{"-5", 1, 1},
	} {
		year := decimal.RequireFromString(c.monthly).Mul(decimal.NewFromInt(12))
		id := b.add(t, usual(year.String()))
		b.look(t, id)
		at := b.at(t, id)
		require.Equal(t, c.tier, at.Tier, "tier of %s", c.monthly)
		require.Equal(t, c.level, at.InnerLevel, "inner level of %s", c.monthly)
		require.Equal(t, c.monthly, at.Contribution.String())
	}
}

// A customer goes up at once, and down only when more than a tenth below the edge.
func TestTierHysteresis(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	id := b.add(t, usual("120000"))
	for _, step := range []struct {
		sales       string
		tier, level int16
	}{
		{"120000", 4, 16},
		{"119999.88", 4, 16},
		{"108000", 4, 16}, // exactly a tenth below: held
		{"107999.88", 3, 15},
		{"119999.88", 3, 15},
		{"120000", 4, 16},
		{"100", 1, 1}, // two tiers down at once
	} {
		b.put(t, id, usual(step.sales))
		b.look(t, id)
		at := b.at(t, id)
		require.Equal(t, step.tier, at.Tier, "tier at %s a year", step.sales)
		require.Equal(t, step.level, at.InnerLevel, "level at %s a year", step.sales)
	}
}

// A customer of three months has its contribution by month of cooperation.
func TestContributionOfANewCustomer(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	f := usual("30000")
	f.first = 60 // 6 November: three months with the running one
	id := b.add(t, f)
	b.look(t, id)
	require.Equal(t, "10000", b.at(t, id).Contribution.String())
	require.EqualValues(t, 4, b.at(t, id).Tier)
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	const (
		exploration, formation, stability, decline      = 1, 2, 3, 4
		prospect, responder, fresh, established, former = 1, 2, 3, 4, 5
		acquire, activate, manage, retain, winBack      = 1, 2, 3, 4, 5
	)
	for name, c := range map[string]struct {
		facts                   facts
		interest                int // days ago
		stage, role, engagement int16
	}{
		"nothing yet":                       {facts{sales: "0", previous: "0"}, 0, exploration, prospect, acquire},
		"asked a year ago":                  {facts{sales: "0", previous: "0"}, 365, exploration, responder, activate},
		"asked longer ago":                  {facts{sales: "0", previous: "0"}, 366, exploration, prospect, acquire},
		"first order":                       {facts{"100", "0", 1, 5, 5, 0, 0}, 0, exploration, fresh, activate},
		"second order":                      {facts{"100", "0", 2, 40, 5, 35, 0}, 0, formation, fresh, activate},
		"third order":                       {facts{"100", "0", 3, 80, 5, 37, 2}, 0, formation, established, manage},
		"five orders in 180 days":           {facts{"100", "0", 5, 180, 5, 30, 2}, 0, stability, established, manage},
		"five orders in 179 days":           {facts{"100", "0", 5, 179, 5, 30, 2}, 0, formation, established, manage},
		"silent at the limit of its rhythm": {facts{"100", "0", 24, 700, 45, 30, 2}, 0, stability, established, manage},
		"silent beyond it":                  {facts{"100", "0", 24, 700, 46, 30, 2}, 0, decline, established, retain},
		"a wide rhythm bears more":          {facts{"100", "0", 24, 700, 74, 30, 10}, 0, stability, established, manage},
		"a year silent":                     {facts{"0", "0", 24, 900, 366, 30, 2}, 0, decline, former, winBack},
		"two orders, then silence":          {facts{"100", "0", 2, 400, 365, 35, 0}, 0, formation, fresh, activate},
		"a third less than the year before": {facts{"69.99", "100", 24, 800, 10, 30, 2}, 0, decline, established, retain},
		"exactly 30 % less":                 {facts{"70", "100", 24, 800, 10, 30, 2}, 0, stability, established, manage},
		"less, but too young to tell":       {facts{"50", "100", 24, 700, 10, 30, 2}, 0, stability, established, manage},
	} {
		id := b.add(t, c.facts)
		if c.interest > 0 {
			_, err := b.db.Exec(t.Context(), `insert into signals (customer_id, signal_id, kind, value, signal_time, source_system, source_id, note, author, create_time)
				values ($1, $1, 1, 1, $2, 'web', '1', '', '', now())`, id, today.AddDate(0, 0, -c.interest))
			require.NoError(t, err)
		}
		b.look(t, id)
		at := b.at(t, id)
		require.Equal(t, fmt.Sprint(c.stage, c.role, c.engagement), fmt.Sprint(at.Stage, at.Role, at.Engagement), name)
	}
}

// The curve of 100 customers of whom the best brings half.
func TestConcentration(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	var ids []uuid.UUID
	for i := range 100 {
		sales := "100"
		if i == 42 {
			sales = "9900"
		}
		ids = append(ids, b.add(t, usual(sales)))
	}
	b.look(t, ids...)
	c, err := b.concentrate(auth.With(t.Context(), auth.Principal{Territories: []string{auth.Anywhere}}), []float64{1, 50.5, 100})
	require.NoError(t, err)
	require.EqualValues(t, 100, c.Count)
	require.Equal(t, "19800", c.Total.String())
	require.InDelta(t, 0.49, c.Gini, 1e-9)
	require.Len(t, c.Points, 3)
	require.InDelta(t, 0.5, c.Points[0].share(c.Total), 1e-12)
	require.EqualValues(t, 51, c.Points[1].Count, "50.5 % are 51 whole customers")
	require.InDelta(t, 1, c.Points[2].share(c.Total), 1e-12)
	none, err := b.concentrate(auth.With(t.Context(), auth.Principal{Territories: []string{"cn/north"}}), []float64{1})
	require.NoError(t, err)
	require.Zero(t, none.Count)
}
