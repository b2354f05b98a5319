package postgres

import (
	"context"
	"database/sql"
	"time"
)

const (
	// beginning is how many connections a pool has at most before anybody has had to wait.
	beginning = 4
	// look is how often it is looked whether somebody waits.
	look = 50 * time.Millisecond
	// lookWithin bounds how long a look may be held up.
	lookWithin = time.Second
)

// grow lets a pool become as large as it is needed, and ends when it is as large as it may be or with ctx.
//
// By itself a pool of database/sql opens a connection for whoever finds none free. The loops of a service, which all begin in the same moment, get ten that way, most of which are
// asked one thing and then kept: a process of the server each, which takes far longer to begin than the answer. So the limit is low at first, and is raised by one at each look that
// finds, like the look before it, all connections in use and somebody waiting.
func grow(ctx context.Context, pool *sql.DB, limit, most int) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	var calm int64 // how many had ever waited when a connection was last free
	before := false
	for limit < most {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		stats := pool.Stats()
		if stats.InUse < limit {
			calm = stats.WaitCount
		}
		short := stats.WaitCount > calm
		if short && before {
			limit++
			raise(ctx, pool, limit)
		}
		before = short
	}
}

// raise sets a higher limit. Those who wait already are not told of it: they get a connection when one comes back, so one is opened for that.
func raise(ctx context.Context, pool *sql.DB, limit int) {
	limitTo(pool, limit)
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	_ = pool.PingContext(ctx) // when the server is away, those who wait find out themselves
}

func limitTo(pool *sql.DB, limit int) {
	pool.SetMaxOpenConns(limit)
	pool.SetMaxIdleConns(limit)
}
