package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

func setup(t *testing.T) (*Store, *settings.Numbers) {
	t.Helper()
	db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		return service.Migrate(ctx, db, service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations")})
	})
	numbers, err := settings.NewStore(db, testkit.NewClock().Now).Current(t.Context())
	require.NoError(t, err)
	return NewStore(db), numbers
}

// sale is an order of a test. Its amount is in CNY.
type sale struct {
	day    time.Time
	amount int64
	profit int64 // 0: not stated
	line   string
}

func (s *Store) sell(t *testing.T, customer uuid.UUID, sales ...sale) {
	t.Helper()
	for _, o := range sales {
		id, err := uuid.NewV7()
		require.NoError(t, err)
		var profit any
		if o.profit != 0 {
			profit = o.profit
		}
		_, err = s.db.Exec(t.Context(), `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, gross_profit, net_profit, product_lines)
			values ($1, $2, cast($3 as timestamptz), cast($3 as timestamptz), 'CNY', 1, $4, $5, null, array[$6])`, customer, id, o.day, o.amount, profit, o.line)
		require.NoError(t, err)
	}
}

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

// figures are a row of measures.
type figures struct {
	First     *time.Time          `db:"first_day"`
	Last      *time.Time          `db:"last_day"`
	Days      int                 `db:"order_days"`
	Median    *float64            `db:"interval_median"`
	Deviation *float64            `db:"interval_deviation"`
	Sales     decimal.Decimal     `db:"sales"`
	Gross     decimal.NullDecimal `db:"gross_profit"`
	Stated    decimal.Decimal     `db:"stated_sales"`
	Previous  decimal.Decimal     `db:"previous_sales"`
	Year      decimal.Decimal     `db:"year_sales"`
	LastYear  decimal.Decimal     `db:"last_year_sales"`
	Orders    int                 `db:"orders"`
	Quarters  int                 `db:"quarters"`
	Lines     int                 `db:"product_lines"`
	Unrated   int                 `db:"unrated"`
	Late      *float64            `db:"payment_late_days"`
}

const read = `select first_day, last_day, order_days, interval_median, interval_deviation, sales, gross_profit, stated_sales, previous_sales, year_sales, last_year_sales,
	orders, quarters, product_lines, unrated, payment_late_days from measures where customer_id = $1`

func (s *Store) measure(t *testing.T, n *settings.Numbers, at string, customer uuid.UUID) figures {
	t.Helper()
	require.NoError(t, s.Refresh(t.Context(), []uuid.UUID{customer}, day(at), n))
	var m figures
	require.NoError(t, s.db.Get(t.Context(), &m, read, customer))
	return m
}

// The windows of 17 March 2026 are April 2025 to March 2026, the twelve months before, and the calendar years.
func TestWindows(t *testing.T) {
	t.Parallel()
	s, n := setup(t)
	c := uuid.New()
	s.sell(t, c,
		sale{day("2024-03-31"), 1, 0, "a"}, sale{day("2024-04-01"), 10, 0, "a"}, sale{day("2025-03-31"), 100, 0, "a"}, // the last of the year before
		sale{day("2025-04-01"), 1_000, 400, "a"}, sale{day("2025-12-31"), 10_000, 0, "b"}, sale{day("2026-01-01"), 100_000, 0, "b"},
		sale{day("2026-03-17"), 1_000_000, 0, "c"}, sale{day("2026-03-18"), 10_000_000, 0, "d"}) // tomorrow's counts for nothing
	m := s.measure(t, n, "2026-03-17", c)
	require.Equal(t, "1111000", m.Sales.String())
	require.Equal(t, "110", m.Previous.String())
	require.Equal(t, "400", m.Gross.Decimal.String())
	require.Equal(t, "1000", m.Stated.String())
	require.Equal(t, "1100000", m.Year.String())
	require.Equal(t, "11100", m.LastYear.String())
	require.Equal(t, 4, m.Orders)
	require.Equal(t, 3, m.Quarters, "April to June, October to December, January to March")
	require.Equal(t, 3, m.Lines)
	require.Equal(t, 7, m.Days)

	n.FiscalYearStart = time.April
	m = s.measure(t, n, "2026-03-17", c)
	require.Equal(t, "1111000", m.Year.String(), "the fiscal year from April on")
	require.Equal(t, "110", m.LastYear.String())
}

