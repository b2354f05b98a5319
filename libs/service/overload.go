package service

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// overload refuses a call when as many of the same method run already as are of use: those beyond would only wait for a connection to
// the database, and all would be late together. One method's rush leaves the others their room.
type overload struct {
	most    int64
	running sync.Map // full method -> *atomic.Int64
}

var errTooMany = fault.New(codes.ResourceExhausted, "OVERLOADED", fault.Text{
	En: "too many calls of this method at once; try again after the delay given",
	Zh: "此方法的并发调用过多；请在指定的延迟后重试",
})

// enter returns nil when there is no room. Otherwise add -1 to what it returns when the call ends.
func (o *overload) enter(method string) *atomic.Int64 {
	known, ok := o.running.Load(method)
	if !ok {
		known, _ = o.running.LoadOrStore(method, new(atomic.Int64))
	}
	running := known.(*atomic.Int64)
	if running.Add(1) > o.most {
		running.Add(-1)
		return nil
	}
	return running
}

// refusal spreads the callers that were refused together over a while.
func refusal() error {
	return errTooMany.RetryAfter(100*time.Millisecond + rand.N(400*time.Millisecond))
}

func (o *overload) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	running := o.enter(info.FullMethod)
	if running == nil {
		return nil, refusal()
	}
	defer running.Add(-1)
	return handler(ctx, req)
}

func (o *overload) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	running := o.enter(info.FullMethod)
	if running == nil {
		return refusal()
	}
	defer running.Add(-1)
	return handler(srv, stream)
}
