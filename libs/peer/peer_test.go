package peer_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/peer"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// other is a service that tells what it was sent, and fails as often as it is told to.
type other struct {
	profilev1.UnimplementedCustomerServiceServer
	failures, calls atomic.Int64
}

func (o *other) answer(ctx context.Context) (*profilev1.Customer, error) {
	if o.calls.Add(1) <= o.failures.Load() {
		return nil, status.Error(codes.Unavailable, "not now")
	}
	until, ok := ctx.Deadline()
	if !ok {
		return nil, status.Error(codes.InvalidArgument, "there is no deadline")
	}
	headers, _ := metadata.FromIncomingContext(ctx)
	return &profilev1.Customer{
		DisplayName: headers.Get("authorization")[0], Owner: headers.Get("user-agent")[0], Industry: time.Until(until).Round(time.Minute / 2).String(),
	}, nil
}

func (o *other) GetCustomer(ctx context.Context, _ *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
	return o.answer(ctx)
}

func (o *other) CreateCustomer(ctx context.Context, _ *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
	return o.answer(ctx)
}

func dial(t *testing.T, o *other, token peer.Token) profilev1.CustomerServiceClient {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	profilev1.RegisterCustomerServiceServer(server, o)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := peer.Dial(listener.Addr().String(), "guanxi-test", peer.As(token))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return profilev1.NewCustomerServiceClient(conn)
}

func TestTokenIsReadAnewForEachCall(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	client := dial(t, &other{}, peer.FromFile(file))
	_, err := client.GetCustomer(context.Background(), &profilev1.GetCustomerRequest{})
	require.ErrorContains(t, err, file)
	require.NoError(t, os.WriteFile(file, []byte(" \n"), 0o600))
	_, err = client.GetCustomer(context.Background(), &profilev1.GetCustomerRequest{})
	require.ErrorContains(t, err, "is empty")
	for _, token := range []string{"one", "two"} {
		require.NoError(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
		got, err := client.GetCustomer(context.Background(), &profilev1.GetCustomerRequest{})
		require.NoError(t, err)
		require.Equal(t, "Bearer "+token, got.GetDisplayName())
		require.Contains(t, got.GetOwner(), "guanxi-test")
	}
}

func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	client := dial(t, &other{}, peer.Fixed("x"))
	got, err := client.GetCustomer(context.Background(), &profilev1.GetCustomerRequest{})
	require.NoError(t, err)
	require.Equal(t, "30s", got.GetIndustry())
	longer, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	got, err = client.GetCustomer(longer, &profilev1.GetCustomerRequest{})
	require.NoError(t, err)
	require.Equal(t, "2m0s", got.GetIndustry(), "the caller's own deadline holds")
}

func TestOnlyReadsAreRepeated(t *testing.T) {
	t.Parallel()
	o := &other{}
	o.failures.Store(2)
	_, err := dial(t, o, peer.Fixed("x")).GetCustomer(context.Background(), &profilev1.GetCustomerRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 3, o.calls.Load())

	o = &other{}
	o.failures.Store(1)
	_, err = dial(t, o, peer.Fixed("x")).CreateCustomer(context.Background(), &profilev1.CreateCustomerRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.EqualValues(t, 1, o.calls.Load())
}