func TestRhythmCountsDaysAndNoReturns(t *testing.T) {
	t.Parallel()
	s, n := setup(t)
	c := uuid.New()
	s.sell(t, c, sale{day("2026-01-01"), 5, 0, "a"}, sale{day("2026-01-01"), 6, 0, "a"}, sale{day("2026-01-11"), 5, 0, "a"}, sale{day("2026-01-31"), 5, 0, "a"},
		sale{day("2026-02-10"), 5, 0, "a"}, sale{day("2026-02-20"), -5, 0, "a"})
	m := s.measure(t, n, "2026-03-17", c)
	require.Equal(t, 4, m.Days)
	require.Equal(t, day("2026-02-10"), m.Last.UTC())
	require.InDelta(t, 10, *m.Median, 0, "of 10, 20, 10")
	require.InDelta(t, 0, *m.Deviation, 0)
	require.Equal(t, "21", m.Sales.String(), "returns are deducted")

	only := uuid.New()
	s.sell(t, only, sale{day("2026-01-01"), -5, 0, "a"})
	m = s.measure(t, n, "2026-03-17", only)
	require.Zero(t, m.Days)
	require.Nil(t, m.First)
	require.Zero(t, m.Lines)
}

func TestOrdersInAnUnknownCurrencyAreCountedAndNotSummed(t *testing.T) {
	t.Parallel()
	s, n := setup(t)
	c := uuid.New()
	s.sell(t, c, sale{day("2026-01-01"), 5, 0, "a"}, sale{day("2026-01-02"), 7, 0, "a"})
	_, err := s.db.Exec(t.Context(), `update orders set currency = 'XAF', rate = null where amount = 7`)
	require.NoError(t, err)
	m := s.measure(t, n, "2026-03-17", c)
	require.Equal(t, "5", m.Sales.String())
	require.Equal(t, 1, m.Unrated)
	require.Equal(t, 2, m.Days, "an order all the same")
}

// Lateness is weighted by amount; what is open counts to the day of measuring, what is not due yet does not count.
func TestPaymentLateness(t *testing.T) {
	t.Parallel()
	s, n := setup(t)
	c := uuid.New()
	for i, p := range []struct {
		amount    int64
		due, paid string
	}{{300, "2026-01-10", "2026-01-01"}, {100, "2026-01-10", "2026-01-30"}, {100, "2026-03-07", ""}, {900, "2026-04-01", ""}, {50, "2024-03-31", "2025-03-31"}} {
		var paid any
		if p.paid != "" {
			paid = p.paid
		}
		_, err := s.db.Exec(t.Context(), `insert into payments (customer_id, payment_id, currency, rate, amount, due_date, paid_date) values ($1, $2, 'CNY', 1, $3, $4, $5)`,
			c, fmt.Sprintf("00000000-0000-7000-8000-%012d", i), p.amount, p.due, paid)
		require.NoError(t, err)
	}
	m := s.measure(t, n, "2026-03-17", c)
	require.InDelta(t, (100*20+100*10)/500.0, *m.Late, 1e-12)
}

