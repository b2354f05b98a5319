package escalation

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
}

// bundle is escalation on a database of its own.
type bundle struct {
	*Server
	db    *postgres.DB
	clock *testkit.Clock
}

func setup(t testing.TB) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	return on(t, db, clock)
}

// on is another replica on a database.
func on(t testing.TB, db *postgres.DB, clock *testkit.Clock) *bundle {
	t.Helper()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	s, err := NewServer(db, clock.Now, pages, settings.NewStore(db, clock.Now))
	require.NoError(t, err)
	return &bundle{Server: s, db: db, clock: clock}
}

func caller(ctx context.Context, subject string, level typev1.Level, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: subject, Level: level, Territories: territories})
}

func (b *bundle) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func (b *bundle) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, b.db.Get(t.Context(), &n, query, args...))
	return n
}

func (b *bundle) desk(t testing.TB, territory string, leads ...string) {
	t.Helper()
	b.exec(t, `insert into desks (desk_id, territory, label_en, label_zh, leads, inactive, author, create_time, update_time)
		values (gen_random_uuid(), $1, '', '', $2, false, '', now(), now())`, territory, pq.StringArray(leads))
}

// step is an alarm of a clock, so long after the start.
type step struct {
	level   Level
	trigger Trigger
	after   time.Duration
}

// ticking is a case with a clock that runs.
type ticking struct{ customer, id, clock uuid.UUID }

func (b *bundle) customer(t testing.TB, territory string) uuid.UUID {
	t.Helper()
	id := uuid.New()
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, $2, now())`, id, territory)
	return id
}

const (
	insertCase = `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code,
			cause, assignee, received_time, revision, create_time, update_time)
		values ($1, $2, 2, 1, 1, 1, 2, 2, false, 4, '', '', '', '', 'li', $3, 1, $3, $3)`

	insertClock = `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, sla_factor, customer_factor, target_seconds, pauses, state,
			used_seconds, intervals, alarms, change_time, running_since, due_time, next_alarm_time, next_alarm)
		values ($1, $2, $3, 2, $3, 1, $3, 1, 1, 1, 3600, true, 1, 0, 1, $4, $5, $5, $6, $7, 1)`

	insertInterval = `insert into clock_intervals (customer_id, case_id, clock_id, number, level, cause, state, start_time, rule_id, rule_version, calendar_id, calendar_version,
			sla_factor, target_seconds, used_seconds, due_time)
		values ($1, $2, $3, 1, 0, 1, 1, $4, $3, 1, $3, 1, 1, 3600, 0, $5)`

	insertAlarm = `insert into clock_alarms (customer_id, case_id, clock_id, number, level, trigger, at_seconds, fire_time, add_time) values ($1, $2, $3, $4, $5, $6, 0, $7, $8)`
)

// tick starts a clock with these alarms, in the order that they go off.
func (b *bundle) tick(t testing.TB, customer uuid.UUID, steps ...step) ticking {
	t.Helper()
	k, start := ticking{customer, uuid.New(), uuid.New()}, b.clock.Now()
	b.exec(t, insertCase, customer, k.id, start)
	b.exec(t, insertClock, customer, k.id, k.clock, len(steps), start, start.Add(time.Hour), start.Add(steps[0].after))
	b.exec(t, insertInterval, customer, k.id, k.clock, start, start.Add(time.Hour))
	for i, s := range steps {
		b.exec(t, insertAlarm, customer, k.id, k.clock, i+1, s.level, s.trigger, start.Add(s.after), start)
	}
	return k
}

// usual are the steps of a rule of an hour that escalates before, at and after.
var usual = []step{
	{Office, BeforeBreach, 45 * time.Minute}, {Breach, AtBreach, time.Hour}, {Region, AtBreach, time.Hour}, {Headquarters, AfterBreach, 90 * time.Minute},
}

func (b *bundle) pass(t testing.TB) int {
	t.Helper()
	n, err := b.store.Pass(t.Context())
	require.NoError(t, err)
	return n
}
