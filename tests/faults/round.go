package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/guanxi-crm/guanxi/tests/faults/internal/check"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/load"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

const (
	// checkEvery is after how many cycles everything is looked at.
	checkEvery = 20
)

// Fault is one kind of accident. A cycle is one accident, the recovery from it and going on.
type Fault struct {
	// Name is for -only.
	Name string
	// Share is how many of a hundred cycles it gets, at least one cycle.
	Share int
	// World changes what the world is made of.
	World func(*world.Options)
	// Load changes how the clients behave.
	Load func(*load.Options)
	// Begin comes before the first cycle.
	Begin func(context.Context, *Round) error
	// Cycle is one accident. Everything is up again when it returns.
	Cycle func(context.Context, *Round) error
	// End comes before the last check, with what else is to be judged.
	End func(context.Context, *Round) error
	// Allow is what is no violation with this fault.
	Allow check.Allowance
	// Measures: the round is played alone, as it measures speed.
	Measures bool
}

// Round is a world in which one fault happens, again and again, under load.
type Round struct {
	*world.World
	Fault  Fault
	Load   *load.Load
	Random *rand.Rand
	*observer

	ground
	crowds     []*load.Load // beside Load, all ended
	goroutines int
	cycle      int
	found      []check.Violation
	notes      []string
}

// Result is what a round came to.
type Result struct {
	Fault        string
	Cycles       int
	Acknowledged int
	Events       int
	Took         time.Duration
	Violations   []check.Violation
	Notes        []string
}

// ground is what all rounds of a run have in common.
type ground struct {
	dir, binaries string
	target        load.Target
	seed          uint64
	// settleWithin is how long what is on its way may take to arrive, once everything is up.
	settleWithin time.Duration
}

// mold is what the databases of the worlds begin as.
func (g ground) mold() string { return filepath.Join(g.dir, "mold") }

// play runs one round.
func (g ground) play(ctx context.Context, f Fault, cycles int) (result Result, err error) {
	start := time.Now()
	result.Fault = g.target.Name + "/" + f.Name
	r, err := g.begin(ctx, f)
	if err != nil {
		return result, fmt.Errorf("%s: beginning: %w", f.Name, err)
	}
	defer r.stop()
	for r.cycle = 1; r.cycle <= cycles; r.cycle++ {
		if err := errors.Join(f.Cycle(ctx, r), r.goOn(ctx)); err != nil {
			return result, fmt.Errorf("%s: cycle %d of seed %d: %w", f.Name, r.cycle, g.seed, err)
		}
		if r.cycle%checkEvery != 0 && r.cycle < cycles {
			continue
		}
		if r.cycle == cycles && f.End != nil {
			if err := f.End(ctx, r); err != nil {
				return result, fmt.Errorf("%s: ending: %w", f.Name, err)
			}
		}
		if result.Events, err = r.check(ctx); err != nil {
			return result, fmt.Errorf("%s: check after cycle %d of seed %d: %w", f.Name, r.cycle, g.seed, err)
		}
		if len(r.found) > 0 {
			break
		}
	}
	result.Cycles, result.Acknowledged, result.Took = min(r.cycle, cycles), r.Load.Acknowledged(), time.Since(start)
	result.Violations, result.Notes = r.found, r.notes
	return result, nil
}

func (g ground) begin(ctx context.Context, f Fault) (*Round, error) {
	options := world.Options{
		Dir: filepath.Join(g.dir, f.Name), Mold: g.mold(), Binaries: g.binaries, Service: g.target.Name,
	}
	if f.World != nil {
		f.World(&options)
	}
	w, err := world.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	r := &Round{World: w, Fault: f, ground: g, Random: rand.New(rand.NewPCG(g.seed, hash(f.Name)))}
	behave := load.Options{Address: w.ServiceAddress(), Token: w.Token, Seed: r.Random.Uint64N(1 << 32), Writers: 6, Rest: 25 * time.Millisecond}
	if f.Load != nil {
		f.Load(&behave)
	}
	var errObserve, errLoad error
	r.observer, errObserve = observe(ctx, w)
	if errObserve == nil {
		errObserve = r.until(ctx, func() (bool, error) { return true, r.subscribed(ctx) })
	}
	r.Load, errLoad = load.Start(ctx, g.target, behave)
	err = errors.Join(errObserve, errLoad)
	if err == nil && f.Begin != nil {
		err = f.Begin(ctx, r)
	}
	if err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (r *Round) stop() {
	if r.Load != nil {
		r.Load.Stop()
	}
	if r.observer != nil {
		r.close()
	}
	r.Stop()
}

// goOn makes sure that writes are acknowledged again, and that there are some between two accidents.
func (r *Round) goOn(ctx context.Context) error {
	const some = 5
	before := r.Load.Acknowledged()
	if err := r.until(ctx, func() (bool, error) { return r.Load.Acknowledged() >= before+some, nil }); err != nil {
		r.complainf("recovery", "less than %d writes were acknowledged: %v", some, err)
	}
	return ctx.Err()
}

// check looks at everything while the load is on hold.
func (r *Round) check(ctx context.Context) (count int, err error) {
	release := r.Load.Hold()
	defer release()
	unsettled := r.settle(ctx, r.settleWithin)
	calls := r.Load.Calls()
	for _, crowd := range r.crowds {
		calls = append(calls, crowd.Calls()...)
	}
	evidence, err := r.collect(ctx, calls, r.target)
	if err != nil {
		return 0, errors.Join(unsettled, err)
	}
	r.found = append(r.found, check.Check(evidence, r.Fault.Allow)...)
	if unsettled != nil {
		r.complainf("recovery", "%v", unsettled)
	}
	return len(evidence.Outbox), nil
}

func (r *Round) complainf(rule, format string, args ...any) {
	r.found = append(r.found, check.Violation{Rule: rule, Text: fmt.Sprintf(format, args...)})
}

func (r *Round) notef(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// pause lets time pass under load: between low and high.
func (r *Round) pause(ctx context.Context, low, high time.Duration) {
	wait(ctx, low+time.Duration(r.Random.Int64N(int64(high-low))))
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// hash makes a round's numbers depend on its name, so that it is the same alone and among others.
func hash(name string) (h uint64) {
	for _, c := range name {
		h = h*31 + uint64(c)
	}
	return h
}
