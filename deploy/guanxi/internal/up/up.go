// Package up brings the whole product up in one process: a private PostgreSQL, a NATS server, the services, the gateway.
package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/instance"
	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/localnats"
	"github.com/guanxi-crm/guanxi/libs/localpg"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/telemetry"
)

// Options say where and how the product runs.
type Options struct {
	Dir instance.Dir
	// HTTP is the gateway's address.
	HTTP string
	// GRPC is the first service's address; when it is empty, as with the others, one from 127.0.0.1:9101 on if that is free, else any.
	GRPC string
	// Demo fills in the made-up customer base, once.
	Demo bool
	// Level is from which level on the log is written.
	Level slog.Level
	// Out is where people are told.
	Out io.Writer
	// Services are what runs. Each finds those before it as its peers.
	Services []service.Definition
}

const (
	loopback = "127.0.0.1"
	// firstPort is where the clients' examples look for the profile service; those after it follow.
	firstPort = 9101
	natsUser  = "guanxi"
)

// Run brings the product up and keeps it up until ctx ends, which is a stop in good order, or until a part of it ends.
func Run(ctx context.Context, options Options) (err error) {
	u := newStack(options)
	defer func() { err = errors.Join(err, u.stop()) }()
	if err := u.start(ctx); err != nil {
		return err
	}
	if err := u.greet(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		fmt.Fprintln(u.Out, "Stopping.")
		return nil
	case err := <-u.broken:
		return err
	}
}

// stack is what is up so far.
type stack struct {
	Options
	began     time.Time
	log       *slog.Logger
	signer    *auth.Signer
	endpoints instance.Endpoints

	postgres *localpg.Server
	nats     *localnats.Server
	stops    []func() error // in the order of starting
	broken   chan error
}

func newStack(options Options) *stack {
	return &stack{
		Options: options, began: time.Now(), broken: make(chan error, 1),
		endpoints: instance.Endpoints{GRPC: map[string]string{}, Databases: map[string]string{}},
	}
}

func (u *stack) start(ctx context.Context) error {
	if err := u.Dir.Create(); err != nil {
		return err
	}
	var names []string
	for _, definition := range u.Services {
		names = append(names, definition.Name)
	}
	if err := u.ground(ctx, names); err != nil {
		return err
	}
	stopTracing, err := telemetry.StartTracing(ctx, "guanxi", u.log)
	if err != nil {
		return err
	}
	u.stops = append(u.stops, func() error { stopTracing(); return nil })
	for _, definition := range u.Services {
		if err := u.service(ctx, definition); err != nil {
			return err
		}
	}
	if err := u.gateway(ctx); err != nil {
		return err
	}
	u.stops = append(u.stops, u.Dir.Withdraw)
	return u.Dir.Publish(u.endpoints)
}

// ground starts what the services of those names stand on. PostgreSQL comes first: it is the one that refuses a directory in use.
func (u *stack) ground(ctx context.Context, names []string) (err error) {
	u.postgres, err = localpg.Start(ctx, localpg.Options{Dir: u.Dir.Path("postgres")})
	if err != nil {
		return err
	}
	u.stops = append(u.stops, func() error { u.postgres.Stop(); return nil })
	go func() {
		<-u.postgres.Done()
		u.fail(errors.New("PostgreSQL ended unexpectedly; its log is in " + u.Dir.Path("postgres")))
	}()
	if err := u.postgres.Create(ctx, names...); err != nil {
		return err
	}
	for _, name := range names {
		u.endpoints.Databases[name] = u.postgres.URL(name)
	}
	if err := u.openLog(); err != nil {
		return err
	}
	if u.signer, err = u.Dir.Signer(); err != nil {
		return err
	}
	password := instance.Secret()
	u.nats, err = localnats.Start(localnats.Options{Dir: u.Dir.Path("nats"), User: natsUser, Password: password, Log: u.log})
	if err != nil {
		return err
	}
	u.stops = append(u.stops, func() error { u.nats.Stop(); return nil })
	u.endpoints.NATS, err = withUser(u.nats.URL(), natsUser, password)
	return err
}

// service starts one service on a database of its own.
func (u *stack) service(ctx context.Context, definition service.Definition) error {
	name := definition.Name
	config, err := u.config(ctx, name)
	if err != nil {
		return err
	}
	deps := service.Deps{Log: u.log, PeerToken: serviceToken(u.signer, name)}
	running, err := service.Start(ctx, definition, config, deps)
	if errors.Is(err, syscall.EADDRINUSE) && config.Listen != u.GRPC { // nobody asked for it, and another one was faster
		config.Listen = net.JoinHostPort(loopback, "0")
		running, err = service.Start(ctx, definition, config, deps)
	}
	if err != nil {
		return taken(err, config.Listen, "--grpc")
	}
	u.stops = append(u.stops, running.Stop)
	go func() {
		<-running.Failed()
		u.fail(fmt.Errorf("the service %s ended unexpectedly; see %s", name, u.Dir.Path(logFile)))
	}()
	u.endpoints.GRPC[name] = running.Address()
	return nil
}

// config starts from the defaults of the service; the environment, which is for guanxi serve, has no say here.
func (u *stack) config(ctx context.Context, name string) (service.Config, error) {
	config, err := service.LoadConfig(name, nil)
	if err != nil {
		return config, err
	}
	config.Listen, config.Peers = u.listen(ctx), maps.Clone(u.endpoints.GRPC)
	config.Database.URL = u.endpoints.Databases[name]
	config.NATS.URL = u.endpoints.NATS
	config.Auth = u.signer.Config()
	if config.PageKeysFile, err = u.Dir.PageKeys(); err != nil {
		return config, err
	}
	config.PersonKeysFile, err = u.Dir.PersonKeys()
	return config, err
}

// listen is the address of the next service.
func (u *stack) listen(ctx context.Context) string {
	before := len(u.endpoints.GRPC)
	if before == 0 && u.GRPC != "" {
		return u.GRPC
	}
	preferred := net.JoinHostPort(loopback, strconv.Itoa(firstPort+before))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", preferred)
	if err != nil {
		return net.JoinHostPort(loopback, "0")
	}
	_ = listener.Close()
	return preferred
}

func (u *stack) gateway(ctx context.Context) error {
	config, err := gateway.LoadConfig(nil)
	if err != nil {
		return err
	}
	config.Listen, config.Services = u.HTTP, maps.Clone(u.endpoints.GRPC)
	running, err := gateway.Start(ctx, config, gateway.Deps{Log: u.log})
	if err != nil {
		return taken(err, u.HTTP, "--http")
	}
	u.stops = append(u.stops, running.Stop)
	go func() { u.fail(fmt.Errorf("the gateway ended: %w", <-running.Failed())) }()
	u.endpoints.HTTP = "http://" + reachable(running.Address())
	return nil
}

// taken makes one sentence of the most frequent reason why something cannot listen.
func taken(err error, address, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the address %s is taken by another program: choose another one with %s", address, flag)
	}
	return err
}

// fail ends Run with the first failure; those that follow from it, or from stopping, are of no interest.
func (u *stack) fail(err error) {
	select {
	case u.broken <- err:
	default:
	}
}

// stop stops everything, in the opposite order of starting.
func (u *stack) stop() error {
	var errs []error
	for _, stop := range slices.Backward(u.stops) {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}
