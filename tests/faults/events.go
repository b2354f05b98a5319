package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

// The accidents on the way of events.

const (
	// window is for how long the broker knows an event in the round of the stale relay, in place of an hour.
	window = 300 * time.Millisecond
	// asleep is for how long the relay is held up there: long beyond the window.
	asleep = 5 * time.Second
)

// staleRelay has a relay be late, again when it woke up before the other one had taken over, as on a machine with much to do.
func staleRelay(ctx context.Context, r *Round) error {
	for range 5 {
		if err := heldUp(ctx, r); err != nil {
			return err
		}
		if more, err := r.repeats(ctx); err != nil || more > 0 {
			return err
		}
	}
	return nil
}

// heldUp holds a relay up between reading the outbox and publishing, as a paused machine would. Another one takes over and goes on;
// when the first wakes up it publishes what is long published, and the broker has forgotten that. Only subscribers can drop it.
func heldUp(ctx context.Context, r *Round) error {
	r.KillSecond()
	r.KillService()
	if err := r.StartService(ctx, fmt.Sprintf("relay.before_publish=pause:%s@%d", asleep, 1+r.Random.IntN(5))); err != nil {
		return err
	}
	if err := r.until(ctx, func() (bool, error) { return r.older(ctx, 1600*time.Millisecond) }); err != nil { // a start takes less
		return fmt.Errorf("the relay did not fall asleep: %w", err)
	}
	woken := time.Now().Add(asleep)
	if err := r.StartSecond(ctx); err != nil { // not before: it might be the one to publish
		return err
	}
	err := r.tune(ctx, func(c *jetstream.StreamConfig, _ jetstream.StreamState) { c.Duplicates = window })
	if err != nil {
		return err
	}
	if _, err := r.own.Exec(ctx, `
select pg_terminate_backend(pid) from pg_locks
where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`); err != nil {
		return err
	}
	if err := r.flows(ctx); err != nil {
		return err
	}
	wait(ctx, time.Until(woken))
	return nil
}

// repeated makes sure that the stale relay did repeat events: else nothing was tested.
func repeated(ctx context.Context, r *Round) error {
	more, err := r.repeats(ctx)
	if err != nil {
		return err
	}
	r.notef("%d events repeated", more)
	if more <= 0 {
		r.complainf("harness", "no relay was late: the stream has %d more than the outbox", more)
	}
	return nil
}

// repeats is how many events the stream has more than once.
func (r *Round) repeats(ctx context.Context) (int, error) {
	release := r.Load.Hold()
	defer release()
	if err := r.settle(ctx, r.settleWithin); err != nil {
		return 0, err
	}
	stream, err := r.js.Stream(ctx, events.StreamName)
	if err != nil {
		return 0, err
	}
	var written int
	if err := r.own.Get(ctx, &written, `select count(*) from outbox`); err != nil {
		return 0, err
	}
	return int(stream.CachedInfo().State.Msgs) - written, nil
}

// poison writes an event that the subscriber fails at, each time. It must end among the dead letters, while others flow; half of the
// times the subscriber is killed meanwhile.
func poison(ctx context.Context, r *Round) error {
	var before, after int
	const dead = `select count(*) from dead_letters`
	if err := r.subscriber.Get(ctx, &before, dead); err != nil {
		return err
	}
	r.Load.Poison(ctx, r.Random)
	if r.Random.IntN(2) == 0 {
		r.pause(ctx, time.Millisecond, 150*time.Millisecond)
		r.KillSubscriber()
		if err := r.StartSubscriber(ctx); err != nil {
			return err
		}
	}
	err := r.until(ctx, func() (bool, error) {
		err := r.subscriber.Get(ctx, &after, dead)
		return after > before, err
	})
	if err != nil {
		r.complainf("poison", "the event is not among the dead letters: %v", err)
	}
	return nil
}

// offline takes the subscriber away, or makes it slow, so slow at times that the broker delivers again what it is at. The publisher must
// not notice.
func offline(ctx context.Context, r *Round) error {
	slow := []time.Duration{0, 20 * time.Millisecond, 1200 * time.Millisecond}[r.Random.IntN(3)]
	r.KillSubscriber()
	if r.Subscriber.Slow = slow; slow > 0 {
		if err := r.StartSubscriber(ctx); err != nil {
			return err
		}
	}
	r.pause(ctx, 300*time.Millisecond, time.Second)
	if slow > time.Second {
		wait(ctx, 2*time.Second)
	}
	if err := r.flows(ctx); err != nil {
		return err
	}
	r.KillSubscriber()
	r.Subscriber.Slow = 0
	return r.StartSubscriber(ctx)
}

// full leaves the broker room for a few events only. Publishing fails, writes go on, and the outbox drains once there is room.
func full(ctx context.Context, r *Round) error {
	err := r.tune(ctx, func(c *jetstream.StreamConfig, s jetstream.StreamState) {
		c.MaxBytes = int64(s.Bytes) + int64(r.Random.IntN(8000)) + 1
	})
	if err != nil {
		return err
	}
	// That the outbox grows shows both: nothing is published, and writes are acknowledged all the same.
	err = r.until(ctx, func() (bool, error) {
		waiting, err := r.waiting(ctx)
		return waiting > 25, err
	})
	if err != nil {
		r.complainf("full", "the outbox does not grow while the stream is full: %v", err)
	}
	if err := r.tune(ctx, func(c *jetstream.StreamConfig, _ jetstream.StreamState) { c.MaxBytes = -1 }); err != nil {
		return err
	}
	return r.flows(ctx)
}

// flows waits until all events that are there now are published.
func (r *Round) flows(ctx context.Context) error {
	var last int64
	err := r.until(ctx, func() (bool, error) { return true, r.own.Get(ctx, &last, `select coalesce(max(id), 0) from outbox`) })
	if err != nil {
		return err
	}
	err = r.until(ctx, func() (drained bool, err error) {
		err = r.own.Get(ctx, &drained, `select not exists (select from outbox where published_at is null and id <= $1)`, last)
		return drained, err
	})
	if err != nil {
		r.complainf("recovery", "the outbox does not drain: %v", err)
	}
	return ctx.Err()
}

// older says whether an event has waited longer than that to be published.
func (r *Round) older(ctx context.Context, age time.Duration) (old bool, err error) {
	err = r.own.Get(ctx, &old, `
select exists (select from outbox where published_at is null and clock_timestamp() - occur_time > make_interval(secs => $1))`, age.Seconds())
	return old, err
}

// until waits for something to be so. That it cannot be told for a moment is no failure.
func (r *Round) until(ctx context.Context, so func() (bool, error)) error {
	for start := time.Now(); ; wait(ctx, 10*time.Millisecond) {
		yes, err := so()
		switch {
		case yes && err == nil:
			return nil
		case time.Since(start) > world.ReadyWithin || ctx.Err() != nil:
			return errors.Join(fmt.Errorf("not within %s", world.ReadyWithin), err)
		}
	}
}
