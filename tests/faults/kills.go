package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

// The kills: a process ends by -9 at a place or at any time, and another takes over where it stood.

// serviceAtRandom kills the service whenever.
func serviceAtRandom(ctx context.Context, r *Round) error {
	r.pause(ctx, 20*time.Millisecond, 400*time.Millisecond)
	r.KillService()
	return r.StartService(ctx)
}

// serviceAt kills the service at the point, on one of its first passages.
func serviceAt(point string, passages int) func(context.Context, *Round) error {
	return func(ctx context.Context, r *Round) error {
		r.KillService()
		if err := r.StartService(ctx, fmt.Sprintf("%s=kill@%d", point, 1+r.Random.IntN(passages))); err != nil {
			return err
		}
		if !r.ServiceDied(world.ReadyWithin) {
			return fmt.Errorf("the service never came by %s", point)
		}
		return r.StartService(ctx)
	}
}

// subscriberAtRandom kills the subscriber whenever.
func subscriberAtRandom(ctx context.Context, r *Round) error {
	r.pause(ctx, 20*time.Millisecond, 400*time.Millisecond)
	r.KillSubscriber()
	return r.StartSubscriber(ctx)
}

// subscriberAt kills the subscriber at the point, on one of its first passages.
func subscriberAt(point string) func(context.Context, *Round) error {
	return func(ctx context.Context, r *Round) error {
		r.KillSubscriber()
		if err := r.StartSubscriber(ctx, fmt.Sprintf("%s=kill@%d", point, 1+r.Random.IntN(40))); err != nil {
			return err
		}
		if !r.SubscriberDied(world.ReadyWithin) {
			return fmt.Errorf("the subscriber never came by %s", point)
		}
		return r.StartSubscriber(ctx)
	}
}

// both kills service and subscriber at once.
func both(ctx context.Context, r *Round) error {
	r.pause(ctx, 20*time.Millisecond, 400*time.Millisecond)
	r.KillService()
	r.KillSubscriber()
	if err := r.StartSubscriber(ctx); err != nil {
		return err
	}
	return r.StartService(ctx)
}

// broker kills NATS while batches are on their way.
func broker(ctx context.Context, r *Round) error {
	r.pause(ctx, 200*time.Millisecond, 700*time.Millisecond)
	r.KillBroker()
	if err := r.StartBroker(ctx); err != nil {
		return err
	}
	return r.flows(ctx)
}

// database restarts PostgreSQL in immediate mode. The service has to be of use again without being restarted itself.
func database(ctx context.Context, r *Round) error {
	r.pause(ctx, 100*time.Millisecond, 500*time.Millisecond)
	r.KillDatabase()
	return r.StartDatabase(ctx)
}

// clock restarts the service, and the subscriber, with clocks an hour ahead or behind, or right again.
func clock(ctx context.Context, r *Round) error {
	r.pause(ctx, 50*time.Millisecond, 300*time.Millisecond)
	moved := func() []string {
		if hours := r.Random.IntN(3) - 1; hours != 0 {
			return []string{fmt.Sprintf("%s=skew:%dh", failpoint.Clock, hours)}
		}
		return nil
	}
	r.KillService()
	if err := r.StartService(ctx, moved()...); err != nil {
		return err
	}
	r.KillSubscriber()
	return r.StartSubscriber(ctx, moved()...)
}
