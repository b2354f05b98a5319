package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// work is one line of the table. A new one is an entry in works.
type work struct {
	name, floor, goal string
	measure           func(context.Context, *ground, work) ([]figure, error)
}

// figure is a line as it came out.
type figure struct {
	work
	product, beside, ratio string
	met                    bool
}

// imported is how many rows a turn of an import has.
const imported = 20_000

var works = []work{
	{
		"read one customer by gRPC", "bare grpc-go handler, sqlx over lib/pq, one prepared select", ">= 0.85",
		ratio(0.85, "calls/s", turnOf{"read", (*ground).ofService}, turnOf{"read", (*ground).ofFloor}),
	},
	{
		"create a customer: row, external id, history, event", "bare handler: begin, insert row, insert event, commit, prepared", ">= 1.00",
		ratio(1, "calls/s", turnOf{"create", (*ground).ofService}, turnOf{"create", (*ground).ofFloor}),
	},
	{
		"read one customer over HTTP/JSON", "our own read by gRPC", ">= 0.55",
		ratio(0.55, "calls/s", turnOf{"http", (*ground).ofEdge}, turnOf{"read", (*ground).ofService}),
	},
	{
		"import customers in bulk, events included", "COPY of the same rows into the table of customers", ">= 0.25",
		ratio(0.25, "rows/s", turnOf{"import", (*ground).ofService}, turnOf{"copy", (*ground).ofFloor}),
	},
	{"commit to subscriber at 200 writes/s", "", "p50 <= 2 ms, p99 <= 15 ms", steadyLag},
	{"commit to subscriber at full write rate", "", "p99 <= 300 ms, not growing", fullLag},
	{"jobs over all customers", "", "", sets},
	{"a year's contact plan of all owners", "", "", plans},
	{"index of a large survey", "", "", answers},
	{"lists with filter and order", "", "", pages},
	{"respondents while a report is computed", "", "", respondents},
	{"what is due among open clocks", "", "", clocks},
	{"find duplicates", "", "", duplicatesOf},
	{"start of `guanxi up`", "", "first < 10 s, again < 2 s", starts},
}

// turnOf is a kind of load and whom it is for.
type turnOf struct {
	load string
	side func(*ground) turn
}

func (g *ground) ofService() turn {
	return turn{Address: g.service.address, Database: g.postgres.URL(productDatabase), NATS: g.nats.URL()}
}

func (g *ground) ofEdge() turn { return turn{Address: g.edge.address} }

func (g *ground) ofFloor() turn {
	return turn{Address: g.minimum.address, Database: g.postgres.URL(floorDatabase)}
}

// play has the client take one turn.
func (g *ground) play(ctx context.Context, t turnOf, round string, more ...func(*turn)) (result, error) {
	w := t.side(g)
	w.Work, w.Token, w.Callers, w.Length, w.Rows = t.load, g.token, g.Callers, g.Length, imported
	w.Key = t.load + "-" + round
	for _, m := range more {
		m(&w)
	}
	r, err := load(ctx, w)
	if err != nil {
		return r, err
	}
	return r, g.settle(ctx)
}

// ratio lets product and floor take turns and compares those that follow each other: what else the machine does hits both.
func ratio(goal float64, unit string, product, floor turnOf) func(context.Context, *ground, work) ([]figure, error) {
	return func(ctx context.Context, g *ground, w work) ([]figure, error) {
		var ours, theirs, ratios []float64
		for round := range g.Rounds {
			below, err := g.play(ctx, floor, strconv.Itoa(round))
			if err != nil {
				return nil, fmt.Errorf("floor: %w", err)
			}
			above, err := g.play(ctx, product, strconv.Itoa(round))
			if err != nil {
				return nil, err
			}
			ours, theirs, ratios = append(ours, above.Rate), append(theirs, below.Rate), append(ratios, above.Rate/below.Rate)
		}
		middle := median(ratios)
		return []figure{{
			w, fmt.Sprintf("%.0f %s", median(ours), unit), fmt.Sprintf("%.0f %s", median(theirs), unit),
			fmt.Sprintf("%.2f (%.2f to %.2f)", middle, slices.Min(ratios), slices.Max(ratios)), middle >= goal,
		}}, nil
	}
}

// steadyLag begins with nothing left to write: the disk would have what was measured before it, the import and its floor, to do meanwhile.
func steadyLag(ctx context.Context, g *ground, w work) ([]figure, error) {
	if _, err := g.product.Exec(ctx, "checkpoint"); err != nil {
		return nil, err
	}
	r, err := g.play(ctx, turnOf{"lag", (*ground).ofService}, "steady", func(t *turn) { t.Rate, t.Length = 200, 3*g.Length })
	return []figure{{w, fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", r.P50, r.P99), "", "", r.P50 <= 2 && r.P99 <= 15}}, err
}

func fullLag(ctx context.Context, g *ground, w work) ([]figure, error) {
	r, err := g.play(ctx, turnOf{"lag", (*ground).ofService}, "full", func(t *turn) { t.Length = 3 * g.Length })
	said := fmt.Sprintf("p50 %.0f ms, p99 %.0f ms, p99 of the last third %.0f ms, at %.0f writes/s", r.P50, r.P99, r.Last, r.Rate)
	return []figure{{w, said, "", "", r.P99 <= 300 && r.Last <= 300}}, err
}

// starts brings the product up in an empty directory, and again in the same.
func starts(ctx context.Context, g *ground, w work) ([]figure, error) {
	var first, again []float64
	for range 3 {
		dir, err := os.MkdirTemp(g.dir, "up-*")
		if err != nil {
			return nil, err
		}
		for _, times := range []*[]float64{&first, &again} {
			took, err := g.start(ctx, dir)
			if err != nil {
				return nil, err
			}
			*times = append(*times, took.Seconds())
		}
	}
	said := fmt.Sprintf("first %.1f s, again %.1f s", median(first), median(again))
	return []figure{{w, said, "", "", median(first) < 10 && median(again) < 2}}, nil
}

// start brings the product up, measures until it says that it is ready, and stops it.
func (g *ground) start(ctx context.Context, dir string) (time.Duration, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	c := &child{g.command(ctx, "up", "--data", dir, "--http", address), address}
	began := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	up, err := ready(ctx, address)
	if stopped := c.stop(); err == nil {
		err = stopped
	}
	return up.Sub(began), err
}

// measure does all works that were asked for, and prints each figure as it comes.
func (g *ground) measure(ctx context.Context) ([]figure, error) {
	only, err := regexp.Compile(g.Only)
	if err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	var all []figure
	for _, w := range works {
		if !only.MatchString(w.name) {
			continue
		}
		figures, err := w.measure(ctx, g, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		for _, f := range figures {
			fmt.Println(f.line())
		}
		all = append(all, figures...)
	}
	return all, nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
