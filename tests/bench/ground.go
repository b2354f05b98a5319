package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/localnats"
	"github.com/guanxi-crm/guanxi/libs/localpg"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

// ground is what product and floor stand on: one PostgreSQL with a database for each, alike in tables, indexes and rows, and a broker,
// both as durable as guanxi up has them.
type ground struct {
	options
	dir, guanxi string
	machine     machine

	postgres               *localpg.Server
	nats                   *localnats.Server
	token                  string
	environment            []string          // of every service
	services               map[string]*child // all that run, by name
	service, edge, minimum *child            // the profile service among them
	product                *postgres.DB      // to look behind the service
	stops                  []func() error
}

// filled is when the stored customers came into being.
var filled = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// served are the services that run, each with those before it as its peers and with a database of its name. What listens to the events of others takes its part of
// the machine while these are measured.
var served = []string{productDatabase}

// The names of the databases, that of the profile service being its own.
const (
	productDatabase = "profile"
	floorDatabase   = "floor"
)

func (g *ground) onStop(stop func() error) { g.stops = append(g.stops, stop) }

func (g *ground) stop() error {
	var errs []error
	for _, stop := range slices.Backward(g.stops) {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}

func (g *ground) prepare(ctx context.Context) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", g.guanxi, "github.com/guanxi-crm/guanxi/deploy/guanxi")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building guanxi: %w", err)
	}
	if err := g.startPostgres(ctx); err != nil {
		return err
	}
	var err error
	if g.nats, err = localnats.Start(localnats.Options{Dir: filepath.Join(g.dir, "nats")}); err != nil {
		return err
	}
	g.onStop(func() error { g.nats.Stop(); return nil })
	if err := g.fill(ctx, floorDatabase); err != nil {
		return err
	}
	if err := g.fill(ctx, productDatabase); err != nil {
		return err
	}
	if g.product, err = postgres.Open(ctx, postgres.Config{URL: g.postgres.URL(productDatabase), MaxConns: 2}); err != nil {
		return err
	}
	g.onStop(g.product.Close)
	if g.machine, err = look(ctx, g.product); err != nil {
		return err
	}
	return g.startBoth(ctx)
}

// startPostgres starts it twice: the times of commits are noted from a start on only.
func (g *ground) startPostgres(ctx context.Context) (err error) {
	options := localpg.Options{Dir: filepath.Join(g.dir, "postgres")}
	if g.postgres, err = localpg.Start(ctx, options); err != nil {
		return err
	}
	err = g.administer(ctx, "alter system set track_commit_timestamp = on")
	g.postgres.Stop()
	if err != nil {
		return err
	}
	if g.postgres, err = localpg.Start(ctx, options); err != nil {
		return err
	}
	g.onStop(func() error { g.postgres.Stop(); return nil })
	return nil
}

func (g *ground) administer(ctx context.Context, statement string) (err error) {
	db, err := postgres.Open(ctx, postgres.Config{URL: g.postgres.URL("postgres")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.Exec(ctx, statement)
	return err
}

// fill makes a database with the service's tables, and the customers that are read.
func (g *ground) fill(ctx context.Context, name string) (err error) {
	if err := g.postgres.Create(ctx, name); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, postgres.Config{URL: g.postgres.URL(name), StatementTimeout: time.Minute})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := service.Migrate(ctx, db, profile.Definition()); err != nil {
		return err
	}
	var wrong error
	err = db.CopyIn(ctx, "customers", columns, func(yield func([]any) bool) {
		for n := range stored {
			row, err := values(idOf(n), customer(strconv.Itoa(n)), filled)
			if err != nil || !yield(row) {
				wrong = err
				return
			}
		}
	})
	if err := errors.Join(wrong, err); err != nil {
		return err
	}
	_, err = db.Exec(ctx, "vacuum analyze")
	return err
}

// startBoth starts the product - services and a gateway, as in production - and the floor.
func (g *ground) startBoth(ctx context.Context) error {
	environment, err := g.identity()
	if err != nil {
		return err
	}
	environment = append(environment, "GUANXI_NATS_URL="+g.nats.URL())
	g.environment = environment
	var addresses []string
	g.services = map[string]*child{}
	for _, name := range served {
		if err := g.postgres.Create(ctx, name); err != nil {
			return err
		}
		own := append(slices.Clip(environment), "GUANXI_DATABASE_URL="+g.postgres.URL(name), "GUANXI_PEERS="+strings.Join(addresses, ","))
		started, err := g.serve(ctx, name, own...)
		if err != nil {
			return err
		}
		g.onStop(started.stop)
		g.services[name] = started
		addresses = append(addresses, name+"="+started.address)
	}
	g.service = g.services[productDatabase]
	if g.edge, err = g.serve(ctx, "gateway", "GUANXI_GATEWAY_SERVICES="+strings.Join(addresses, ",")); err != nil {
		return err
	}
	g.onStop(g.edge.stop)
	if g.minimum, err = itself(ctx, "floor", databaseVariable+"="+g.postgres.URL(floorDatabase)); err != nil {
		return err
	}
	g.onStop(g.minimum.stop)
	return g.compare(ctx)
}

// compare makes sure that both give the same answer: a floor that does less is none.
func (g *ground) compare(ctx context.Context) error {
	var answers []*profilev1.Customer
	for _, w := range []turn{g.ofService(), g.ofFloor()} {
		w.Token = g.token
		conn, err := dial(w)
		if err != nil {
			return err
		}
		request := &profilev1.GetCustomerRequest{Name: "customers/" + idOf(0).String()}
		answer, err := profilev1.NewCustomerServiceClient(conn).GetCustomer(authorized(ctx, w), request)
		if err := errors.Join(err, conn.Close()); err != nil {
			return err
		}
		answers = append(answers, answer)
	}
	if !proto.Equal(answers[0], answers[1]) {
		return fmt.Errorf("product and floor answer differently: %v and %v", answers[0], answers[1])
	}
	return nil
}

// settle waits until the relay has published everything, so that it does not work on in the floor's turn.
func (g *ground) settle(ctx context.Context) error {
	for {
		var left bool
		if err := g.product.Get(ctx, &left, "select exists (select from outbox where published_at is null)"); err != nil || !left {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sleep(ctx, 20*time.Millisecond)
	}
}
