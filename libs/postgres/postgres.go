// Package postgres is the one way to the database: sqlx over lib/pq, with statements prepared
// once per connection, transactions carried by the context, time limits that hold, and errors
// that can be told apart by code.
package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// DB is a pool of connections to one database. It is safe for concurrent use.
type DB struct {
	config Config
	pool   *sqlx.DB

	named  sync.Map // query text -> *namedQuery
	writes sync.Map // query text -> *effect: what it may write

	hooks atomic.Pointer[[]hook]

	stopGrowing context.CancelFunc
}

// Open connects and makes sure that the database answers.
func Open(ctx context.Context, config Config) (*DB, error) {
	db, err := open(ctx, config.withDefaults())
	if err != nil {
		return nil, err
	}
	if err := db.Ping(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("postgres: the database does not answer: %w", err)
	}
	return db, nil
}

func open(ctx context.Context, config Config) (*DB, error) {
	connector, err := newConnector(config)
	if err != nil {
		return nil, err
	}
	pool := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	pool.SetConnMaxLifetime(config.ConnLifetime)
	first := min(beginning, config.MaxConns)
	limitTo(pool.DB, first)
	growing, stop := context.WithCancel(context.WithoutCancel(ctx)) // the pool outlives its opening
	go grow(growing, pool.DB, first, config.MaxConns)
	return &DB{config: config, pool: pool, stopGrowing: stop}, nil
}

// Close waits for running statements and closes every connection.
func (db *DB) Close() error {
	db.stopGrowing()
	return db.pool.Close()
}

// MaxConns is how many connections the pool may come to hold.
func (db *DB) MaxConns() int { return db.config.MaxConns }

// Ping asks the server for a sign of life.
func (db *DB) Ping(ctx context.Context) error { return withContext(ctx, db.pool.PingContext(ctx)) }

// SQL is the pool itself, for what needs a connection of its own (advisory locks). What goes
// through it neither joins the context's transaction nor calls the OnCommit hooks.
func (db *DB) SQL() *sqlx.DB { return db.pool }

// Collector reports the pool's use to Prometheus under the label db_name=name.
func (db *DB) Collector(name string) prometheus.Collector {
	return collectors.NewDBStatsCollector(db.pool.DB, name)
}

// hook is a function, and the tables that it is for; none: all.
type hook struct {
	run    func()
	tables []string
}

// OnCommit adds a function to be called after every committed write: a transaction that wrote, or
// a writing statement outside a transaction. With tables it is called only when rows may have been
// inserted into one of them, or updated there. What a statement writes is judged by its words
// (insert into ..., update ...), so what a trigger or a function writes goes unnoticed. Hooks run in
// the order they were added, on the writer's goroutine: they must be quick and must not block.
func (db *DB) OnCommit(run func(), tables ...string) {
	for {
		old := db.hooks.Load()
		var hooks []hook
		if old != nil {
			hooks = append(hooks, *old...)
		}
		hooks = append(hooks, hook{run, tables})
		if db.hooks.CompareAndSwap(old, &hooks) {
			return
		}
	}
}

func (db *DB) committed(done effect) {
	hooks := db.hooks.Load()
	if hooks == nil {
		return
	}
	for _, h := range *hooks {
		if len(h.tables) == 0 || slices.ContainsFunc(h.tables, func(t string) bool { return slices.Contains(done.filled, t) }) {
			h.run()
		}
	}
}
