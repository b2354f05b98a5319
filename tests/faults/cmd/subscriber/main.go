// Command subscriber listens to all events of a service and leaves one row for each: an effect that can be counted. It ends with its parent,
// too: when its standard input does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/ledger"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	config, err := env.ParseAs[world.SubscriberConfig]()
	if err != nil {
		return err
	}
	db, err := postgres.Open(ctx, postgres.Config{URL: config.Database, MaxConns: 8})
	if err != nil {
		return err
	}
	defer db.Close()
	aside, err := postgres.Open(ctx, postgres.Config{URL: config.Database, MaxConns: 2})
	if err != nil {
		return err
	}
	defer aside.Close()
	if err := migrate(ctx, db); err != nil {
		return err
	}
	conn, err := nats.Connect(config.NATS, nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	consumer, err := events.NewConsumer(db, impatient{js}, events.Subscription{
		Name:     world.Consumer,
		Subjects: []string{"guanxi." + config.Service + ".>"},
		Handle:   handler{db, aside, config}.handle,
		Workers:  4,
		Backoff:  []time.Duration{50 * time.Millisecond, 100 * time.Millisecond},
	}, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), failpoint.Now(time.Now))
	if err != nil {
		return err
	}
	return consumer.Run(ctx)
}

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, `
create table if not exists effects (
    place bigint generated always as identity, event_id uuid not null, aggregate_id uuid not null, version bigint not null
)`)
	return err
}

// impatient has the broker deliver again what a killed subscriber held after a second and not after a minute and a half, for which a
// test cannot wait. All else is as in production.
type impatient struct{ jetstream.JetStream }

// CreateOrUpdateConsumer implements jetstream.JetStream.
func (i impatient) CreateOrUpdateConsumer(ctx context.Context, stream string, config jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	config.AckWait = time.Second
	return i.JetStream.CreateOrUpdateConsumer(ctx, stream, config)
}

type handler struct {
	db     *postgres.DB
	aside  *postgres.DB
	config world.SubscriberConfig
}

// handle leaves the row that is counted. It fails for what is poisoned each time, after it has written: the row must go with the transaction.
func (h handler) handle(ctx context.Context, d events.Delivery) error {
	db := h.db
	if h.config.Careless {
		db = h.aside // another pool knows nothing of the transaction
	}
	_, err := db.Exec(ctx, `insert into effects (event_id, aggregate_id, version) values ($1, $2, $3)`, d.ID, d.Aggregate, d.Version)
	if err != nil {
		return err
	}
	<-time.After(h.config.Slow)
	if strings.Contains(string(d.Data), ledger.Poison) {
		return errors.New("cannot be digested")
	}
	return nil
}
