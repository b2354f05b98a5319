package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/localpg"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Database returns a database that the test has to itself, dropped when the test ends. It is a
// copy of a template that migrate has been run on once in this process; nil leaves it empty.
// Templates are kept per function value: a closure that captures variables is a new one each time
// it is made, so pass a declared function. The server is started by the first call, not durable,
// and gone with the process.
func Database(t testing.TB, migrate func(ctx context.Context, db *postgres.DB) error) *postgres.DB {
	t.Helper()
	return Open(t, postgres.Config{URL: DatabaseURL(t, migrate)})
}

// DatabaseURL is Database for code that connects by itself.
func DatabaseURL(t testing.TB, migrate func(ctx context.Context, db *postgres.DB) error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	s, err := server()
	require.NoError(t, err)
	name, err := s.clone(ctx, migrate)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		_, err := s.admin.Exec(ctx, "drop database "+pq.QuoteIdentifier(name)+" with (force)")
		require.NoError(t, err)
	})
	return s.URL(name)
}

// Open connects and closes when the test ends.
func Open(t testing.TB, config postgres.Config) *postgres.DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	db, err := postgres.Open(ctx, config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// databases is this process's server.
type databases struct {
	*localpg.Server
	admin     *postgres.DB
	strategy  string // how databases are copied, a clause of `create database`
	copies    atomic.Int64
	mu        sync.Mutex
	templates map[unsafe.Pointer]*template
}

// template is a database to copy from.
type template struct {
	name    string
	migrate func(ctx context.Context, db *postgres.DB) error
	once    sync.Once
	err     error
}

var server = sync.OnceValues(startServer)

func startServer() (*databases, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	where, inMemory := place()
	for _, base := range []string{os.TempDir(), where} {
		localpg.RemoveAbandoned(filepath.Join(base, "guanxi-test-*"))
	}
	dir, err := os.MkdirTemp(where, "guanxi-test-")
	if err != nil {
		return nil, fmt.Errorf("testkit: %w", err)
	}
	s, err := localpg.Start(ctx, localpg.Options{
		Dir:   dir,
		Fast:  true,
		Cache: filepath.Join(os.TempDir(), "guanxi-initdb-"+strconv.Itoa(os.Getuid())),
	})
	if err != nil {
		return nil, err
	}
	admin, err := postgres.Open(ctx, postgres.Config{URL: s.URL("postgres"), MaxConns: 4, StatementTimeout: Patience})
	if err != nil {
		return nil, err
	}
	strategy, err := strategy(ctx, admin, inMemory)
	if err != nil {
		return nil, err
	}
	return &databases{Server: s, admin: admin, strategy: strategy, templates: map[unsafe.Pointer]*template{}}, nil
}

// strategy is how to copy databases. Files are copied in a tenth of a second less than pages, where a file costs nothing. Servers before 15 know no other way.
func strategy(ctx context.Context, db *postgres.DB, inMemory bool) (string, error) {
	var version int
	if err := db.Get(ctx, &version, "select current_setting('server_version_num')::int"); err != nil {
		return "", fmt.Errorf("testkit: version of the server: %w", err)
	}
	if !inMemory || version < 150000 {
		return "", nil
	}
	return " strategy file_copy", nil
}

func (d *databases) clone(ctx context.Context, migrate func(ctx context.Context, db *postgres.DB) error) (string, error) {
	from := "template0"
	if migrate != nil {
		t := d.template(migrate)
		t.once.Do(func() { t.err = d.make(ctx, t) })
		if t.err != nil {
			return "", t.err
		}
		from = t.name
	}
	name := "test_" + strconv.FormatInt(d.copies.Add(1), 10)
	return name, d.create(ctx, name, from)
}

// template finds the template of a function by the function value itself, not by its code, which
// closures over different variables share. Keeping the function keeps its address from being
// used again.
func (d *databases) template(migrate func(ctx context.Context, db *postgres.DB) error) *template {
	key := *(*unsafe.Pointer)(unsafe.Pointer(&migrate))
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.templates[key]; known != nil {
		return known
	}
	made := &template{name: "template_" + strconv.Itoa(len(d.templates)+2), migrate: migrate}
	d.templates[key] = made
	return made
}

func (d *databases) make(ctx context.Context, t *template) error {
	if err := d.create(ctx, t.name, "template0"); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, postgres.Config{URL: d.URL(t.name), MaxConns: 4})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return t.migrate(ctx, db)
}

func (d *databases) create(ctx context.Context, name, from string) error {
	_, err := d.admin.Exec(ctx, "create database "+pq.QuoteIdentifier(name)+" template "+pq.QuoteIdentifier(from)+d.strategy)
	if err != nil {
		return fmt.Errorf("testkit: create database: %w", err)
	}
	return nil
}
