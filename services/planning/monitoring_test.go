package planning_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// books are planning's tables alone, without a server, with contacts that nobody has planned.
type books struct {
	db      *postgres.DB
	clock   *testkit.Clock
	numbers *settings.Store
	pages   *page.Sealer
}

func migrateBooks(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "planning_migrations", os.DirFS("migrations"))
}

func openBooks(t *testing.T) *books {
	t.Helper()
	b := &books{db: testkit.Database(t, migrateBooks), clock: testkit.NewClock()}
	b.numbers = settings.NewStore(b.db, b.clock.Now)
	var err error
	b.pages, err = page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	return b
}

func (b *books) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

// client is a customer of an owner.
type client struct {
	name, owner, territory string
	class                  int
}

func (b *books) client(t *testing.T, c client) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	if c.territory == "" {
		c.territory = "cn/south"
	}
	b.exec(t, `insert into customers (customer_id, display_name, owner, territory, class, create_time) values ($1, $2, $3, $4, $5, $6)`,
		id, c.name, c.owner, c.territory, c.class, b.clock.Now())
	return id
}

// States, origins and activities of contacts.
const (
	planned, reserved, done, cancelled, unplaced = 1, 2, 3, 4, 5
	byPolicy, bySpecialDate, byPerson            = 1, 2, 5
	visiting, calling, messaging                 = 4, 12, 13
)

// meeting is a contact. What is left out: a planned visit by the policy of 60 minutes, whose window ends on its day.
type meeting struct {
	customer                uuid.UUID
	owner, day, end         string
	start                   *time.Time
	state, origin, activity int
	minutes                 int
	people                  []uuid.UUID
	responded               *bool
	outcome                 string
	doneTime                string
}

func (b *books) meeting(t *testing.T, m meeting) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	or := func(value, usual int) int {
		if value == 0 {
			return usual
		}
		return value
	}
	if m.end == "" {
		m.end = m.day
	}
	null := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	b.exec(t, `insert into contacts (customer_id, contact_id, owner, activity, role, origin, source, window_start, window_end, day, start_time, minutes, people, state,
			responded, outcome, done_time, create_time, update_time)
		values ($1, $2, $3, $4, 1, $5, cast(cast($2 as uuid) as text), coalesce(cast($6 as date), cast($7 as date)), $7, $6, $8, $9, $10, $11, $12, $13, $14, $15, $15)`,
		m.customer, id, m.owner, or(m.activity, visiting), or(m.origin, byPolicy), null(m.day), m.end, m.start, or(m.minutes, 60),
		pq.Array(postgres.OrEmpty(m.people)), or(m.state, planned), m.responded, m.outcome, null(m.doneTime), b.clock.Now())
	return id
}

// caller puts a caller into the context.
func caller(t *testing.T, subject string, level typev1.Level, territories ...string) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: subject, Level: level, Territories: territories})
}

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}
