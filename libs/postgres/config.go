package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/lib/pq"
)

// Config says which database to use and how. The zero value of every field but URL stands for
// the default given in its tag.
type Config struct {
	// URL of the database: postgres://user:password@host:port/name?sslmode=verify-full. An
	// application_name or connect_timeout among its parameters goes before the fields below, the
	// other limits are those of the fields.
	URL string `env:"URL"`
	// MaxConns is how many connections the pool holds at most; it begins with few, and grows while
	// callers wait. 16 are as fast as 32 on small machines; below 8 concurrent writes slow down.
	MaxConns int `env:"MAX_CONNS" envDefault:"16"`
	// ConnLifetime is after how long a connection is replaced, so that a new replica of the
	// database or a changed certificate comes into use.
	ConnLifetime time.Duration `env:"CONN_LIFETIME" envDefault:"30m"`
	// ConnectTimeout bounds connecting, the handshake included.
	ConnectTimeout time.Duration `env:"CONNECT_TIMEOUT" envDefault:"5s"`
	// StatementTimeout is after how long the server ends a statement. A job that takes longer
	// says `set local statement_timeout` in its own transaction.
	StatementTimeout time.Duration `env:"STATEMENT_TIMEOUT" envDefault:"15s"`
	// LockTimeout is after how long the server gives up waiting for a lock.
	LockTimeout time.Duration `env:"LOCK_TIMEOUT" envDefault:"5s"`
	// IdleInTransactionTimeout is after how long the server ends a session that holds a
	// transaction open and does nothing in it.
	IdleInTransactionTimeout time.Duration `env:"IDLE_IN_TRANSACTION_TIMEOUT" envDefault:"30s"`
	// ApplicationName is what pg_stat_activity and the server's log call these connections.
	ApplicationName string `env:"APPLICATION_NAME" envDefault:"guanxi"`
}

func (c Config) withDefaults() Config {
	c.MaxConns = cmp.Or(c.MaxConns, 16)
	c.ConnLifetime = cmp.Or(c.ConnLifetime, 30*time.Minute)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 5*time.Second)
	c.StatementTimeout = cmp.Or(c.StatementTimeout, 15*time.Second)
	c.LockTimeout = cmp.Or(c.LockTimeout, 5*time.Second)
	c.IdleInTransactionTimeout = cmp.Or(c.IdleInTransactionTimeout, 30*time.Second)
	c.ApplicationName = cmp.Or(c.ApplicationName, "guanxi")
	return c
}

// driver translates the configuration for lib/pq. The time limits travel as start-up parameters,
// so that every connection has them from its first statement.
func (c Config) driver() (pq.Config, error) {
	if c.URL == "" {
		return pq.Config{}, errors.New("postgres: no database URL is configured")
	}
	out, err := pq.NewConfig(c.URL)
	if err != nil {
		return pq.Config{}, fmt.Errorf("postgres: database URL: %w", err)
	}
	if out.Runtime == nil {
		out.Runtime = map[string]string{}
	}
	for name, limit := range map[string]time.Duration{
		"statement_timeout":                   c.StatementTimeout,
		"lock_timeout":                        c.LockTimeout,
		"idle_in_transaction_session_timeout": c.IdleInTransactionTimeout,
	} {
		out.Runtime[name] = strconv.FormatInt(limit.Milliseconds(), 10)
	}
	out.ApplicationName = cmp.Or(out.ApplicationName, c.ApplicationName)
	out.ConnectTimeout = cmp.Or(out.ConnectTimeout, c.ConnectTimeout)
	return out, nil
}
