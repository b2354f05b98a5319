package gateway

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// edge is outermost: it turns a panic into an answer, counts, and sets the headers that all answers have.
type edge struct {
	next    http.Handler
	log     *slog.Logger
	seconds *prometheus.HistogramVec
}

func newEdge(next http.Handler, log *slog.Logger, registry prometheus.Registerer) (*edge, error) {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "guanxi_http_seconds",
		Help:    "Time of HTTP requests as the gateway sees it, by method and status.",
		Buckets: []float64{.001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	}, []string{"method", "status"})
	err := registry.Register(seconds)
	if before, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		seconds, err = before.ExistingCollector.(*prometheus.HistogramVec), nil
	}
	return &edge{next: next, log: log, seconds: seconds}, err
}

// ServeHTTP implements http.Handler.
func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	answer := &recorder{ResponseWriter: w}
	defer func() { e.leave(answer, r, start, recover()) }()
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	e.next.ServeHTTP(answer, r)
}

// leave must be called once for each request, when it ends, with what recover returned.
func (e *edge) leave(answer *recorder, r *http.Request, start time.Time, panicked any) {
	if panicked != nil {
		e.log.ErrorContext(r.Context(), "panic", "panic", panicked, "stack", string(debug.Stack()))
		if answer.status == 0 {
			writeFault(answer, r, fault.Internal(nil), 0)
		}
	}
	e.seconds.WithLabelValues(methodLabel(r.Method), strconv.Itoa(answer.status)).Observe(time.Since(start).Seconds())
}

// methodLabel keeps callers from making up metrics.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(data)
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
