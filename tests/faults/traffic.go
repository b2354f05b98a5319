package faults

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/tests/faults/internal/load"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/wire"
)

// The accidents on the wire and at the door.

// badWire resets, delays or slices what passes one of the three links for a while.
func badWire(ctx context.Context, r *Round) error {
	link := []*wire.Proxy{r.ToDatabase, r.ToBroker, r.ToService}[r.Random.IntN(3)]
	switch r.Random.IntN(3) {
	case 0:
		for range 1 + r.Random.IntN(4) {
			r.pause(ctx, 10*time.Millisecond, 150*time.Millisecond)
			link.Reset()
		}
	case 1:
		link.Set(wire.Weather{Delay: time.Duration(10+r.Random.IntN(70)) * time.Millisecond})
	default:
		link.Set(wire.Weather{Slice: 1 + r.Random.IntN(16)})
	}
	r.pause(ctx, 200*time.Millisecond, 500*time.Millisecond)
	link.Set(wire.Weather{})
	return nil
}

// growth is by how many goroutines a service may differ for what it happens to do.
const growth = 60

// noteGoroutines remembers how many goroutines the service has when all is well.
func noteGoroutines(ctx context.Context, r *Round) (err error) {
	wait(ctx, 500*time.Millisecond)
	r.goroutines, err = r.countGoroutines(ctx)
	return err
}

// compareGoroutines finds those that were left behind.
func compareGoroutines(ctx context.Context, r *Round) error {
	wait(ctx, 500*time.Millisecond)
	now, err := r.countGoroutines(ctx)
	if err != nil {
		return err
	}
	r.notef("%d goroutines before, %d after", r.goroutines, now)
	if now > r.goroutines+growth {
		r.complainf("goroutines", "%d before, %d after", r.goroutines, now)
	}
	return nil
}

func (r *Round) countGoroutines(ctx context.Context) (n int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.AdminURL()+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "go_goroutines ") {
			_, err := fmt.Sscanf(lines.Text(), "go_goroutines %d", &n)
			return n, err
		}
	}
	return 0, fmt.Errorf("the service does not say how many goroutines it has: %w", lines.Err())
}

// terminated stops the service in good order under load: what it has accepted it must answer.
func terminated(ctx context.Context, r *Round) error {
	r.pause(ctx, 50*time.Millisecond, 400*time.Millisecond)
	if err := r.TerminateService(); err != nil {
		r.complainf("stop", "%v", err)
	}
	return r.StartService(ctx)
}

const (
	// callers is with how many the service is at its peak, crowd how many more there are under overload.
	callers, crowd = 32, 10
	// turns is how often both are measured, each time for as long as lasting.
	turns   = 5
	lasting = 2 * time.Second
	// goodput is the share of the peak that must be left under overload.
	goodput = 0.9
)

// overload compares what gets done with ten times the callers with what gets done at the peak. They are measured in turns, now the one first and now the other, and
// what counts is the median of the shares of turns that follow each other: what else the machine does for a moment hits one pair, and what grows meanwhile hits both
// sides alike.
func overload(ctx context.Context, r *Round) error {
	var peaks, shares []float64
	for turn := range turns {
		sides := []int{callers, callers * crowd}
		if turn%2 == 1 {
			slices.Reverse(sides)
		}
		rates := map[int]float64{}
		for _, many := range sides {
			rate, err := r.rate(ctx, many)
			if err != nil {
				return err
			}
			rates[many] = rate
		}
		peaks, shares = append(peaks, rates[callers]), append(shares, rates[callers*crowd]/rates[callers])
	}
	slices.Sort(peaks)
	slices.Sort(shares)
	said := fmt.Sprintf("peak %.0f/s with %d callers; with %d %.2f of it (%.2f to %.2f)",
		peaks[turns/2], callers, callers*crowd, shares[turns/2], shares[0], shares[turns-1])
	r.notef("%s", said)
	if shares[turns/2] < goodput {
		r.complainf("goodput", "%s", said)
	}
	return nil
}

// rate is how many writes are acknowledged in a second with so many callers.
func (r *Round) rate(ctx context.Context, callers int) (float64, error) {
	l, err := load.Start(ctx, r.target, load.Options{
		Address: r.ServiceAddress(), Token: r.Token, Seed: r.Random.Uint64N(1 << 32), Writers: callers,
	})
	if err != nil {
		return 0, err
	}
	r.crowds = append(r.crowds, l)
	wait(ctx, lasting/2) // until everybody is connected and knows customers
	before, start := l.Acknowledged(), time.Now()
	wait(ctx, lasting)
	rate := float64(l.Acknowledged()-before) / time.Since(start).Seconds()
	l.Finish()
	return rate, nil
}
