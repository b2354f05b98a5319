// Package gateway is the HTTP/JSON face of the services: REST as their protos declare it, the OpenAPI document and its explorer.
// It knows no domain and keeps nothing.
package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
)

// New makes the handler. conns are connections to the services by name, made with Dial; it does not close them. The registry is what
// /metrics shows, and gets the gateway's own. ctx is for the making only.
func New(
	ctx context.Context, cfg Config, conns map[string]*grpc.ClientConn, registry *prometheus.Registry, log *slog.Logger,
) (http.Handler, error) {
	api, err := newAPI(context.WithoutCancel(ctx), conns, log)
	if err != nil {
		return nil, err
	}
	clients, err := newClients(cfg, time.Now)
	if err != nil {
		return nil, err
	}
	gate := &formGate{next: screen(published(api)), clients: clients, room: semaphore.NewWeighted(formsAtOnce)}
	return newEdge(crossOrigin(cfg.AllowedOrigins, dispatch(cfg, gate, conns, registry)), log, registry)
}

// dispatch tells the API from the few other things. It is no http.ServeMux, which answers odd paths with redirects.
func dispatch(cfg Config, api http.Handler, conns map[string]*grpc.ClientConn, registry *prometheus.Registry) http.Handler {
	fixed := map[string]http.Handler{
		"/":             http.HandlerFunc(landing),
		"/form.css":     http.HandlerFunc(stylesheet),
		"/openapi.json": http.HandlerFunc(document),
		"/healthz":      http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }),
		"/readyz":       ready(conns),
	}
	if cfg.Metrics {
		fixed["/metrics"] = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	}
	explorer := explorerAt("/docs")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, found := fixed[r.URL.Path]
		switch {
		case !found && isBelow(r.URL.Path, "/docs"):
			handler, found = explorer, true
		case !found:
			handler = api
		}
		if found && r.Method != http.MethodGet && r.Method != http.MethodHead {
			noSuchMethod.write(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// setQueryParser sets what the library keeps for the whole process.
var setQueryParser = sync.OnceFunc(func() { runtime.SetQueryParameterParser(&strictQuery{})(nil) })

// newAPI makes the part that is generated from the protos.
func newAPI(ctx context.Context, conns map[string]*grpc.ClientConn, log *slog.Logger) (http.Handler, error) {
	setQueryParser()
	none := func(string) (string, bool) { return "", false }
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, codec{}),
		runtime.WithMiddlewares(newBindings().known),
		runtime.WithForwardResponseOption(asDocument),
		runtime.WithIncomingHeaderMatcher(forward),
		runtime.WithOutgoingHeaderMatcher(none),
		runtime.WithOutgoingTrailerMatcher(none),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithErrorHandler(handleError(log)),
		runtime.WithRoutingErrorHandler(handleRouting),
		runtime.WithWriteContentLength(),
	)
	for name, conn := range conns {
		services, ok := registrations[name]
		if !ok {
			return nil, fmt.Errorf("gateway: there is no service %q", name)
		}
		for _, register := range services {
			if err := register(ctx, mux, conn); err != nil {
				return nil, fmt.Errorf("gateway: %s: %w", name, err)
			}
		}
	}
	return mux, nil
}
