package operation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// poll is how often work is looked for. A look is one read of a small index, which is why no commit wakes the runner: a service commits far more often than
	// somebody asks for work that takes minutes.
	poll = time.Second
	// stepTime is how long a step may take.
	stepTime = time.Minute
)

// Runner does the work of a service's kinds. Any number of replicas may run.
type Runner struct {
	db    *postgres.DB
	kinds []Kind
	log   *slog.Logger
	now   func() time.Time
}

// NewRunner fails if a kind lacks its name or its step, or two have one name.
func NewRunner(db *postgres.DB, kinds []Kind, log *slog.Logger, now func() time.Time) (*Runner, error) {
	names := map[string]bool{}
	for _, k := range kinds {
		if k.Name == "" || k.Step == nil || names[k.Name] {
			return nil, fmt.Errorf("operation: the kind %q lacks its name or its step, or is there twice", k.Name)
		}
		names[k.Name] = true
	}
	return &Runner{db: db, kinds: kinds, log: log, now: now}, nil
}

// Run works until ctx ends, and then returns nil; the steps at hand are rolled back. Kinds do not wait for each other.
func (r *Runner) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, k := range r.kinds {
		all.Go(func() { r.serve(ctx, k) })
	}
	all.Wait()
	<-ctx.Done() // a service without kinds, too, has a runner that does not end by itself
	return nil
}

// serve works off the operations of one kind as they come.
func (r *Runner) serve(ctx context.Context, k Kind) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := r.drain(ctx, k); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "operation: not all that is due was done, it will be tried again", "kind", k.Name, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// Tick does all work that can be done now: what is asked for and does not wait after a failure. The errors, which are those of the database and not of the work,
// come back joined.
func (r *Runner) Tick(ctx context.Context) error {
	var failures []error
	for _, k := range r.kinds {
		if err := r.drain(ctx, k); err != nil {
			failures = append(failures, fmt.Errorf("operation: %s: %w", k.Name, err))
		}
	}
	return errors.Join(failures...)
}

const due = `select exists (select from operations where kind = $1 and state in (1, 2) and retry_time <= $2)`

// drain does one step after the other, each in a transaction of its own, until none can be done: there is none, or another replica is at it.
func (r *Runner) drain(ctx context.Context, k Kind) error {
	for ctx.Err() == nil {
		var some bool
		if err := r.db.Get(ctx, &some, due, k.Name, r.now()); err != nil || !some {
			return err
		}
		more, err := r.step(ctx, k)
		if err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}
