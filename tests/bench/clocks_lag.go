package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// breachRate is how many clocks run out in a second, breachLength for how long.
	breachRate, breachLength = 100, 30 * time.Second
	// breachLead is how long before the first one they are told when.
	breachLead = 3 * time.Second
	// lifetime is how long a replica lives until it is killed.
	lifetime = 3 * time.Second
)

// breaches measures how soon a breach is announced: by one replica, and by two that are killed in turn.
func (s *tower) breaches(ctx context.Context) ([]figure, error) {
	alone, err := s.steady(ctx, "one replica", func(ctx context.Context) error { sleep(ctx, breachLength); return nil })
	if err != nil {
		return nil, err
	}
	second, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	s.replicas = append(s.replicas, second)
	killed, err := s.steady(ctx, "two replicas killed in turn", s.killInTurn)
	return []figure{alone, killed}, err
}

// steady has clocks run out one after the other, does something meanwhile, and looks how late each was announced. One that was not, or twice, is an error.
func (s *tower) steady(ctx context.Context, how string, meanwhile func(context.Context) error) (figure, error) {
	began := time.Now()
	count := breachRate * int(breachLength.Seconds())
	if err := s.schedule(ctx, count, breachLead, time.Second/breachRate); err != nil {
		return figure{}, err
	}
	sleep(ctx, breachLead)
	if err := meanwhile(ctx); err != nil {
		return figure{}, err
	}
	sleep(ctx, time.Second)
	if err := s.settled(ctx); err != nil {
		return figure{}, err
	}
	sleep(ctx, 2*time.Second) // until the broker has it
	var found struct {
		All       int `db:"all"`
		Different int `db:"different"`
	}
	var lags []struct {
		Committed float64  `db:"committed"`
		Published *float64 `db:"published"`
	}
	if err := errors.Join(s.db.Get(ctx, &found, countBreaches, began), s.db.Select(ctx, &lags, breachLags, began)); err != nil {
		return figure{}, err
	}
	if found.All != count || found.Different != count || len(lags) != count {
		return figure{}, fmt.Errorf("%d clocks ran out, %d breaches were announced, of %d clocks, and %d levels told", count, found.All, found.Different, len(lags))
	}
	committed, published := make([]float64, count), make([]float64, count)
	for i, l := range lags {
		if l.Published == nil {
			return figure{}, errors.New("a breach was not published")
		}
		committed[i], published[i] = l.Committed, *l.Published
	}
	slices.Sort(committed)
	slices.Sort(published)
	p99 := quantile(published, .99)
	return figure{
		work{name: fmt.Sprintf("from a clock's running out to its breach at the broker, %d/s, among %d open clocks, %s", breachRate, s.clocks, how), goal: "p99 <= 1000 ms, none missed, none twice"},
		fmt.Sprintf("p50 %.0f ms, p99 %.0f ms (committed: p50 %.0f ms, p99 %.0f ms)", quantile(published, .5), p99, quantile(committed, .5), quantile(committed, .99)),
		"", "", p99 <= 1000,
	}, nil
}

// killInTurn kills one replica after the other, without warning, and starts it again.
func (s *tower) killInTurn(ctx context.Context) error {
	for n, end := 0, time.Now().Add(breachLength); time.Now().Before(end); n++ {
		sleep(ctx, lifetime)
		victim := n % len(s.replicas)
		if err := s.replicas[victim].Process.Kill(); err != nil {
			return err
		}
		_ = s.replicas[victim].Wait() // it was killed
		again, err := s.start(ctx)
		if err != nil {
			return err
		}
		s.replicas[victim] = again
	}
	return nil
}