// What time alone changes is measured anew, and nobody else.
func TestRenewal(t *testing.T) {
	t.Parallel()
	s, n := setup(t)
	old, current := uuid.New(), uuid.New()
	s.sell(t, old, sale{day("2025-02-10"), 5, 0, "a"})
	s.sell(t, current, sale{day("2025-03-10"), 5, 0, "a"})
	require.Equal(t, "5", s.measure(t, n, "2026-01-31", old).Sales.String())
	s.measure(t, n, "2026-02-01", current)
	_, err := s.db.Exec(t.Context(), `update measures set orders = 77 where customer_id = $1`, current) // would be mended if it were measured
	require.NoError(t, err)
	s.renew(t, n, "2026-02-01", old)
	var m figures
	require.NoError(t, s.db.Get(t.Context(), &m, read, old))
	require.Equal(t, "5", m.Previous.String(), "February 2025 is out when February 2026 has begun")
	require.Equal(t, "0", m.Sales.String())
	require.NoError(t, s.db.Get(t.Context(), &m, read, current))
	require.Equal(t, 77, m.Orders, "measured this very month")
	s.renew(t, n, "2026-03-01", old, current)
	require.NoError(t, s.db.Get(t.Context(), &m, read, current))
	require.Zero(t, m.Orders)
	require.Equal(t, "5", m.Previous.String())
}

// renew measures those anew who have aged by that day, and they are these.
func (s *Store) renew(t *testing.T, n *settings.Numbers, today string, want ...uuid.UUID) {
	t.Helper()
	aged, err := s.Aged(t.Context(), uuid.Nil, day(today), n, 10)
	require.NoError(t, err)
	require.ElementsMatch(t, want, aged)
	require.NoError(t, s.Refresh(t.Context(), aged, day(today), n))
	aged, err = s.Aged(t.Context(), uuid.Nil, day(today), n, 10)
	require.NoError(t, err)
	require.Empty(t, aged)
}

// The rhythm by SQL is that of the definitions, for random orders.
func TestRhythmEqualsItsDefinition(t *testing.T) {
	t.Parallel()
	s, n := setup(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		c := uuid.New()
		days := map[int]bool{}
		for range 1 + random.IntN(12) {
			d := random.IntN(400)
			days[d] = true
			s.sell(t, c, sale{day("2025-01-01").AddDate(0, 0, d), 1 + random.Int64N(9), 0, "a"})
		}
		var sorted []int
		for d := range days {
			sorted = append(sorted, d)
		}
		slices.Sort(sorted)
		var gaps []float64
		for i := 1; i < len(sorted); i++ {
			gaps = append(gaps, float64(sorted[i]-sorted[i-1]))
		}
		m := s.measure(t, n, "2026-03-17", c)
		require.Equal(t, len(sorted), m.Days)
		if len(gaps) == 0 {
			require.Nil(t, m.Median)
			continue
		}
		middle := median(gaps)
		require.InDelta(t, middle, *m.Median, 1e-9)
		for i := range gaps {
			gaps[i] = max(gaps[i]-middle, middle-gaps[i])
		}
		require.InDelta(t, median(gaps), *m.Deviation, 1e-9)
	}
}

func median(list []float64) float64 {
	slices.Sort(list)
	half := len(list) / 2
	if len(list)%2 == 1 {
		return list[half]
	}
	return (list[half-1] + list[half]) / 2
}

// A past day is measured into a table of its own, by what was before it.
func TestRecall(t *testing.T) {
	t.Parallel()
	s, n := setup(t)
	c := uuid.New()
	s.sell(t, c, sale{day("2024-06-10"), 5, 0, "a"}, sale{day("2025-06-10"), 7, 0, "a"})
	s.measure(t, n, "2026-01-31", c)
	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		if err := s.Recall(ctx, []uuid.UUID{c}, day("2025-01-01"), n); err != nil {
			return err
		}
		var then, now decimal.Decimal
		require.NoError(t, s.db.Get(ctx, &then, `select last_year_sales from measures_then where customer_id = $1`, c))
		require.NoError(t, s.db.Get(ctx, &now, `select last_year_sales from measures where customer_id = $1`, c))
		require.Equal(t, "5", then.String())
		require.Equal(t, "7", now.String())
		return nil
	})
	require.NoError(t, err)
}
