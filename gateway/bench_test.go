package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// BenchmarkRead reads one row in 32 calls at once, by gRPC, which is the floor, and over HTTP. It reports the ratio of the two.
func BenchmarkRead(b *testing.B) {
	running := setup(b)
	var floor float64
	b.Run("grpc", func(b *testing.B) {
		conn, err := grpc.NewClient(running.service.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(b, err)
		defer func() { _ = conn.Close() }()
		client := profilev1.NewCustomerServiceClient(conn)
		ctx, cancel := context.WithTimeout(context.Background(), 55*time.Second)
		defer cancel()
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+running.token)
		floor = rate(b, func() error {
			_, err := client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "customers/stored"})
			return err
		})
	})
	b.Run("http", func(b *testing.B) {
		text := "GET /v1/customers/stored HTTP/1.1\r\nHost: guanxi\r\nAuthorization: Bearer " + running.token + "\r\n\r\n"
		clients := make(chan *rawClient, 64)
		defer func() {
			close(clients)
			for c := range clients {
				_ = c.Close()
			}
		}()
		b.ReportMetric(rate(b, func() error {
			var client *rawClient
			select {
			case client = <-clients:
			default:
				conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", running.Address())
				if err != nil {
					return err
				}
				client = &rawClient{conn, bufio.NewReader(conn)}
			}
			defer func() { clients <- client }()
			return client.call(text)
		})/floor, "of-grpc")
	})
}

// rawClient costs as little as can be: net/http's own would take as much of the processor as the gateway.
type rawClient struct {
	net.Conn
	reader *bufio.Reader
}

func (c *rawClient) call(text string) error {
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// rate reports and returns calls per second.
func rate(b *testing.B, call func() error) float64 {
	b.Helper()
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := call(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	per := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(per, "calls/s")
	return per
}
