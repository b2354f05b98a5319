package churn

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

var definition = service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations")}

func migrate(ctx context.Context, db *postgres.DB) error { return service.Migrate(ctx, db, definition) }

// today is the business day of testkit.Start.
var today = on(2026, 1, 5)

func on(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func ago(days int) time.Time { return today.AddDate(0, 0, -days) }

// world is a database and who looks at it.
type world struct {
	testing.TB
	*postgres.DB
	part    *Part
	numbers *settings.Numbers
	clock   *testkit.Clock
}

func setup(t testing.TB) *world {
	t.Helper()
	return newWorld(t, testkit.Database(t, migrate))
}

func newWorld(t testing.TB, db *postgres.DB) *world {
	t.Helper()
	w := &world{TB: t, DB: db, part: NewPart(db), clock: testkit.NewClock()}
	var err error
	w.numbers, err = settings.NewStore(db, w.clock.Now).Current(t.Context())
	require.NoError(t, err)
	return w
}

func (w *world) run(query string, args ...any) {
	w.Helper()
	_, err := w.Exec(w.Context(), query, args...)
	require.NoError(w, err)
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id
}

// measures are what a test says of a customer.
type measures struct {
	First, Last       time.Time
	OrderDays         int
	Median, Deviation any
	Sales, Previous   string
	Unrated           int
	Tier              int
	LastOrder         any
	Territory         string
	Value             string
}

func (w *world) customer(m measures) uuid.UUID {
	w.Helper()
	id := newID(w)
	w.run(`insert into customers (customer_id, territory, owner, display_name, create_time) values ($1, $2, 'alice', '光谷', $3)`, id, m.Territory, w.clock.Now())
	w.run(`insert into standings (customer_id, tier, value) values ($1, $2, $3)`, id, m.Tier, orZero(m.Value))
	w.measure(id, m)
	return id
}

func (w *world) measure(id uuid.UUID, m measures) {
	w.Helper()
	var first, last any
	if m.OrderDays > 0 {
		first, last = m.First, m.Last
	}
	w.run(`insert into measures (customer_id, measure_month, first_day, last_day, order_days, interval_median, interval_deviation, last_order, sales, stated_sales,
			previous_sales, year_sales, last_year_sales, orders, quarters, product_lines, unrated)
		values ($1, date_trunc('month', cast($2 as date)), $3, $4, $5, $6, $7, $8, $9, 0, $10, 0, 0, 0, 0, 0, $11)
		on conflict (customer_id) do update set first_day = excluded.first_day, last_day = excluded.last_day, order_days = excluded.order_days,
			interval_median = excluded.interval_median, interval_deviation = excluded.interval_deviation, last_order = excluded.last_order,
			sales = excluded.sales, previous_sales = excluded.previous_sales, unrated = excluded.unrated`,
		id, today, first, last, m.OrderDays, m.Median, m.Deviation, m.LastOrder, orZero(m.Sales), orZero(m.Previous), m.Unrated)
}

func orZero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}

func (w *world) signal(id uuid.UUID, kind segmentationv1.Signal_Kind, value float64, at time.Time) uuid.UUID {
	w.Helper()
	signal := newID(w)
	w.run(`insert into signals (customer_id, signal_id, kind, value, signal_time, source_system, source_id, note, author, create_time)
		values ($1, $2, $3, $4, $5, 'test', $6, '', '', $5)`, id, signal, int(kind), value, at, signal.String())
	return signal
}

func everywhere(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
}

// assess looks at customers as the assessor does.
func (w *world) assess(day time.Time, cause assess.Cause, customers ...uuid.UUID) (out []assess.Announcement) {
	w.Helper()
	err := w.InTx(everywhere(w.Context()), func(ctx context.Context) error {
		if _, err := aggregate.Hold(ctx, w.DB, customers); err != nil {
			return err
		}
		scope := assess.Scope{Customers: customers, Day: day, Now: w.clock.Now(), Settings: w.numbers, Causes: map[uuid.UUID]assess.Cause{}}
		for _, id := range customers {
			scope.Causes[id] = cause
		}
		var err error
		out, err = w.part.Assess(ctx, scope)
		return err
	})
	require.NoError(w, err)
	return out
}

// reasons are those for which a customer is at risk.
func (w *world) reasons(id uuid.UUID) (out []Reason) {
	w.Helper()
	open, _, err := w.part.store.Of(w.Context(), id)
	require.NoError(w, err)
	out = []Reason{}
	for _, r := range open {
		out = append(out, r.Reason)
	}
	var marked bool
	require.NoError(w, w.Get(w.Context(), &marked, `select at_risk from standings where customer_id = $1`, id))
	require.Equal(w, len(out) > 0, marked, "the standing is in step")
	return out
}
