package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// pageSize is how many events are read at once.
	pageSize = 1000
	// After a page of a crowd or more the relay lets others gather for a moment: each page costs writes to disk and files of the broker, which those who write
	// the events would otherwise wait for. Single events are not held up. Without the wait, and with longer ones, events come later: docs/benchmarks.md.
	crowd  = 8
	gather = 10 * time.Millisecond
	// poll is how often the outbox is looked at when nobody wakes the relay.
	poll = 250 * time.Millisecond
	// rest is how long the relay waits after a failure, and before it asks again for the lock of another one.
	rest = time.Second
)

// Relay publishes the outbox of one database. Any number may run; the one with the lock works, the others stand by.
//
// Events leave in the order of their ids, which within an aggregate is the order of versions. What a relay had sent when it died is
// sent again by the next and dropped by the broker, which knows the ids of the last hour. It is a prometheus.Collector.
type Relay struct {
	db  *postgres.DB
	to  publisher
	log *slog.Logger
	now func() time.Time

	wake chan struct{}
	lag
}

// NewRelay makes the relay of a service. Let Wake be called when events are committed: db.OnCommit(relay.Wake, "outbox").
func NewRelay(db *postgres.DB, js jetstream.JetStream, service string, log *slog.Logger, now func() time.Time) *Relay {
	return &Relay{
		db: db, to: publisher{js.Conn()}, log: log, now: now,
		wake: make(chan struct{}, 1), lag: newLag(service),
	}
}

// Wake makes the relay look at the outbox now. It never blocks.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends, and then returns nil. No failure of the database or the broker ends it.
func (r *Relay) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		lease, err := acquire(ctx, r.db)
		switch {
		case err != nil && ctx.Err() == nil:
			r.log.WarnContext(ctx, "relay: no lease, will ask again", "error", err)
		case lease != nil:
			r.log.InfoContext(ctx, "relay: publishing")
			r.lead(ctx, lease)
			lease.unlock(ctx)
			lease.release()
		}
		pause(ctx, rest)
	}
	return nil
}

// lead publishes until ctx ends or the lease is lost.
func (r *Relay) lead(ctx context.Context, held *lease) {
	defer r.forget()
	for ctx.Err() == nil && !held.lost {
		count, err := r.pass(ctx, held)
		switch {
		case err != nil && ctx.Err() == nil:
			r.failures.Inc()
			r.log.WarnContext(ctx, "relay: publishing failed, the outbox keeps the events", "error", err)
			pause(ctx, rest)
		case count == pageSize: // there may be another
		case count >= crowd:
			pause(ctx, gather)
			r.idle(ctx)
		default:
			r.idle(ctx)
		}
	}
}

// pass publishes and marks one page of the outbox, and returns how many events it found there. It stops at the first failure, as the events
// after it may belong to the same aggregates. What the broker has acknowledged is marked even when ctx ends meanwhile.
func (r *Relay) pass(ctx context.Context, held *lease) (count int, err error) {
	rows, err := held.page(ctx)
	if err != nil {
		return 0, err
	}
	r.observe(r.now(), rows)
	finish := context.WithoutCancel(ctx)
	for rest := rows; len(rest) > 0 && ctx.Err() == nil; {
		size := batchLength(rest)
		failpoint.Hit("relay.before_publish")
		if err := r.to.publish(finish, rest[:size]); err != nil {
			return 0, err
		}
		failpoint.Hit("relay.after_ack")
		if err := held.mark(finish, r.now(), rest[:size]); err != nil {
			return 0, err
		}
		failpoint.Hit("relay.after_mark")
		r.published.Add(float64(size))
		rest = rest[size:]
	}
	return len(rows), nil
}

func (r *Relay) idle(ctx context.Context) {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-r.wake:
	case <-timer.C:
	}
}

// pause waits, at most until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
