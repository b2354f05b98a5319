package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/up"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
)

type rebuildCommand struct {
	dataFlag
	External bool   `help:"Use the PostgreSQL and NATS that the environment names, as guanxi serve does."`
	Service  string `arg:"" help:"The service, which must not run: ${services}."`
}

// Run empties what the service has built from the events of others. Its next start builds it anew from all that the stream holds.
func (c rebuildCommand) Run(ctx context.Context) error {
	what, err := definition(c.Service)
	if err != nil {
		return err
	}
	rebuild := func(ctx context.Context, config service.Config) error { return rebuild(ctx, os.Stdout, what, config) }
	if c.External {
		config, err := service.LoadConfig(what.Name, os.Environ())
		if err != nil {
			return err
		}
		return rebuild(ctx, config)
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	return up.OnGround(ctx, up.Options{Dir: dir, Level: slog.LevelInfo}, []string{what.Name}, func(ctx context.Context, configs map[string]service.Config) error {
		return rebuild(ctx, configs[what.Name])
	})
}

func rebuild(ctx context.Context, out io.Writer, what service.Definition, config service.Config) error {
	if len(what.Projections) == 0 {
		return fmt.Errorf("the service %s builds nothing from the events of others", what.Name)
	}
	db, err := postgres.Open(ctx, config.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := connect(config.NATS)
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	// Of a service that has never run there are neither tables nor stream.
	if err := service.Migrate(ctx, db, what); err != nil {
		return err
	}
	if _, err := events.EnsureStream(ctx, js, config.Stream); err != nil {
		return err
	}
	if err := service.Rebuild(ctx, db, js, what); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Emptied. The next start of %s builds it anew from the events of the last %.0f days.\n", what.Name, events.MaxAge.Hours()/24)
	return err
}
