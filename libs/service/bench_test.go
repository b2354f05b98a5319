package service_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// BenchmarkRead reads one row in 32 calls at once, first behind a bare gRPC server, which is the floor, then behind all that a service
// puts before its handlers. It reports the ratio of the two.
func BenchmarkRead(b *testing.B) {
	s := &testService{get: find, create: insert}
	running := setup(b, s)
	ctx := running.as(b, typev1.Level_BASIC)
	_, err := running.client.CreateCustomer(ctx, named("x"))
	require.NoError(b, err)

	bare := grpc.NewServer()
	profilev1.RegisterCustomerServiceServer(bare, s)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() { _ = bare.Serve(listener) }()
	b.Cleanup(bare.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() })

	var floor float64
	b.Run("bare", func(b *testing.B) { floor = read(ctx, b, profilev1.NewCustomerServiceClient(conn)) })
	b.Run("service", func(b *testing.B) {
		rate := read(ctx, b, running.client)
		b.ReportMetric(rate/floor, "of-bare")
	})
}

// read reports and returns calls per second.
func read(ctx context.Context, b *testing.B, client profilev1.CustomerServiceClient) float64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 55*time.Second)
	defer cancel()
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "calls/s")
	return rate
}
