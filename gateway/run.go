package gateway

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/telemetry"
)

// graceful is how long requests that run may go on when the gateway stops: longer than services let calls.
const graceful = 6 * time.Second

// Deps are what whoever starts the gateway in his own process has already. All may be left out.
type Deps struct {
	Log      *slog.Logger
	Registry *prometheus.Registry
}

// Running is a gateway that was started.
type Running struct {
	server  *http.Server
	address string
	conns   map[string]*grpc.ClientConn
	failed  chan error
}

// Run runs the gateway until ctx ends, which is a stop in good order, or until it cannot go on.
func Run(ctx context.Context, cfg Config) error {
	log := telemetry.Logger(os.Stdout, cfg.LogLevel)
	stopTracing, err := telemetry.StartTracing(ctx, "guanxi-gateway", log)
	if err != nil {
		return err
	}
	defer stopTracing()
	running, err := Start(ctx, cfg, Deps{Log: log})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return running.Stop() //nolint:contextcheck // ctx is over
	case err := <-running.Failed():
		return errors.Join(err, running.Stop()) //nolint:contextcheck // stopping has its own time
	}
}

// Start starts the gateway and returns when it answers. The services need not be there yet: /readyz says when they are. ctx is for the
// starting only.
func Start(ctx context.Context, cfg Config, deps Deps) (_ *Running, err error) {
	log := cmp.Or(deps.Log, telemetry.Logger(os.Stdout, cfg.LogLevel)).With("service", "gateway")
	r := &Running{conns: map[string]*grpc.ClientConn{}, failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.hangUp())
		}
	}()
	if err := cfg.TLS.Check(); err != nil {
		return nil, err
	}
	for name, address := range cfg.Services {
		if r.conns[name], err = Dial(address, cfg.TLS.Client()); err != nil {
			return nil, err
		}
	}
	handler, err := New(ctx, cfg, r.conns, cmp.Or(deps.Registry, prometheus.NewRegistry()), log)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	r.address = listener.Addr().String()
	r.server = newServer(handler, log)
	go func() {
		if err := r.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.failed <- err
		}
	}()
	log.InfoContext(ctx, "serving", "address", r.address)
	return r, nil
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      longestTimeout + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		// "OPTIONS *" is no business of ours.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug), // of what clients do
	}
}

// Address is where the gateway listens, host:port.
func (r *Running) Address() string { return r.address }

// Failed receives why the gateway could not go on.
func (r *Running) Failed() <-chan error { return r.failed }

// Stop lets requests that run end for six seconds, breaks those that have not, and hangs up.
func (r *Running) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), graceful)
	defer cancel()
	err := r.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = r.server.Close()
	}
	return errors.Join(err, r.hangUp())
}

func (r *Running) hangUp() error {
	var errs []error
	for _, conn := range r.conns {
		if conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	return errors.Join(errs...)
}
