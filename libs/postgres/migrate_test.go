package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func files(statements ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, statement := range statements {
		out[fmt.Sprintf("%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(statement)}
	}
	return out
}

func TestReplicasMigrateOnce(t *testing.T) {
	t.Parallel()
	url := testkit.DatabaseURL(t, nil)
	schema := files(
		"-- +goose Up\ncreate table a (n int); select pg_sleep(0.1); insert into a values (1);",
		"-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently a_n on a (n);",
	)
	var group errgroup.Group
	for range 4 {
		db := testkit.Open(t, postgres.Config{URL: url})
		group.Go(func() error { return postgres.Migrate(t.Context(), db, "a_migrations", schema) })
	}
	require.NoError(t, group.Wait())
	db := testkit.Open(t, postgres.Config{URL: url})
	var n int
	require.NoError(t, db.Get(t.Context(), &n, "select count(*) from a"))
	require.Equal(t, 1, n)
	require.NoError(t, db.Get(t.Context(), &n, "select max(version_id) from a_migrations"))
	require.Equal(t, 2, n)
}

func TestTablesOfMigrationsAreApart(t *testing.T) {
	t.Parallel()
	db, ctx := testkit.Database(t, nil), t.Context()
	require.NoError(t, postgres.Migrate(ctx, db, "a_migrations", files("-- +goose Up\ncreate table a ();")))
	require.NoError(t, postgres.Migrate(ctx, db, "b_migrations", files("-- +goose Up\ncreate table b ();")))
	require.NoError(t, postgres.Migrate(ctx, db, "none_migrations", files()))
}

func TestAFailedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	db, ctx := testkit.Database(t, nil), t.Context()
	err := postgres.Migrate(ctx, db, "a_migrations", files("-- +goose Up\ncreate table a (); create table nonsense;"))
	require.ErrorContains(t, err, "a_migrations")
	require.NoError(t, postgres.Migrate(ctx, db, "a_migrations", files("-- +goose Up\ncreate table a ();")))
}

func TestMigrationsMayTakeLongerThanRequests(t *testing.T) {
	t.Parallel()
	db := with(t, postgres.Config{StatementTimeout: 200 * time.Millisecond})
	slow := files("-- +goose Up\nselect pg_sleep(0.4);")
	require.NoError(t, postgres.Migrate(t.Context(), db, "slow_migrations", slow))
	_, err := db.Exec(context.Background(), "select pg_sleep($1)", 0.4)
	require.Error(t, err)
	require.False(t, postgres.Retryable(err), "it would take as long again")
}
