package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// turn is what the client is told to do.
type turn struct {
	Work     string        `json:"work"` // of loads
	Address  string        `json:"address"`
	Token    string        `json:"token"`
	Database string        `json:"database"`
	NATS     string        `json:"nats"`
	Callers  int           `json:"callers"`
	Length   time.Duration `json:"length"`
	Rate     int           `json:"rate"` // calls per second; 0 = as many as can be
	Rows     int           `json:"rows"`
	Key      string        `json:"key"` // in front of what must be unique
}

// result is what it saw. Durations are in milliseconds.
type result struct {
	Rate float64 `json:"rate"` // calls or rows per second
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	// Last is P99 of the last third of the time: where work piles up it is far above P99.
	Last float64 `json:"last"`
}

// loads are the works of the client.
var loads = map[string]func(context.Context, turn) (result, error){
	"read": readGRPC, "create": createGRPC, "http": readHTTP, "import": importRows, "copy": copyRows, "lag": lag,
}

// serveLoad is the role of the client.
func serveLoad(ctx context.Context) error {
	var w turn
	if err := json.NewDecoder(os.Stdin).Decode(&w); err != nil {
		return err
	}
	r, err := loads[w.Work](ctx, w)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// warm is how long each turn runs before it counts.
const warm = 500 * time.Millisecond

// closed calls as fast as the other side answers, and counts.
func closed(ctx context.Context, w turn, caller func(n int) (call func(context.Context) error, err error)) (result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var counting atomic.Bool
	var wg sync.WaitGroup
	times, errs := make([][]float64, w.Callers), make([]error, w.Callers)
	for n := range w.Callers {
		call, err := caller(n)
		if err != nil {
			return result{}, err
		}
		wg.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				if err := once(context.WithoutCancel(ctx), call); err != nil {
					errs[n] = err
					cancel()
					return
				}
				if counting.Load() {
					times[n] = append(times[n], milliseconds(time.Since(began)))
				}
			}
		})
	}
	sleep(ctx, warm)
	began := time.Now()
	counting.Store(true)
	sleep(ctx, w.Length)
	counting.Store(false)
	took := time.Since(began)
	cancel()
	wg.Wait()
	all := slices.Concat(times...)
	slices.Sort(all)
	return result{Rate: float64(len(all)) / took.Seconds(), P50: quantile(all, .5), P99: quantile(all, .99)}, errors.Join(errs...)
}

// once gives a call the deadline that every client should set.
func once(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return call(ctx)
}

// quantile of sorted values; 0 of none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// dial connects as a client does, one connection for all callers, with the token on every call: also to the floor, which does not look.
func dial(w turn) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient(w.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", w.Address, err)
	}
	return conn, nil
}

func authorized(ctx context.Context, w turn) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+w.Token)
}
