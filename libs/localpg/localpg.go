// Package localpg runs a private PostgreSQL server: its data in one directory, reachable on
// loopback with a password only, gone when this process is gone.
package localpg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

const (
	superuser = "guanxi"
	host      = "127.0.0.1"
)

// Options say where and how the server runs.
type Options struct {
	// Dir is ours alone: it holds the data, the password and the server's log. It is created if
	// it is missing. A second Start on it finds the data of the first.
	Dir string
	// Port to listen on, on loopback; 0 takes a free one, another one at every start.
	Port int
	// Fast gives up durability for speed: data may be lost or broken when the server does not
	// stop properly. For tests.
	Fast bool
	// Cache, if set, is a directory in which a freshly initialized cluster is kept, to be copied
	// the next time one is needed. Servers that share it share their password. For tests.
	Cache string
	// From, if set, is the Dir of a server that is down, whose cluster and password are copied when
	// Dir has none yet. For tests.
	From string
	// Log is told of starts and stops; nil is silent.
	Log *slog.Logger
}

// Server is a running PostgreSQL server.
type Server struct {
	options  Options
	binaries binaries
	account  account
	lock     *os.File
	password string
	port     int
	pid      int
	exited   <-chan struct{}
	stop     sync.Once
}

// Start brings the server up, which takes a tenth of a second when Dir has data and about a second
// when it has none. The context bounds starting, not the server's life: that ends with Stop, or
// with this process, however it ends (on Linux; elsewhere the next Start on Dir ends it). A Dir
// whose server is in use by another process is refused.
func Start(ctx context.Context, options Options) (*Server, error) {
	s, err := prepare(options)
	if err != nil {
		return nil, err
	}
	if err := s.bringUp(ctx); err != nil {
		_ = s.lock.Close()
		return nil, err
	}
	s.options.Log.Info("PostgreSQL is up", "port", s.port, "version", s.binaries.version, "dir", s.options.Dir)
	return s, nil
}

// prepare makes Dir ours.
func prepare(options Options) (*Server, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("localpg: %w", err)
	}
	options.Dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("localpg: cannot create the data directory: %w", err)
	}
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	if err := admit(account, dir); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("the data directory %s is in use by another process: stop that one, or choose another directory", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("localpg: %w", err)
	}
	return &Server{options: options, account: account, lock: lock}, nil
}

func (s *Server) bringUp(ctx context.Context) error {
	var err error
	if s.binaries, err = findBinaries(ctx, s); err != nil {
		return err
	}
	if err := s.endPredecessor(ctx); err != nil {
		return err
	}
	if err := s.ensureCluster(ctx); err != nil {
		return err
	}
	return s.launch(ctx)
}

// URL to connect to one of the server's databases, as its superuser.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort(host, strconv.Itoa(s.port)),
		Path:     database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Create creates databases, those that are not there already.
func (s *Server) Create(ctx context.Context, databases ...string) error {
	db, err := sql.Open("postgres", s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	defer func() { _ = db.Close() }()
	for _, database := range databases {
		if err := create(ctx, db, database); err != nil {
			return err
		}
	}
	return nil
}

func create(ctx context.Context, db *sql.DB, database string) error {
	_, err := db.ExecContext(ctx, "create database "+pq.QuoteIdentifier(database))
	if err == nil || isThere(err) {
		return nil
	}
	return fmt.Errorf("localpg: create database %s: %w", database, err)
}

// isThere says that creating failed as there is such a database, maybe since this moment only.
func isThere(err error) bool {
	if pq.As(err, pqerror.DuplicateDatabase) != nil {
		return true
	}
	e := pq.As(err, pqerror.UniqueViolation)
	return e != nil && strings.HasPrefix(e.Constraint, "pg_database")
}

// Program is the path of a program of the server's version, such as pg_dump; whether it is installed is another matter.
func (s *Server) Program(name string) string { return s.binaries.path(name) }

// Done is closed when the server has ended, be it by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.exited }

// Stop ends the server and returns when it has ended: it disconnects the clients and writes
// everything down, and is cut short after 20 seconds, which costs no data but a recovery at the
// next start. A second call does nothing.
func (s *Server) Stop() {
	s.stop.Do(func() {
		s.end(s.pid, s.exited)
		_ = s.lock.Close()
		s.options.Log.Info("PostgreSQL is down", "dir", s.options.Dir)
	})
}

func (s *Server) dataDir() string { return filepath.Join(s.options.Dir, "data") }
