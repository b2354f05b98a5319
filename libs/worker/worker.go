// Package worker works off a queue that is a table: again and again, woken when the process itself fills it and by a clock for what others do.
package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// usualPoll is how often the queue is looked at when nobody wakes the loop: whoever fills it wakes his own process's, so that is for what a process that is gone has
	// left. usualRest is the wait after a failure.
	usualPoll, usualRest = time.Second, time.Second
)

// Loop is one that works off a queue. Any number may run side by side, if the queue's rows are claimed with skip locked.
type Loop struct {
	// Name is for the log.
	Name string
	// Pass does a batch and returns how much it found; 0 ends the haste. It holds a transaction for what must be done together.
	Pass func(ctx context.Context) (count int, err error)
	// Poll and Rest are a second each when left out.
	Poll, Rest time.Duration
	Log        *slog.Logger

	wake chan struct{}
}

// Start has the loop woken by the commits of db that put something into one of the tables that it works off. It is called once, before Run.
func (l *Loop) Start(db *postgres.DB, tables ...string) *Loop {
	l.wake = make(chan struct{}, 1)
	db.OnCommit(func() {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}, tables...)
	return l
}

// Run works until ctx ends. No failure ends it: what failed is tried again after a rest, which nothing shortens.
func (l *Loop) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		count, err := l.Pass(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			l.Log.WarnContext(ctx, "worker: a batch failed, it will be tried again", "queue", l.Name, "error", err)
			wait(ctx, nil, or(l.Rest, usualRest))
		case count == 0:
			wait(ctx, l.wake, or(l.Poll, usualPoll))
		}
	}
	return nil
}

func or(given, usual time.Duration) time.Duration {
	if given > 0 {
		return given
	}
	return usual
}

func wait(ctx context.Context, wake <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}
