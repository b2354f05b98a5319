package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/services/voice"
)

const (
	// voiceDatabase has product and floor side by side: the floor has copies of the tables. voiceLawDatabase is that of the segmentation service that it asks for policies.
	voiceDatabase, voiceLawDatabase = "voice", "voice_policies"
	// dueAtOnce is how many clocks run out in a turn, clockRounds how often product and floor take turns.
	dueAtOnce, clockRounds = 5000, 3
	// told is how long it may take until all that is due is told.
	told = 5 * time.Minute
)

// tower is the voice service with its open clocks, and a way behind it.
type tower struct {
	db       *postgres.DB
	clocks   int
	used     int      // the clocks from the first on that have run out
	replicas []*child // the first serves alone
	start    func(context.Context) (*child, error)
}

func (s *tower) close() error {
	var errs []error
	for _, c := range s.replicas {
		errs = append(errs, c.stop())
	}
	return errors.Join(append(errs, s.db.Close())...)
}

// clocks measures what it costs to find and tell what is due among many open clocks, and how soon a breach is announced, by one replica and by two that are killed in turn.
func clocks(ctx context.Context, g *ground, _ work) (_ []figure, err error) {
	if err := g.postgres.Create(ctx, voiceLawDatabase); err != nil {
		return nil, err
	}
	profile := "profile=" + g.service.address
	law, err := g.serve(ctx, "segmentation", append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+g.postgres.URL(voiceLawDatabase), "GUANXI_PEERS="+profile)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, law.stop()) }()
	peers := profile + ",segmentation=" + law.address
	s, err := g.voice(ctx, voiceDatabase, peers, g.Customers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	tenth, err := g.voice(ctx, voiceDatabase+"_tenth", peers, max(g.Customers/10, clockRounds*dueAtOnce))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tenth.close()) }()
	figures, err := s.turns(ctx, tenth)
	if err != nil {
		return nil, err
	}
	steady, err := s.breaches(ctx)
	return append(figures, steady...), err
}

// turns lets floor, a tenth of the clocks and all of them take turns.
func (s *tower) turns(ctx context.Context, tenth *tower) ([]figure, error) {
	var ours, theirs, few, ratios, growth []float64
	for range clockRounds {
		floor, err := s.floor(ctx)
		if err != nil {
			return nil, err
		}
		less, err := tenth.runOut(ctx)
		if err != nil {
			return nil, err
		}
		took, err := s.runOut(ctx)
		if err != nil {
			return nil, err
		}
		ours, theirs, few = append(ours, took.Seconds()), append(theirs, floor.Seconds()), append(few, less.Seconds())
		ratios, growth = append(ratios, took.Seconds()/floor.Seconds()), append(growth, took.Seconds()/less.Seconds())
	}
	name := fmt.Sprintf("find and announce %d breaches among %d open clocks, a level told of each", dueAtOnce, s.clocks)
	middle, grown := median(ratios), median(growth)
	return []figure{
		{
			work{name: name, floor: "bare SQL that finds the same rows and notes that they are due, 200 at a time", goal: "<= 10"},
			fmt.Sprintf("%.2f s", median(ours)), fmt.Sprintf("%.2f s", median(theirs)), bracketed(middle, ratios), middle <= 10,
		},
		{
			work{name: name, floor: fmt.Sprintf("the same among %d", tenth.clocks), goal: "<= 1.2"},
			fmt.Sprintf("%.2f s", median(ours)), fmt.Sprintf("%.2f s", median(few)), bracketed(grown, growth), grown <= 1.2,
		},
	}, nil
}

func bracketed(middle float64, of []float64) string {
	return fmt.Sprintf("%.2f (%.2f to %.2f)", middle, slices.Min(of), slices.Max(of))
}

// voice fills a database and starts the service on it.
func (g *ground) voice(ctx context.Context, name, peers string, open int) (*tower, error) {
	if err := g.postgres.Create(ctx, name); err != nil {
		return nil, err
	}
	url := g.postgres.URL(name)
	db, err := postgres.Open(ctx, postgres.Config{URL: url, StatementTimeout: patience, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	if err := service.Migrate(ctx, db, voice.Definition()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, statement := range []string{fillTold, fillOpenCases, fillClocks, fillAlarms} {
		if _, err := db.Exec(ctx, statement, open); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	for _, statement := range []string{fillDesks, copyClocks, "vacuum analyze"} {
		if _, err := db.Exec(ctx, statement); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	own := append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+url, "GUANXI_PEERS="+peers)
	s := &tower{db: db, clocks: open, start: func(ctx context.Context) (*child, error) { return g.serve(ctx, "voice", own...) }}
	first, err := s.start(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.replicas = []*child{first}
	return s, nil
}

// runOut has clocks run out that have not yet, and waits until all of it is told.
func (s *tower) runOut(ctx context.Context) (time.Duration, error) {
	if err := s.schedule(ctx, dueAtOnce, 0, 0); err != nil {
		return 0, err
	}
	began := time.Now()
	err := s.settled(ctx)
	return time.Since(began), err
}

// schedule has the next clocks run out, the first after a while and then one after the other.
func (s *tower) schedule(ctx context.Context, count int, after, apart time.Duration) error {
	if s.used+count > s.clocks {
		return fmt.Errorf("%d clocks are too few", s.clocks)
	}
	from := s.used
	s.used += count
	start := time.Now().Add(after)
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, statement := range []string{ringAlarms, ringClocks} {
			if _, err := s.db.Exec(ctx, statement, from+1, from+count, start, apart.Seconds()); err != nil {
				return err
			}
		}
		return nil
	})
}

// settled waits until nothing is due any more.
func (s *tower) settled(ctx context.Context) error {
	for end := time.Now().Add(told); time.Now().Before(end); sleep(ctx, 5*time.Millisecond) {
		var left bool
		if err := s.db.Get(ctx, &left, leftOver); err != nil || !left {
			return err
		}
	}
	return fmt.Errorf("not all that is due was told within %s", told)
}

// floor does the least to as many rows of the copies.
func (s *tower) floor(ctx context.Context) (time.Duration, error) {
	from := s.used
	for _, statement := range []string{ringFloorAlarms, ringFloorClocks} {
		if _, err := s.db.Exec(ctx, statement, from+1, from+dueAtOnce, time.Now(), 0.0); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	for {
		result, err := s.db.Exec(ctx, floorDue, time.Now(), 200)
		if err != nil {
			return 0, err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return time.Since(began), err
		}
	}
}
