package localpg_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/localpg"
)

func start(t *testing.T, options localpg.Options) *localpg.Server {
	t.Helper()
	server, err := localpg.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	return server
}

func connect(t *testing.T, server *localpg.Server, database string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", server.URL(database))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func exec(t *testing.T, server *localpg.Server, database, statement string) {
	t.Helper()
	_, err := connect(t, server, database).ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

func value(t *testing.T, server *localpg.Server, database, query string) (v string) {
	t.Helper()
	require.NoError(t, connect(t, server, database).QueryRowContext(t.Context(), query).Scan(&v))
	return v
}

func TestASecondStartFindsTheData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	first := start(t, localpg.Options{Dir: dir})
	require.NoError(t, first.Create(t.Context(), "profile"))
	require.NoError(t, first.Create(t.Context(), "profile"), "it is there already")
	exec(t, first, "profile", "create table notes as select 'kept' as text")
	require.Equal(t, "on", value(t, first, "profile", "show fsync"))
	require.Equal(t, "UTF8", value(t, first, "profile", "show server_encoding"))
	require.Equal(t, "on", value(t, first, "profile", "show data_checksums"))
	first.Stop()
	first.Stop()
	<-first.Done()

	begin := time.Now()
	second := start(t, localpg.Options{Dir: dir})
	took := time.Since(begin)
	t.Logf("the second start took %v", took)
	require.Less(t, took, 5*time.Second) // a tenth of a second when the machine has nothing else to do
	require.Equal(t, "kept", value(t, second, "profile", "select text from notes"))
}

func TestNobodyGetsInWithoutThePassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	server := start(t, localpg.Options{Dir: dir, Fast: true})
	u, err := url.Parse(server.URL("postgres"))
	require.NoError(t, err)
	for _, user := range []*url.Userinfo{url.User("guanxi"), url.UserPassword("guanxi", "guess"), url.User("postgres")} {
		u.User = user
		db, err := sql.Open("postgres", u.String())
		require.NoError(t, err)
		err = db.PingContext(t.Context())
		require.NoError(t, db.Close())
		require.Error(t, err, user)
	}
	info, err := os.Stat(filepath.Join(dir, "password"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Empty(t, value(t, server, "postgres", "show unix_socket_directories"))
	require.Equal(t, "127.0.0.1", value(t, server, "postgres", "show listen_addresses"))
}

func TestADirectoryInUseIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	server := start(t, localpg.Options{Dir: dir, Fast: true})
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, Fast: true})
	require.ErrorContains(t, err, "in use by another process")
	require.Equal(t, "1", value(t, server, "postgres", "select 1"), "the first is unharmed")
}

func TestACachedClusterIsCopied(t *testing.T) {
	t.Parallel()
	dir, cache := t.TempDir(), t.TempDir()
	open(t, dir)
	first := start(t, localpg.Options{Dir: filepath.Join(dir, "a"), Fast: true, Cache: cache})
	exec(t, first, "postgres", "create table first ()")
	second := start(t, localpg.Options{Dir: filepath.Join(dir, "b"), Fast: true, Cache: cache})
	require.Equal(t, "0", value(t, second, "postgres", "select count(*) from pg_tables where tablename = 'first'"))
}

func TestTheClusterOfAServerIsCopied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	mold := localpg.Options{Dir: filepath.Join(dir, "mold"), Fast: true}
	first := start(t, mold)
	require.NoError(t, first.Create(t.Context(), "a", "b"))
	exec(t, first, "a", "create table first ()")
	first.Stop()
	second := start(t, localpg.Options{Dir: filepath.Join(dir, "copy"), Fast: true, From: mold.Dir})
	exec(t, second, "a", "create table second ()")
	first = start(t, mold)
	require.Equal(t, "2", value(t, second, "a", "select count(*) from pg_tables where tablename in ('first', 'second')"))
	require.Equal(t, "1", value(t, first, "a", "select count(*) from pg_tables where tablename in ('first', 'second')"), "what was copied stays as it is")
}

func TestAStalePIDFileIsNoObstacle(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	start(t, localpg.Options{Dir: dir, Fast: true}).Stop()
	// The number belongs to a process that is alive but is no server: ours.
	stale := filepath.Join(dir, "data", "postmaster.pid")
	require.NoError(t, os.WriteFile(stale, []byte("1\n"+filepath.Join(dir, "data")+"\n1\n5432\n\n127.0.0.1\n\n"), 0o644))
	server := start(t, localpg.Options{Dir: dir, Fast: true})
	require.Equal(t, "1", value(t, server, "postgres", "select 1"))
}

func TestAFailedStartSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	start(t, localpg.Options{Dir: dir, Fast: true}).Stop()
	require.NoError(t, os.Remove(filepath.Join(dir, "data", "global", "pg_control")))
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, Fast: true})
	require.ErrorContains(t, err, "could not find the database system")
}

func TestDataOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600))
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	require.ErrorContains(t, err, "was made by PostgreSQL 9")
	require.ErrorContains(t, err, "install the Debian package postgresql-9")
}

func TestStoppedServerRefusesConnections(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	server := start(t, localpg.Options{Dir: dir, Fast: true})
	idle := connect(t, server, "postgres") // must not keep it from stopping
	require.NoError(t, idle.PingContext(t.Context()))
	server.Stop()
	err := connect(t, server, "postgres").PingContext(t.Context())
	require.Error(t, err)
	require.Nil(t, pq.As(err, pqerror.CannotConnectNow), "gone, not going")
}

func TestStartHeedsItsContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := localpg.Start(ctx, localpg.Options{Dir: dir, Fast: true})
	require.Error(t, err)
	start(t, localpg.Options{Dir: dir, Fast: true})
}

// open lets the server's account through the test's temporary directory, whose parent the testing
// package keeps closed.
func open(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o711))
	require.NoError(t, os.Chmod(dir, 0o711))
}
