package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Projection is what a service has built from the events of others and can build again.
type Projection struct {
	// Consumer is the name of the subscription that builds it.
	Consumer string
	// Tables are emptied in this order: those that refer to others before these.
	Tables []string
}

// Rebuild empties the service's projections and rewinds their consumers, all or none, so that the next start builds them anew from all that the stream holds. The
// service must not run; if it does nothing is done. Platform.Rebuilding tells when they have caught up. Events older than the stream keeps are not there to build from.
func Rebuild(ctx context.Context, db *postgres.DB, js jetstream.JetStream, def Definition) error {
	return db.InTx(ctx, func(ctx context.Context) error {
		if err := events.Exclude(ctx, db); err != nil {
			return err
		}
		// Emptying a large table takes as long as it takes, and nobody waits for a lock of it.
		if _, err := db.Exec(ctx, "set local statement_timeout = 0"); err != nil {
			return err
		}
		for _, p := range def.Projections {
			for _, table := range p.Tables {
				if _, err := db.Exec(ctx, "delete from "+pq.QuoteIdentifier(table)); err != nil { // the names are ours
					return fmt.Errorf("service: emptying %s: %w", table, err)
				}
			}
			if _, err := db.Exec(ctx, markRebuild, p.Consumer); err != nil {
				return err
			}
			if err := events.Rewind(ctx, db, js, p.Consumer); err != nil {
				return fmt.Errorf("service: rewinding %s: %w", p.Consumer, err)
			}
		}
		return nil
	})
}

const (
	markRebuild   = `insert into rebuilds (consumer, start_time) values ($1, now()) on conflict do nothing`
	isRebuilt     = `select exists (select from rebuilds where consumer = $1)`
	unmarkRebuild = `delete from rebuilds where consumer = $1`
)

// Rebuilding says whether a consumer's projection was emptied by Rebuild and has not caught up with the stream since. Until it has, nothing should be judged by it.
// It is one read by key, and a question to the broker while a rebuild goes on. What the projection takes from elsewhere because of the events can be waited for as
// well: done is asked once all events are handled.
func (p *Platform) Rebuilding(ctx context.Context, consumer string, done func(context.Context) (bool, error)) (bool, error) {
	var marked bool
	if err := p.DB.Get(ctx, &marked, isRebuilt, consumer); err != nil || !marked {
		return false, err
	}
	pending, err := events.Pending(ctx, p.JS, consumer)
	if errors.Is(err, jetstream.ErrConsumerNotFound) { // it has not begun
		return true, nil
	}
	if err != nil || pending > 0 {
		return true, err
	}
	if complete, err := done(ctx); err != nil || !complete {
		return true, err
	}
	_, err = p.DB.Exec(ctx, unmarkRebuild, consumer)
	return err != nil, err
}
