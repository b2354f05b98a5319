package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/schedule"
)

// workers is the background work of a service. It runs until stopped.
type workers struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	fail   func(error)
}

// work starts the relay, the consumers, the schedule and what else the service does by itself.
func (r *Running) work(p *Platform) error {
	w := &workers{fail: r.fail}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	r.onStop(w.stop)

	relay := events.NewRelay(p.DB, p.JS, r.def.Name, r.log, p.Now)
	p.DB.OnCommit(relay.Wake, "outbox")
	if err := r.collect(relay); err != nil {
		return err
	}
	w.run("relay", relay.Run)
	w.run("aliases", p.Aliases.Run)
	if err := r.consume(w, p); err != nil {
		return err
	}
	if r.def.Collectors != nil {
		for _, own := range r.def.Collectors(p) {
			if err := r.collect(own); err != nil {
				return err
			}
		}
	}
	jobs := housekeeping(p)
	if r.def.Jobs != nil {
		jobs = append(jobs, r.def.Jobs(p)...)
	}
	runner, err := schedule.NewRunner(p.DB, jobs, r.log, p.Now)
	if err != nil {
		return err
	}
	w.run("schedule", runner.Run)
	if r.def.Workers != nil {
		for _, own := range r.def.Workers(p) {
			w.run(own.Name, own.Run)
		}
	}
	return nil
}

// housekeeping are the jobs that every service has: forgetting what the platform's tables need keep no longer.
func housekeeping(p *Platform) []schedule.Job {
	return []schedule.Job{
		{
			Name: "platform-purge-requests", Cron: "17 3 * * *", MaxCatchUp: 1,
			Run: func(ctx context.Context, due time.Time) error {
				_, err := idempotency.Purge(ctx, p.DB, due.Add(-idempotency.Kept))
				return err
			},
		},
		{
			Name: "platform-purge-events", Cron: "37 3 * * *", MaxCatchUp: 1,
			Run: func(ctx context.Context, due time.Time) error {
				_, err := events.Purge(ctx, p.DB, due.Add(-events.MaxAge))
				return err
			},
		},
		{
			Name: "platform-purge-operations", Cron: "57 3 * * *", MaxCatchUp: 1,
			Run: func(ctx context.Context, due time.Time) error {
				_, err := operation.Purge(ctx, p.DB, due.Add(-operation.Kept))
				return err
			},
		},
	}
}

// consume starts a consumer for each subscription.
func (r *Running) consume(w *workers, p *Platform) error {
	if r.def.Subscriptions == nil {
		return nil
	}
	for _, subscription := range r.def.Subscriptions(p) {
		consumer, err := events.NewConsumer(p.DB, p.JS, subscription, r.log, p.Now)
		if err != nil {
			return err
		}
		if err := r.collect(consumer); err != nil {
			return err
		}
		w.run("consumer "+subscription.Name, consumer.Run)
	}
	return nil
}

// run runs one worker. One that ends by itself ends the service: an orchestrator starts it again.
func (w *workers) run(name string, worker func(context.Context) error) {
	w.wg.Go(func() {
		err := worker(w.ctx)
		if err == nil {
			err = errEnded
		}
		if w.ctx.Err() == nil {
			w.fail(fmt.Errorf("%s ended: %w", name, err))
		}
	})
}

// errEnded is the reason of a worker that gives none.
var errEnded = errors.New("it had nothing more to do")

// stop waits until every worker has put down what it holds.
func (w *workers) stop() error {
	w.cancel()
	w.wg.Wait()
	return nil
}
