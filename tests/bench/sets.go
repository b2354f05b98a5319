package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation"
)

// segmentationDatabase has product and floor side by side: the floor reads the product's own tables.
const segmentationDatabase = "segmentation"

// ordersEach is how many orders a customer has on average.
const ordersEach = 10

// patience bounds statements over all customers.
const patience = 30 * time.Minute

// stage is the segmentation service with its customers, and a way behind it.
type stage struct {
	customers int
	rounds    int
	db        *postgres.DB
	process   *child
	conn      *grpc.ClientConn
	call      turn
	models    int // published
}

func (s *stage) close() error { return errors.Join(s.conn.Close(), s.process.stop(), s.db.Close()) }

// setsRounds is how often product and floor take turns over all customers, at most.
const setsRounds = 3

// sets measures the jobs over all customers. It has a service of its own, so that this takes nothing from the machine while others are measured.
func sets(ctx context.Context, g *ground, _ work) (_ []figure, err error) {
	s, err := g.segmentation(ctx, segmentationDatabase, g.Customers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.assess(ctx); err != nil { // the first of all, which nobody waits for: everybody is new
		return nil, err
	}
	if _, err := s.floor(ctx); err != nil { // whoever wrote the bare statements for himself would have his cache as warm
		return nil, err
	}
	size := fmt.Sprintf(", %d customers with %d orders", g.Customers, g.Customers*ordersEach)
	var figures []figure
	for _, job := range []struct {
		name, goal string
		most       float64
		before     func(context.Context) error // is no part of the time
		do         func(context.Context) error
	}{
		{"rank, class, tier, lifecycle, grade, warn: all from their orders", "<= 1.5", 1.5, s.forgetMeasures, s.assess},
		{"the same from kept aggregates, everybody judged by changed thresholds", "<= 0.8", 0.8, s.tidy, s.changeThresholds},
		{"the same from kept aggregates, everybody graded by another model", "<= 0.8", 0.8, s.tidy, s.changeModel},
		{"the same on a usual day", "<= 0.8", 0.8, s.passDay, s.assess},
		{"what-if of a changed grading model", "<= 1.2", 1.2, s.tidy, s.whatIf},
	} {
		f, err := s.turns(ctx, job.before, job.do, job.most)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", job.name, err)
		}
		f.work = work{name: job.name + size, floor: "the bare SQL that computes the same from the orders", goal: job.goal}
		figures = append(figures, f)
	}
	memory, err := s.process.peak()
	if err != nil {
		return nil, err
	}
	figures = append(figures, figure{
		work{name: "memory of the service meanwhile" + size, goal: "< 200 MiB"}, fmt.Sprintf("%d MiB", memory>>20), "", "", memory < 200<<20,
	})
	one, err := g.oneCustomer(ctx, s)
	return append(figures, one), err
}

// turns lets floor and product take turns, and compares those that follow each other.
func (s *stage) turns(ctx context.Context, before, do func(context.Context) error, most float64) (figure, error) {
	var ours, theirs, ratios []float64
	for range min(setsRounds, s.rounds) {
		if err := before(ctx); err != nil {
			return figure{}, err
		}
		floor, err := s.floor(ctx)
		if err != nil {
			return figure{}, err
		}
		began := time.Now()
		if err := do(ctx); err != nil {
			return figure{}, err
		}
		took := time.Since(began).Seconds()
		ours, theirs, ratios = append(ours, took), append(theirs, floor.Seconds()), append(ratios, took/floor.Seconds())
	}
	middle := median(ratios)
	return figure{
		product: fmt.Sprintf("%.1f s", median(ours)), beside: fmt.Sprintf("%.1f s", median(theirs)),
		ratio: fmt.Sprintf("%.2f (%.2f to %.2f)", middle, slices.Min(ratios), slices.Max(ratios)), met: middle <= most,
	}, nil
}

// segmentation fills a database and starts the service on it.
func (g *ground) segmentation(ctx context.Context, name string, customers int) (*stage, error) {
	if err := g.postgres.Create(ctx, name); err != nil {
		return nil, err
	}
	url := g.postgres.URL(name)
	db, err := postgres.Open(ctx, postgres.Config{URL: url, StatementTimeout: patience, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	if err := service.Migrate(ctx, db, segmentation.Definition()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, statement := range []string{fillCustomers, fillOrders, fillMeasures} {
		if _, err := db.Exec(ctx, statement, customers); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if _, err := db.Exec(ctx, "vacuum analyze"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	own := append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+url, "GUANXI_PEERS=profile="+g.service.address)
	process, err := g.serve(ctx, "segmentation", own...)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &stage{customers: customers, rounds: g.Rounds, db: db, process: process, call: turn{Address: process.address, Token: g.token}}
	s.conn, err = dial(s.call)
	return s, err
}

// Ids grow, as those of UUIDv7 do. Half of all customers buy little, a few very much; orders lie within the last two years.
const (
	idSQL         = `cast(lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000' as uuid)`
	fillCustomers = `insert into customers (customer_id, territory, owner, display_name, create_time)
		select ` + idSQL + `, 'cn/' || i % 30, 'owner' || i % 300, 'customer ' || i, now() - interval '2 years' from generate_series(1, $1::int) i`
	fillOrders = `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, gross_profit, net_profit, product_lines)
		select ` + idSQL + `, gen_random_uuid(), at, at, 'CNY', 1, amount, amount * 0.3, amount * 0.1, array['line ' || k % 5]
		from (select i, k, current_date - cast(730 * random() as integer) as at, cast(exp(2 + 6 * random() * ((i::bigint * 7919) % 1000) / 1000.0) as numeric(28, 2)) as amount
			from generate_series(1, $1::int) i, generate_series(1, 10) k) o`
	fillMeasures = `insert into measures (customer_id, measure_month, order_days, sales, stated_sales, previous_sales, year_sales, last_year_sales, orders, quarters,
			product_lines, unrated)
		select ` + idSQL + `, '1900-01-01', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, $1::int) i`
)

// floor runs the bare statements.
func (s *stage) floor(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	_, err := s.db.Exec(ctx, floorSQL)
	return time.Since(began), err
}

// whatIf simulates the shipped model with other weights over all customers.
func (s *stage) whatIf(ctx context.Context) error {
	client := segmentationv1.NewGradingModelServiceClient(s.conn)
	models, err := client.ListGradingModels(authorized(ctx, s.call), &segmentationv1.ListGradingModelsRequest{})
	if err != nil {
		return err
	}
	request := &segmentationv1.SimulateGradingModelRequest{Name: models.GetGradingModels()[0].GetName()}
	_, err = segmentationv1.NewGradeServiceClient(s.conn).SimulateGradingModel(authorized(ctx, s.call), request)
	return err
}

// peak is the most memory that a process has had.
func (c *child) peak() (bytes int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &bytes); err == nil {
			return bytes << 10, nil
		}
	}
	return 0, errors.New("the system does not tell a process's memory")
}
