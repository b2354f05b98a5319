package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// readyWithin is how long a service may take to say that it is well.
const readyWithin = 2 * time.Second

// ready answers 200 when all services say that they are well and 503 otherwise, with what each said.
func ready(conns map[string]*grpc.ClientConn) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			said = make(map[string]string, len(conns))
			code = http.StatusOK
		)
		for name, conn := range conns {
			wg.Go(func() {
				answer, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
				mu.Lock()
				defer mu.Unlock()
				said[name] = answer.GetStatus().String()
				if err != nil {
					said[name] = "UNREACHABLE"
				}
				if answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
					code = http.StatusServiceUnavailable
				}
			})
		}
		wg.Wait()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{"services": said})
	}
}
