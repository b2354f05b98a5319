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
	most  int64
	lanes sync.Map // full method -> *lane
}

// lane is where the calls of one method run.
type lane struct {
	most    int64
	running atomic.Int64

	// What has become of the last calls, by which those that are refused are asked for patience: a refusal costs a part of a call, and ten times the callers who ask again soon
	// would take a good part of what is left for those that are let in.
	entered, refused atomic.Int64
	patience         atomic.Int64
}

const (
	// judged is after how many calls of a lane patience is looked at again.
	judged = 256
	// tolerated is how many calls must be let in for one that is refused.
	tolerated = 8
	// mostPatience is how many times as long as usual a caller is asked to wait at the most.
	mostPatience = 16
)

var errTooMany = fault.New(codes.ResourceExhausted, "OVERLOADED", fault.Text{
	En: "too many calls of this method at once; try again after the delay given",
	Zh: "此方法的并发调用过多；请在指定的延迟后重试",
})

func (o *overload) lane(method string) *lane {
	known, ok := o.lanes.Load(method)
	if !ok {
		known, _ = o.lanes.LoadOrStore(method, &lane{most: o.most})
	}
	return known.(*lane)
}

// enter returns an error when there is no room. Otherwise the call leaves in the end.
func (l *lane) enter() error {
	if l.running.Add(1) > l.most {
		l.running.Add(-1)
		return l.refuse()
	}
	l.entered.Add(1)
	return nil
}

func (l *lane) leave() {
	if l.running.Add(-1) < l.most/2 && l.patience.Load() > 1 { // the rush is over
		l.forget(1)
	}
}

// refuse spreads the callers that were refused together over a while.
func (l *lane) refuse() error {
	refused := l.refused.Add(1)
	patience := max(1, l.patience.Load())
	if entered := l.entered.Load(); entered+refused >= judged {
		if refused*tolerated > entered {
			patience = min(2*patience, mostPatience)
		}
		l.forget(patience)
	}
	return errTooMany.RetryAfter(time.Duration(patience) * (100*time.Millisecond + rand.N(400*time.Millisecond)))
}

// forget begins to count anew.
func (l *lane) forget(patience int64) {
	l.patience.Store(patience)
	l.entered.Store(0)
	l.refused.Store(0)
}

func (o *overload) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	l := o.lane(info.FullMethod)
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	return handler(ctx, req)
}

func (o *overload) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	l := o.lane(info.FullMethod)
	if err := l.enter(); err != nil {
		return err
	}
	defer l.leave()
	return handler(srv, stream)
}
