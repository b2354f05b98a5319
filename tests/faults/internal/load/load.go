// Package load drives a service as its clients do: concurrent writers with request_ids, who ask again when they do not know, and write
// down everything they were told.
package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/tests/faults/internal/ledger"
)

// Target is a service as the harness knows it.
type Target struct {
	// Name is what `guanxi serve` is told.
	Name string
	// Writer makes what invents the writes.
	Writer func(grpc.ClientConnInterface) Writer
	// State selects the resources as they stand: resource, aggregate_id, version (of an aggregate; 0 for a part of one) and the mark of
	// the last write.
	State string
	// Changes selects what was written, for a service without the change history: aggregate_id, version, resource, fields and data, as History does.
	Changes string
}

// History is the change history. An entry that keeps no values, as those of new orders, is known by the marks in its event.
const History = `
select c.aggregate_id, c.version, c.resource, c.fields, coalesce(o.data, '') as data
from changes c left join outbox o using (aggregate_id, version) order by c.aggregate_id, c.version`

// Writer invents writes. It is safe for concurrent use.
type Writer interface {
	// Next is a write that leaves mark, which is its request_id too, in a field of what it writes.
	Next(r *rand.Rand, mark string) Write
	// Poison is one whose event carries the mark, for subscribers to choke on.
	Poison(r *rand.Rand, mark string) Write
}

// Write is one call to be made, once or several times.
type Write struct {
	What string
	Do   func(ctx context.Context) (Answer, error)
}

// Answer is the resource as it was written.
type Answer interface {
	proto.Message
	GetName() string
}

// Options say how the writers behave.
type Options struct {
	Address, Token string
	Seed           uint64
	Writers        int
	// Rest is the mean pause of a writer between two writes.
	Rest time.Duration
	// Once: a call whose outcome is unknown is not made again.
	Once bool
}

const (
	// within is the deadline of each call.
	within = 3 * time.Second
	// patience is for how long an unknown outcome is asked for again; what is not known then stays unknown.
	patience = 30 * time.Second
)

// Load is running writers.
type Load struct {
	Options
	*ledger.Ledger
	writer Writer
	conn   *grpc.ClientConn
	gate   sync.RWMutex // held for writing while the load is on hold
	cancel context.CancelFunc
	ending chan struct{} // closed when what was refused need not be tried again
	wg     sync.WaitGroup
	mu     sync.Mutex
	number int
}

// Start starts the writers.
func Start(ctx context.Context, target Target, o Options) (*Load, error) {
	conn, err := grpc.NewClient(o.Address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 1.3, MaxDelay: 100 * time.Millisecond},
			MinConnectTimeout: time.Second,
		}),
	)
	if err != nil {
		return nil, err
	}
	l := &Load{Options: o, Ledger: ledger.New(), writer: target.Writer(conn), conn: conn, ending: make(chan struct{})}
	ctx, l.cancel = context.WithCancel(ctx)
	for i := range o.Writers {
		random := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		l.wg.Go(func() { l.write(ctx, random) })
	}
	return l, nil
}

// Finish ends the load when the outcome of every call that runs is known. It may be ended once.
func (l *Load) Finish() {
	close(l.ending)
	release := l.Hold()
	l.cancel()
	release()
	l.Stop()
}

// Stop ends the load; calls that run are cut off.
func (l *Load) Stop() {
	l.cancel()
	l.wg.Wait()
	_ = l.conn.Close()
}

// Hold waits until no call runs, and keeps the writers from beginning another until release is called.
func (l *Load) Hold() (release func()) {
	l.gate.Lock()
	return l.gate.Unlock
}

// Poison makes a poisoned write.
func (l *Load) Poison(ctx context.Context, random *rand.Rand) {
	l.gate.RLock()
	defer l.gate.RUnlock()
	l.call(ctx, random, ledger.Poison, l.writer.Poison)
}

func (l *Load) write(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		l.gate.RLock()
		if ctx.Err() == nil {
			l.call(ctx, random, "", l.writer.Next)
		}
		l.gate.RUnlock()
		if l.Rest > 0 {
			wait(ctx, time.Duration(random.Int64N(int64(2*l.Rest))))
		}
	}
}

// call makes one write until its outcome is known, and now and then once more, to hear whether the answer is the same.
func (l *Load) call(ctx context.Context, random *rand.Rand, kind string, next func(*rand.Rand, string) Write) {
	mark := ledger.Mark(fmt.Sprintf("%d-%d%s", l.Seed, l.next(), kind))
	w := next(random, mark)
	l.Begin(mark, w.What)
	again := random.IntN(20) == 0
	for start := time.Now(); ctx.Err() == nil && time.Since(start) < patience; {
		outcome, later := l.attempt(ctx, mark, w)
		switch {
		case outcome == ledger.Acknowledged && again:
			again = false
			continue
		case outcome == ledger.Acknowledged, l.Once:
			return
		}
		pause := max(later, time.Duration(10+random.IntN(40))*time.Millisecond)
		if outcome == ledger.Unknown {
			wait(ctx, pause)
			continue
		}
		select { // refused: it has not happened
		case <-l.ending:
			return
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (l *Load) next() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	return l.number
}

// attempt makes a call and writes down what came of it. later is when the service would like to be asked again.
func (l *Load) attempt(ctx context.Context, mark string, w Write) (outcome ledger.Outcome, later time.Duration) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+l.Token)
	call, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	start := time.Now()
	answer, err := w.Do(call)
	a := ledger.Attempt{Took: time.Since(start), Within: within}
	if err == nil {
		a.Outcome, a.Resource, a.Answer = ledger.Acknowledged, answer.GetName(), digest(answer)
	} else {
		said := status.Convert(err)
		a.Code, a.Text, a.Ours = said.Code(), said.Message(), len(said.Details()) > 0
		a.Outcome = told(said.Code())
		for _, detail := range said.Details() {
			if info, ok := detail.(*errdetails.RetryInfo); ok {
				later = info.GetRetryDelay().AsDuration()
			}
		}
		if ctx.Err() != nil { // the load was stopped, which is nobody's failure
			a.Code = codes.Unavailable
		}
	}
	l.Attempted(mark, a)
	return a.Outcome, later
}

// told is what a code says of whether the call has happened.
func told(code codes.Code) ledger.Outcome {
	switch code {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Unknown, codes.Internal:
		return ledger.Unknown
	default:
		return ledger.Refused
	}
}

func digest(answer proto.Message) string {
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(answer)
	if err != nil {
		return err.Error()
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:8])
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
