package peer

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// Addresses are looked up again and again, also while no connection ends, until the connections are closed.
func TestAddressesAreLookedUpAgain(t *testing.T) {
	t.Parallel()
	var looks atomic.Int64
	names := manual.NewBuilderWithScheme("names")
	address := resolver.Address{Addr: "127.0.0.1:1"}
	names.InitialState(resolver.State{Addresses: []resolver.Address{address}})
	names.ResolveNowCallback = func(resolver.ResolveNowOptions) { looks.Add(1) }
	conn, err := grpc.NewClient("names:///service", grpc.WithResolvers(renewed{names, time.Millisecond}), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.Error(t, err, "nobody listens there")
	require.Eventually(t, func() bool { return looks.Load() > 20 }, testkit.Patience, time.Millisecond)

	require.NoError(t, conn.Close())
	time.Sleep(20 * time.Millisecond) // the last look may be under way
	ended := looks.Load()
	time.Sleep(20 * time.Millisecond)
	require.Equal(t, ended, looks.Load(), "a connection that is closed looks no more")
}
