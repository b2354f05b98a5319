// Package service runs any of the services: configuration, database, events, authentication, the gRPC server with its
// interceptors, background work, health, and stopping in the one right order. A service is only its Definition.
package service

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

// Definition is what makes one service differ from another.
type Definition struct {
	// Name is one lower-case word: "profile". It is in the names of variables (GUANXI_PROFILE_...), metrics and log lines.
	Name string
	// Migrations are the service's numbered SQL files, at the root. They run after the platform's.
	Migrations fs.FS
	// Prepare brings what is in the database to the form that the service works with, where SQL cannot; nil for nothing. It runs when the tables are there and before
	// anything is served, in every instance that starts.
	Prepare func(context.Context, *Platform) error
	// Answers guards the answers that are remembered of calls with a request_id; nil keeps them as they are.
	Answers func(*Platform) idempotency.Guard
	// Register registers the service's RPCs.
	Register func(grpc.ServiceRegistrar, *Platform) error
	// Subscriptions are the events it listens to; nil for none.
	Subscriptions func(*Platform) []events.Subscription
	// Jobs are its scheduled work; nil for none.
	Jobs func(*Platform) []schedule.Job
	// Workers are its background work that has no schedule; nil for none.
	Workers func(*Platform) []Worker
	// Projections are what it has built from the events of others and can build again; see Rebuild.
	Projections []Projection
	// Literal are the full names of methods that mean a merged customer itself by its old name; all others mean the survivor.
	Literal []string
	// Collectors are what it lets be known about itself beside what every service does; nil for none.
	Collectors func(*Platform) []prometheus.Collector
}

// Worker is background work that goes on until the service stops.
type Worker struct {
	// Name is for the log.
	Name string
	// Run returns when ctx ends, having put down what it holds. If it returns earlier the whole service stops: what can fail for a while, such as the database or
	// another service, it has to try again itself. It runs in every instance of the service at once.
	Run func(ctx context.Context) error
}

// Platform is what a service is given to work with.
type Platform struct {
	DB    *postgres.DB
	Pages *page.Sealer
	// People are the keys that those of people are wrapped by, nil when none are configured.
	People *seal.Keys
	Log    *slog.Logger
	// JS is the broker, for what subscriptions do not cover, such as asking how far one of them is.
	JS jetstream.JetStream
	// Now is the clock, in UTC and cut to what the database keeps, so that an answer made before the row is read back shows its very time. Nothing in a
	// service asks time.Now itself.
	Now func() time.Time
	// Aliases are the old names of merged customers.
	Aliases *alias.Book

	peers *peers
}

// Migrate brings the database of a service up to date: first the platform's tables, then its own.
func Migrate(ctx context.Context, db *postgres.DB, def Definition) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return fmt.Errorf("service: the platform's tables: %w", err)
	}
	if def.Migrations == nil {
		return nil
	}
	if err := postgres.Migrate(ctx, db, def.Name+"_migrations", def.Migrations); err != nil {
		return fmt.Errorf("service: the tables of %s: %w", def.Name, err)
	}
	return nil
}
