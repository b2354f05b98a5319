package service_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestHealthFollowsTheDatabaseAndEventsTheBroker(t *testing.T) {
	t.Parallel()
	def, cfg, deps := parts(t)
	broker := testkit.StartNATS(t)
	deps.NATS = broker.Connect(t)
	cfg.AdminListen = freeAddress(t)
	running, err := service.Start(context.Background(), def, cfg, deps)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })

	conn, err := grpc.NewClient(running.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	says := func(name string) grpc_health_v1.HealthCheckResponse_ServingStatus {
		answer, err := grpc_health_v1.NewHealthClient(conn).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{Service: name})
		require.NoError(t, err)
		return answer.GetStatus()
	}
	customers := profilev1.CustomerService_ServiceDesc.ServiceName
	serving, not := grpc_health_v1.HealthCheckResponse_SERVING, grpc_health_v1.HealthCheckResponse_NOT_SERVING
	for _, name := range []string{"", customers, service.EventsHealth} {
		require.Equal(t, serving, says(name), name)
	}
	require.Equal(t, http.StatusOK, get(t, cfg.AdminListen, "/healthz"))
	require.Equal(t, http.StatusOK, get(t, cfg.AdminListen, "/readyz"))
	require.Equal(t, http.StatusOK, get(t, cfg.AdminListen, "/metrics"))

	broker.Stop()
	require.Eventually(t, func() bool { return says(service.EventsHealth) == not }, testkit.Patience, 50*time.Millisecond)
	require.Equal(t, serving, says(customers), "RPCs work without the broker")
	broker.Start(t)
	require.Eventually(t, func() bool { return says(service.EventsHealth) == serving }, testkit.Patience, 50*time.Millisecond)

	admit(t, cfg.Database, false)
	require.Eventually(t, func() bool { return says(customers) == not && says("") == not }, testkit.Patience, 50*time.Millisecond)
	require.Equal(t, http.StatusServiceUnavailable, get(t, cfg.AdminListen, "/readyz"))
	admit(t, cfg.Database, true)
	require.Eventually(t, func() bool { return says(customers) == serving }, testkit.Patience, 50*time.Millisecond)
}

// admit lets nobody into a database, or everybody again.
func admit(t *testing.T, config postgres.Config, everybody bool) {
	t.Helper()
	at, err := url.Parse(config.URL)
	require.NoError(t, err)
	name := strings.TrimPrefix(at.Path, "/")
	at.Path = "/postgres"
	db := testkit.Open(t, postgres.Config{URL: at.String()})
	_, err = db.Exec(context.Background(), fmt.Sprintf("alter database %s allow_connections %t", pq.QuoteIdentifier(name), everybody))
	require.NoError(t, err)
	_, err = db.Exec(context.Background(), "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
	require.NoError(t, err)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func get(t *testing.T, address, path string) int {
	t.Helper()
	resp, err := http.Get("http://" + address + path)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	return resp.StatusCode
}
