package service

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const (
	// checkEvery is how often a service looks whether it is well.
	checkEvery = 5 * time.Second
	// checkWithin is how long that may take.
	checkWithin = 2 * time.Second
)

// EventsHealth is the name under which the health service tells of the broker. It is apart from the service's own health: without
// the broker all RPCs work, and events wait in the outbox.
const EventsHealth = "guanxi.events"

// watcher looks at what the service rests on and tells the health service, which begins with NOT_SERVING.
type watcher struct {
	*health.Server
	services []string
	database func(context.Context) error
	broker   func() bool
	well     atomic.Bool
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// watch registers the health service; call it after all others.
func (r *Running) watch(server *grpc.Server) *watcher {
	w := &watcher{Server: health.NewServer(), database: r.db.Ping, broker: r.broker.IsConnected, services: []string{""}}
	for name := range server.GetServiceInfo() {
		w.services = append(w.services, name)
	}
	w.set(false)
	w.SetServingStatus(EventsHealth, grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	grpc_health_v1.RegisterHealthServer(server, w.Server)
	return w
}

// start looks once before it returns.
func (w *watcher) start(ctx context.Context) {
	w.check(ctx)
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.wg.Go(func() {
		ticker := time.NewTicker(checkEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				w.check(ctx)
			}
		}
	})
}

// stop says NOT_SERVING for good.
func (w *watcher) stop() error {
	w.cancel()
	w.wg.Wait()
	w.well.Store(false)
	w.Shutdown()
	return nil
}

func (w *watcher) check(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	w.set(w.database(ctx) == nil)
	w.SetServingStatus(EventsHealth, status(w.broker()))
}

func (w *watcher) set(well bool) {
	w.well.Store(well)
	for _, service := range w.services {
		w.SetServingStatus(service, status(well))
	}
}

func status(well bool) grpc_health_v1.HealthCheckResponse_ServingStatus {
	if well {
		return grpc_health_v1.HealthCheckResponse_SERVING
	}
	return grpc_health_v1.HealthCheckResponse_NOT_SERVING
}
