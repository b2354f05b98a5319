package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/peer"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/libs/telemetry"
)

// Deps are what whoever starts a service in his own process has already. All may be left out: what is missing is made from the Config,
// and what is given is not closed.
type Deps struct {
	Log      *slog.Logger
	Now      func() time.Time
	Registry *prometheus.Registry
	NATS     *nats.Conn
	Pages    *page.Sealer
	People   *seal.Keys
	// PeerToken is what the service shows to others that it asks; it goes before the file of the Config.
	PeerToken peer.Token
}

// Running is a service that was started.
type Running struct {
	def      Definition
	cfg      Config
	log      *slog.Logger
	registry *prometheus.Registry
	db       *postgres.DB
	broker   *nats.Conn
	address  string

	stops   []func() error // in the order of starting
	once    sync.Once
	stopErr error
	failed  chan struct{}
	failure error
	failing sync.Once
}

// Start starts a service and returns when it serves. When it fails nothing is left running. ctx is for the starting only.
func Start(ctx context.Context, def Definition, cfg Config, deps Deps) (_ *Running, err error) {
	r := &Running{
		def: def, cfg: cfg, failed: make(chan struct{}),
		log:      cmp.Or(deps.Log, telemetry.Logger(os.Stdout, cfg.LogLevel)).With("service", def.Name),
		registry: cmp.Or(deps.Registry, prometheus.NewRegistry()),
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("service %s: %w", def.Name, err), r.Stop())
		}
	}()

	if err := cfg.TLS.Check(); err != nil {
		return nil, err
	}
	p, err := r.platform(ctx, deps)
	if err != nil {
		return nil, err
	}
	if p.JS, err = r.connect(ctx, deps.NATS); err != nil {
		return nil, err
	}
	if def.Prepare != nil {
		if err := def.Prepare(ctx, p); err != nil {
			return nil, err
		}
	}
	server, err := r.newServer(p)
	if err != nil {
		return nil, err
	}
	if err := r.work(p); err != nil {
		return nil, err
	}
	return r, r.serve(ctx, server)
}

// platform makes what the service works with, all but the broker: the database with its tables, the keys of page tokens, the way to other services.
func (r *Running) platform(ctx context.Context, deps Deps) (*Platform, error) {
	if err := registerProcess(r.registry); err != nil {
		return nil, err
	}
	pages, err := r.pages(deps.Pages)
	if err != nil {
		return nil, err
	}
	people := deps.People
	if people == nil {
		if people, err = r.cfg.people(); err != nil {
			return nil, err
		}
	}
	if r.db, err = postgres.Open(ctx, r.cfg.Database); err != nil {
		return nil, err
	}
	r.onStop(func() error { closeDatabase(r.db, r.log); return nil })
	if err := r.collect(r.db.Collector(r.def.Name)); err != nil {
		return nil, err
	}
	if err := Migrate(ctx, r.db, r.def); err != nil {
		return nil, err
	}
	aliases, err := alias.Open(ctx, r.db)
	if err != nil {
		return nil, fmt.Errorf("the names of merged customers: %w", err)
	}
	now := deps.Now
	if now == nil {
		now = failpoint.Now(time.Now)
	}
	others := newPeers(r.def, r.cfg, deps.PeerToken)
	r.onStop(others.close)
	return &Platform{
		DB: r.db, Pages: pages, People: people, Log: r.log, Aliases: aliases, peers: others,
		Now: func() time.Time { return now().UTC().Truncate(time.Microsecond) },
	}, nil
}

func (r *Running) pages(given *page.Sealer) (*page.Sealer, error) {
	if given != nil {
		return given, nil
	}
	return r.cfg.pages()
}

// connect connects to the broker and makes sure that the stream is there.
func (r *Running) connect(ctx context.Context, given *nats.Conn) (jetstream.JetStream, error) {
	r.broker = given
	if given == nil {
		conn, err := r.cfg.NATS.connect(r.def.Name, r.log)
		if err != nil {
			return nil, err
		}
		r.onStop(func() error { return closeBroker(conn) })
		r.broker = conn
	}
	js, err := jetstream.New(r.broker)
	if err != nil {
		return nil, err
	}
	_, err = events.EnsureStream(ctx, js, r.cfg.Stream)
	return js, err
}

// newServer makes the gRPC server and registers the service. It does not serve yet.
func (r *Running) newServer(p *Platform) (*grpc.Server, error) {
	verifier, err := auth.NewVerifier(r.cfg.Auth, p.Now)
	if err != nil {
		return nil, err
	}
	open := auth.Health
	if r.cfg.Reflection {
		open = append(slices.Clip(open), auth.Reflection...)
	}
	table, err := auth.NewTable(open...)
	if err != nil {
		return nil, err
	}
	options, err := r.serverOptions(p, verifier, table)
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer(options...)
	if err := r.def.Register(server, p); err != nil {
		return nil, err
	}
	if r.cfg.Reflection {
		reflection.Register(server)
	}
	return server, table.Check(server.GetServiceInfo())
}

// serve opens the port. From here on callers are answered, and those who ask are told that the service is well once it is.
func (r *Running) serve(ctx context.Context, server *grpc.Server) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", r.cfg.Listen)
	if err != nil {
		return err
	}
	r.address = listener.Addr().String()
	well := r.watch(server)
	r.goServe("gRPC", func() error {
		if err := server.Serve(listener); !errors.Is(err, grpc.ErrServerStopped) { // before it had begun
			return err
		}
		return nil
	})
	r.onStop(func() error { return stopServer(server, r.log) })
	if err := r.serveAdmin(ctx, well); err != nil {
		return err
	}
	well.start(ctx)
	r.onStop(well.stop)
	r.log.InfoContext(ctx, "serving", "address", r.address)
	return nil
}

// Address is where the gRPC server listens, host:port.
func (r *Running) Address() string { return r.address }

// collect adds a collector for as long as the service runs.
func (r *Running) collect(c prometheus.Collector) error {
	if err := r.registry.Register(c); err != nil {
		return err
	}
	r.onStop(func() error { r.registry.Unregister(c); return nil })
	return nil
}
