package survey_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "satisfaction_migrations", os.DirFS("../../migrations"))
}

// released is a questionnaire that surveys may ask by.
var released = uuid.MustParse("00000000-0000-7000-8000-00000000000a")

// bench is a database with a released questionnaire, and surveys on it.
type bench struct {
	db     *postgres.DB
	clock  *testkit.Clock
	store  *survey.Store
	runner *operation.Runner
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: testkit.Database(t, migrate), clock: testkit.NewClock()}
	b.store = survey.NewStore(b.db, b.clock.Now, settings.NewStore(b.db, b.clock.Now))
	var err error
	b.runner, err = operation.NewRunner(b.db, []operation.Kind{b.store.Kind()}, slog.New(slog.DiscardHandler), b.clock.Now)
	require.NoError(t, err)
	b.exec(t, `insert into questionnaire_heads values ($1)`, released)
	b.exec(t, `insert into questionnaires (questionnaire_id, version, state, label_en, label_zh, body, author, create_time, update_time, release_time)
		values ($1, 1, 3, 'q', 'q', '{}', '', now(), now(), now())`, released)
	return b
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func (b *bench) text(t *testing.T, query string, args ...any) (out string) {
	t.Helper()
	require.NoError(t, b.db.Get(t.Context(), &out, query, args...))
	return out
}

// customers makes n of them, of classes 1 to 3 in turn, every tenth in the north and deleted.
func (b *bench) customers(t *testing.T, n int) {
	t.Helper()
	b.exec(t, `insert into customers (customer_id, territory, relations, create_time, delete_time, class, tier, role)
		select lpad(to_hex(n), 32, '0')::uuid, case when n % 2 = 0 then 'cn/south/shenzhen' else 'cn/north' end, array[1 + n % 2], now(), case when n % 10 = 0 then now() end,
			1 + n % 3, 1, 4 from generate_series(1, $1::integer) n`, n)
}

func as(t *testing.T, territories ...string) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: "li", Level: typev1.Level_MANAGER, Territories: territories})
}

func everywhere(t *testing.T) context.Context {
	t.Helper()
	return as(t, auth.Anywhere)
}

// create makes a survey.
func (b *bench) create(t *testing.T, change func(x *survey.Survey)) *survey.Survey {
	t.Helper()
	x := &survey.Survey{LabelEn: "s", LabelZh: "s", Questionnaire: released}
	change(x)
	require.NoError(t, b.store.Create(everywhere(t), x))
	return x
}

// open has its sample drawn.
func (b *bench) open(ctx context.Context, t *testing.T, id uuid.UUID) *survey.Survey {
	t.Helper()
	_, err := b.store.Start(ctx, id, "")
	require.NoError(t, err)
	require.NoError(t, b.runner.Tick(t.Context()))
	x, err := b.store.Get(ctx, id)
	require.NoError(t, err)
	return x
}

// drawn are the customers that were drawn.
func (b *bench) drawn(t *testing.T, id uuid.UUID) string {
	t.Helper()
	return b.text(t, `select coalesce(string_agg(customer_id::text || ' ' || stratum, ',' order by customer_id), '') from invitations where survey_id = $1`, id)
}

func (b *bench) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	var out int
	require.NoError(t, b.db.Get(t.Context(), &out, query, args...), fmt.Sprint(query))
	return out
}
