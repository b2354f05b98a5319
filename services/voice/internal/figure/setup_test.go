package figure_test

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
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/figure"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

const (
	basic   = typev1.Level_BASIC
	manager = typev1.Level_MANAGER
)

// bench is a server of figures over tables that a test fills itself. Its clock stands at 2026-01-05, 17:00 in Shanghai.
type bench struct {
	*figure.Server
	db    *postgres.DB
	clock *testkit.Clock
}

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: testkit.Database(t, migrate), clock: testkit.NewClock()}
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	b.Server = figure.NewServer(b.db, b.clock.Now, pages, settings.NewStore(b.db, b.clock.Now))
	return b
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

// client is a customer.
type client struct {
	id               uuid.UUID
	owner, territory string
	class            int
}

func (b *bench) client(t *testing.T, c client) client {
	t.Helper()
	c.id = uuid.Must(uuid.NewV7())
	if c.territory == "" {
		c.territory = "cn/south"
	}
	b.exec(t, `insert into customers (customer_id, owner, territory, class, create_time) values ($1, $2, $3, $4, '2025-01-01')`, c.id, c.owner, c.territory, c.class)
	return c
}

// affair is a case.
type affair struct {
	client
	id                         uuid.UUID
	assignee, product          string
	request, severity          int
	major, implicit            bool
	received                   time.Time
	answered, resolved, closed *time.Time
	reopens                    int
}

func (b *bench) affair(t *testing.T, a affair) affair {
	t.Helper()
	a.id = uuid.Must(uuid.NewV7())
	if a.request == 0 {
		a.request, a.severity = 2, 3
	}
	state := 4
	switch {
	case a.closed != nil:
		state = 8
	case a.resolved != nil:
		state = 6
	}
	b.exec(t, `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code, cause,
			assignee, received_time, first_response_time, resolve_time, close_time, reopen_count, reassign_count, revision, create_time, update_time, implicit)
		values ($1, $2, $3, 1, 3, 1, $4, 2, $5, $6, '', $7, '', '', $8, $9, $10, $11, $12, $13, 0, 1, $9, $9, $14)`,
		a.client.id, a.id, a.request, a.severity, a.major, state, a.product, a.assignee, a.received, a.answered, a.resolved, a.closed, a.reopens, a.implicit)
	return a
}

// steps are those of a case that began or ended its work, in their order.
func (b *bench) step(t *testing.T, a *affair, number int, verb string, at time.Time) {
	t.Helper()
	b.exec(t, `insert into timeline (customer_id, case_id, number, kind, actor, occur_time, note, data) values ($1, $2, $3, 1, 'x', $4, '', jsonb_build_object('verb', $5::text))`,
		a.client.id, a.id, number, at, verb)
}

// Of the states of clocks.
const (
	running, met, missed, cancelled = 1, 3, 4, 5
)

var (
	ruleA = uuid.MustParse("00000000-0000-7000-8000-00000000000a")
	ruleB = uuid.MustParse("00000000-0000-7000-8000-00000000000b")
)

func (b *bench) timer(t *testing.T, a *affair, rule uuid.UUID, measure, state int, used int64, due *time.Time) {
	t.Helper()
	b.exec(t, `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, customer_factor, sla_factor, target_seconds, pauses, state,
			used_seconds, intervals, alarms, change_time, due_time)
		values ($1, $2, $3, $4, $5, 1, $3, 1, 1, 1, 3600, true, $6, $7, 1, 0, $8, $9)`,
		a.client.id, a.id, uuid.Must(uuid.NewV7()), measure, rule, state, used, a.received, due)
}

// say is a voice of a customer.
func (b *bench) say(t *testing.T, c client, kind int, product string, implicit bool, at time.Time, of *affair) {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	var answer *uuid.UUID
	if of != nil {
		answer = &of.id
	}
	b.exec(t, `insert into voices (voice_id, customer_id, source, kind, phase, technicality, track, body, language, product_line, product_code, order_reference, reporter_name,
			reporter_contact, affected, duration_minutes, grading, source_system, source_id, digest, implicit, major, received_time, case_id, author, create_time, update_time,
			revision)
		values ($1, $2, 1, $3, 3, 1, 1, '', '', $4, '', '', '', '', 0, 0, 0, '', '', '', $5, false, $6, $7, '', $6, $6, 1)`, id, c.id, kind, product, implicit, at, answer)
}

// buy is an order of a customer with a line for each quantity.
func (b *bench) buy(t *testing.T, c client, at time.Time, delivered *time.Time, lines map[string]float64) {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into orders (customer_id, order_id, source_system, order_number, order_time, delivered_time) values ($1, $2, 'erp', $3, $4, $5)`,
		c.id, id, id.String(), at, delivered)
	number := 0
	for product, quantity := range lines {
		b.exec(t, `insert into order_lines (customer_id, order_id, number, product_line, product_code, quantity) values ($1, $2, $3, $4, '', $5)`, c.id, id, number, product, quantity)
		number++
	}
}

func caller(t *testing.T, subject string, level typev1.Level, territories ...string) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: subject, Level: level, Territories: territories})
}

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

func day(month, d int) *date.Date { return &date.Date{Year: 2026, Month: int32(month), Day: int32(d)} }

// at is an instant of January in Shanghai.
func at(d, hour, minute int) time.Time {
	return time.Date(2026, 1, d, hour, minute, 0, 0, shanghai)
}

var shanghai = time.FixedZone("CST", 8*60*60)

func later(at time.Time, by time.Duration) *time.Time {
	out := at.Add(by)
	return &out
}

func inJanuary(group voicev1.ListVoiceFiguresRequest_GroupBy, from, to int) *voicev1.ListVoiceFiguresRequest {
	return &voicev1.ListVoiceFiguresRequest{From: day(1, from), To: day(1, to), GroupBy: group}
}
