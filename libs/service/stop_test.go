package service_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// A call that did something was answered, and a call that was answered did it, although the service stops under load.
func TestStopLosesNoAcceptedCall(t *testing.T) {
	t.Parallel()
	var stopping, duringStop atomic.Int64
	s := &testService{}
	s.create = func(ctx context.Context, db *postgres.DB, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
		time.Sleep(5 * time.Millisecond)
		duringStop.Add(stopping.Load())
		return insert(ctx, db, r)
	}
	b := setup(t, s)
	ctx := b.as(t, typev1.Level_BASIC)
	var answered, refused atomic.Int64
	var callers sync.WaitGroup
	for caller := range 16 {
		callers.Go(func() {
			for i := 0; ; i++ {
				_, err := b.client.CreateCustomer(ctx, named(fmt.Sprintf("%d/%d", caller, i)))
				switch status.Code(err) {
				case codes.OK:
					answered.Add(1)
				case codes.Unavailable: // was not accepted
					refused.Add(1)
					return
				default:
					t.Errorf("a call was accepted and then failed: %v", err)
					return
				}
			}
		})
	}
	require.Eventually(t, func() bool { return answered.Load() > 100 }, testkit.Patience, time.Millisecond)
	stopping.Store(1)
	require.NoError(t, b.Stop())
	callers.Wait()
	require.EqualValues(t, 16, refused.Load())
	require.Positive(t, duringStop.Load(), "some calls must have been running when the service stopped")
	var stored int64
	require.NoError(t, b.db.Get(context.Background(), &stored, "select count(*) from notes"))
	require.Equal(t, answered.Load(), stored)
}

func TestStopBreaksCallsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	s := &testService{}
	s.get = func(ctx context.Context, _ *postgres.DB, _ *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
		close(entered)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	b := setup(t, s)
	done := make(chan error)
	ctx := b.as(t, typev1.Level_BASIC)
	go func() {
		_, err := b.client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"})
		done <- err
	}()
	<-entered
	start := time.Now()
	require.NoError(t, b.Stop())
	took := time.Since(start)
	require.Greater(t, took, 4*time.Second)
	require.Less(t, took, 10*time.Second)
	require.Error(t, <-done)
	require.Contains(t, b.log.String(), "calls did not end in time")
}

//nolint:paralleltest // goroutines of other tests would be counted too
func TestStopLeavesNothingBehind(t *testing.T) {
	def, cfg, deps := parts(t)
	var before goleak.Option
	for i := range 4 {
		if i == 1 { // the first leaves what belongs to the broker: the stream, the connection's inbox
			before = goleak.IgnoreCurrent()
		}
		running, err := service.Start(context.Background(), def, cfg, deps)
		require.NoError(t, err)
		conn, err := grpc.NewClient(running.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		_, err = grpc_health_v1.NewHealthClient(conn).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.NoError(t, running.Stop())
		require.NoError(t, running.Stop(), "a second time does nothing")
	}
	goleak.VerifyNone(t, before)
}

//nolint:paralleltest // goroutines of other tests would be counted too
func TestFailedToStartLeavesNothingBehind(t *testing.T) {
	def, cfg, deps := parts(t)
	running, err := service.Start(context.Background(), def, cfg, deps)
	require.NoError(t, err)
	require.NoError(t, running.Stop())
	before := goleak.IgnoreCurrent()
	cfg.AdminListen = "192.0.2.1:1" // the last thing that can fail
	_, err = service.Start(context.Background(), def, cfg, deps)
	require.Error(t, err)
	goleak.VerifyNone(t, before)
}
