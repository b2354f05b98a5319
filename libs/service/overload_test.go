package service_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// With ten times the callers that there is room for, who wait as long as they are told, the service does nearly as much as with just as
// many as there is room for.
func TestOverloadCostsLittleGoodput(t *testing.T) {
	t.Parallel()
	const room = 8
	s := &testService{}
	s.get = func(ctx context.Context, _ *postgres.DB, _ *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
		return &profilev1.Customer{}, nil
	}
	b := setup(t, s, func(c *service.Config, _ *service.Definition) { c.Concurrency = room })
	ctx := b.as(t, typev1.Level_BASIC)
	var peak, overloaded int64
	for range attempts {
		peak, overloaded = goodput(ctx, t, b.client, room), goodput(ctx, t, b.client, 10*room)
		if overloaded > peak*8/10 {
			return
		}
	}
	require.Greater(t, overloaded, peak*8/10, "at %d calls in a second and a half", peak)
}

// attempts is how often it is measured: what else the machine does takes from one of the two, a service that is slow under overload is so each time.
const attempts = 4

// goodput is how many calls go well in a second and a half.
func goodput(ctx context.Context, t *testing.T, client profilev1.CustomerServiceClient, callers int) int64 {
	t.Helper()
	var well atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(1500 * time.Millisecond)
	for range callers {
		wg.Go(func() {
			for time.Now().Before(end) {
				_, err := client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"})
				switch status.Code(err) {
				case codes.OK:
					well.Add(1)
				case codes.ResourceExhausted:
					time.Sleep(100 * time.Millisecond) // the least that a refusal asks for
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return well.Load()
}
