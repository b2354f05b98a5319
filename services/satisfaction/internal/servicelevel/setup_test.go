package servicelevel_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/servicelevel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// bench is a server over tables that a test fills itself. Its clock stands at 2026-01-05, 17:00 in Shanghai.
type bench struct {
	*servicelevel.Server
	db      *postgres.DB
	store   *servicelevel.Store
	numbers *settings.Store
	clock   *testkit.Clock
}

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "satisfaction", Migrations: os.DirFS("../../migrations")})
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: testkit.Database(t, migrate), clock: testkit.NewClock()}
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	b.numbers, b.store = settings.NewStore(b.db, b.clock.Now), servicelevel.NewStore(b.db, b.clock.Now)
	b.Server, err = servicelevel.NewServer(b.db, b.clock.Now, pages, b.numbers)
	require.NoError(t, err)
	return b
}

func (b *bench) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

// client is a customer.
type client struct {
	id        uuid.UUID
	territory string
	zone      string
	class     int
}

func (b *bench) client(t *testing.T, c client) client {
	t.Helper()
	c.id = uuid.Must(uuid.NewV7())
	if c.territory == "" {
		c.territory = "cn/south"
	}
	if c.zone == "" {
		c.zone = "Asia/Shanghai"
	}
	b.exec(t, `insert into customers (customer_id, territory, class, time_zone, create_time) values ($1, $2, $3, $4, '2025-01-01')`, c.id, c.territory, c.class, c.zone)
	return c
}

// order is an order with the times of its cycle; nil: not known.
type order struct {
	client

	ordered, requested, promised, transmitted, processed, assembled, shipped, delivered *time.Time
	documents                                                                           *bool
	lines                                                                               []line
}

// line is a line of an order.
type line struct {
	product         string
	quantity        int
	filled, damaged *int
}

// buy stores an order as package fact does, with the days of the customer's zone.
func (b *bench) buy(t *testing.T, o order) {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	zone, err := time.LoadLocation(o.zone)
	require.NoError(t, err)
	day := func(at *time.Time) *time.Time {
		if at == nil {
			return nil
		}
		d := settings.DayIn(*at, zone)
		return &d
	}
	b.exec(t, `insert into orders (customer_id, order_id, source_system, order_time, order_day, requested_time, requested_day, promised_time, promised_day, transmitted_time,
			processed_time, assembled_time, shipped_time, shipped_day, delivered_time, delivered_day, documents_correct, currency, amount, product_lines)
		values ($1, $2, 'erp', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '', 0, '{}')`, o.id, id, o.ordered, day(o.ordered), o.requested,
		day(o.requested), o.promised, day(o.promised), o.transmitted, o.processed, o.assembled, o.shipped, day(o.shipped), o.delivered, day(o.delivered), o.documents)
	for i, l := range o.lines {
		b.exec(t, `insert into order_lines (customer_id, order_id, line, product_line, product_code, quantity, filled, damaged) values ($1, $2, $3, $4, '', $5, $6, $7)`,
			o.id, id, i, l.product, l.quantity, l.filled, l.damaged)
	}
}

func caller(ctx context.Context, level typev1.Level, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: "li", Level: level, Territories: territories})
}

func basic(t *testing.T) context.Context {
	t.Helper()
	return caller(t.Context(), typev1.Level_BASIC, "cn")
}

func boss(t *testing.T) context.Context {
	t.Helper()
	return caller(t.Context(), typev1.Level_MANAGER, auth.Anywhere)
}

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

// at is an instant of December 2025 in Shanghai; 32 is the first of January.
func at(day, hour, minute int) *time.Time {
	out := time.Date(2025, 12, day, hour, minute, 0, 0, time.FixedZone("CST", 8*60*60))
	return &out
}

func day(year, month, d int) *date.Date {
	return &date.Date{Year: int32(year), Month: int32(month), Day: int32(d)}
}

func december(group satisfactionv1.ListServiceLevelsRequest_GroupBy) *satisfactionv1.ListServiceLevelsRequest {
	return &satisfactionv1.ListServiceLevelsRequest{From: day(2025, 12, 1), To: day(2025, 12, 31), GroupBy: group}
}

func rule(comparison, due, done int32) *satisfactionv1.OnTimeRule {
	return &satisfactionv1.OnTimeRule{
		Comparison: satisfactionv1.OnTimeRule_Comparison(comparison), Due: satisfactionv1.OnTimeRule_Due(due), Done: satisfactionv1.OnTimeRule_Done(done),
	}
}

// one asks for a single figure.
func (b *bench) one(t *testing.T, r *satisfactionv1.ListServiceLevelsRequest) *satisfactionv1.ServiceLevel {
	t.Helper()
	got, err := b.ListServiceLevels(basic(t), r)
	require.NoError(t, err)
	require.Len(t, got.GetServiceLevels(), 1)
	return got.GetServiceLevels()[0]
}
