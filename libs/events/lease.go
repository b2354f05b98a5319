package events

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// within bounds every call of the relay to the database and to the broker.
	within = 5 * time.Second
	// relayLock is the advisory lock of the one relay of a database.
	relayLock = 0x67_75_61_6e_78_69 // "guanxi"
)

// A session that has lost its relay must lose the lock soon, and with it the right to read and mark: the server ends it when its
// network is silent or it has asked nothing for a while (a paused process). Marking may be lost in a crash of the database: what is
// published twice is dropped twice. A plan that was made while the outbox was known to be empty reads all of it, and is kept when
// thousands have come, until the table is analyzed: so that is ruled out.
const relaySession = `
set enable_seqscan = off;
set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3;
set idle_session_timeout = '15s'; set synchronous_commit = off`

const unpublished = `
select id, event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time
from outbox where published_at is null order by id limit $1`

const markPublished = `update outbox set published_at = $1 where id = any(cast($2 as bigint[]))`

// lease is the right to publish: an advisory lock on a connection of its own, over which the outbox is read and marked as well, so
// that whoever has lost the lock can do neither.
type lease struct {
	conn *sqlx.Conn
	lost bool
}

// acquire returns nil if another relay holds the lock.
func acquire(ctx context.Context, db *postgres.DB) (*lease, error) {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	conn, err := db.SQL().Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("events: a connection for the relay: %w", err)
	}
	l := &lease{conn: conn}
	var mine bool
	if err := conn.GetContext(ctx, &mine, `select pg_try_advisory_lock($1)`, relayLock); err != nil {
		l.release()
		return nil, fmt.Errorf("events: the relay's lock: %w", err)
	}
	if !mine {
		return nil, conn.Close()
	}
	if _, err := conn.ExecContext(ctx, relaySession); err != nil {
		l.release()
		return nil, fmt.Errorf("events: the relay's session: %w", err)
	}
	return l, nil
}

// Exclude takes the relay's lock until the end of ctx's transaction, for work that must not be done while the service runs. It fails if a relay has the lock,
// which the relays of a service that runs always do.
func Exclude(ctx context.Context, db *postgres.DB) error {
	var mine bool
	if err := db.Get(ctx, &mine, `select pg_try_advisory_xact_lock($1)`, relayLock); err != nil {
		return fmt.Errorf("events: the relay's lock: %w", err)
	}
	if !mine {
		return errRunning
	}
	return nil
}

var errRunning = errors.New("the service is running: stop it first, all its instances")

// row is an event with its place in the outbox.
type row struct {
	Place int64 `db:"id"`
	Event
}

func (l *lease) page(ctx context.Context) ([]row, error) {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	var rows []row
	if err := l.conn.SelectContext(ctx, &rows, unpublished, pageSize); err != nil {
		l.lost = true
		return nil, fmt.Errorf("events: reading the outbox: %w", err)
	}
	return rows, nil
}

func (l *lease) mark(ctx context.Context, at time.Time, rows []row) error {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	places := make([]int64, len(rows))
	for i := range rows {
		places[i] = rows[i].Place
	}
	if _, err := l.conn.ExecContext(ctx, markPublished, at, pq.Array(places)); err != nil {
		l.lost = true
		return fmt.Errorf("events: marking the outbox: %w", err)
	}
	return nil
}

// unlock gives up the lock at once: with the connection it goes only when the server gets to it, and until then whoever needs the service stopped is told that it runs.
func (l *lease) unlock(ctx context.Context) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	_, _ = l.conn.ExecContext(ctx, `select pg_advisory_unlock($1)`, relayLock)
}

// release gives up the lock with the connection, which is not to go back to the pool with its settings.
func (l *lease) release() {
	_ = l.conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it, which answers with that same error
}
