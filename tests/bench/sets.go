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
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
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
	db      *postgres.DB
	process *child
	conn    *grpc.ClientConn
	call    turn
}

// sets measures the jobs over all customers. It has a service of its own, so that this takes nothing from the machine while others are measured.
func sets(ctx context.Context, g *ground, w work) (_ []figure, err error) {
	s, err := g.segmentation(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.conn.Close(), s.process.stop(), s.db.Close()) }()
	floor, err := s.floor(ctx, 3)
	if err != nil {
		return nil, err
	}
	if _, err := s.assess(ctx); err != nil { // the first of all, which nobody waits for: everybody is new
		return nil, err
	}
	all, err := s.again(ctx, "update measures set measure_month = '1900-01-01'")
	if err != nil {
		return nil, err
	}
	kept, err := s.again(ctx, "")
	if err != nil {
		return nil, err
	}
	whatIf, err := s.whatIf(ctx)
	if err != nil {
		return nil, err
	}
	memory, err := s.process.peak()
	if err != nil {
		return nil, err
	}
	size := fmt.Sprintf(", %d customers with %d orders", g.Customers, g.Customers*ordersEach)
	line := func(name, goal string, took time.Duration, most float64) figure {
		ratio := took.Seconds() / floor.Seconds()
		return figure{
			work{name: name + size, floor: "the bare SQL that computes the same from the orders", goal: goal},
			seconds(took), seconds(floor), fmt.Sprintf("%.2f", ratio), ratio <= most,
		}
	}
	return []figure{
		line("rank, class, tier, lifecycle, grade, warn: all from their orders", "<= 1.5", all, 1.5),
		line("the same from kept aggregates", "<= 0.8", kept, 0.8),
		line("what-if of a changed grading model", "<= 1.2", whatIf, 1.2),
		{work{name: "memory of the service meanwhile" + size, goal: "< 200 MiB"}, fmt.Sprintf("%d MiB", memory>>20), "", "", memory < 200<<20},
	}, nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// segmentation fills a database and starts the service on it.
func (g *ground) segmentation(ctx context.Context) (*stage, error) {
	if err := g.postgres.Create(ctx, segmentationDatabase); err != nil {
		return nil, err
	}
	url := g.postgres.URL(segmentationDatabase)
	db, err := postgres.Open(ctx, postgres.Config{URL: url, StatementTimeout: patience, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	if err := service.Migrate(ctx, db, segmentation.Definition()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, statement := range []string{fillCustomers, fillOrders, fillMeasures} {
		if _, err := db.Exec(ctx, statement, g.Customers); err != nil {
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
	s := &stage{db: db, process: process, call: turn{Address: process.address, Token: g.token}}
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
		from (select i, k, current_date - cast(730 * random() as integer) as at, cast(exp(2 + 6 * random() * ((i * 7919) % 1000) / 1000.0) as numeric(28, 2)) as amount
			from generate_series(1, $1::int) i, generate_series(1, 10) k) o`
	fillMeasures = `insert into measures (customer_id, measure_month, order_days, sales, stated_sales, previous_sales, year_sales, last_year_sales, orders, quarters,
			product_lines, unrated)
		select ` + idSQL + `, '1900-01-01', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, $1::int) i`
)

// floor runs the bare statements, the best of some times: whoever wrote them for himself would have his cache as warm.
func (s *stage) floor(ctx context.Context, times int) (best time.Duration, err error) {
	for range times {
		began := time.Now()
		if _, err := s.db.Exec(ctx, floorSQL); err != nil {
			return 0, err
		}
		if took := time.Since(began); best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}

// again assesses all customers once more, after what a statement has changed.
func (s *stage) again(ctx context.Context, before string) (time.Duration, error) {
	if before != "" {
		if _, err := s.db.Exec(ctx, before); err != nil {
			return 0, err
		}
	}
	if _, err := s.db.Exec(ctx, "vacuum analyze"); err != nil {
		return 0, err
	}
	return s.assess(ctx)
}

// assess runs the daily assessment and waits for it.
func (s *stage) assess(ctx context.Context) (time.Duration, error) {
	client := segmentationv1.NewAssessmentServiceClient(s.conn)
	began := time.Now()
	run, err := client.RunAssessment(authorized(ctx, s.call), &segmentationv1.RunAssessmentRequest{})
	for err == nil && run.GetOperation().GetState() <= typev1.Operation_RUNNING {
		sleep(ctx, 50*time.Millisecond)
		run, err = client.GetAssessmentRun(authorized(ctx, s.call), &segmentationv1.GetAssessmentRunRequest{Name: run.GetName()})
	}
	if err == nil && run.GetOperation().GetState() != typev1.Operation_SUCCEEDED {
		err = fmt.Errorf("the assessment ended as %v", run)
	}
	return time.Since(began), err
}

// whatIf simulates the shipped model with other weights over all customers.
func (s *stage) whatIf(ctx context.Context) (time.Duration, error) {
	client := segmentationv1.NewGradingModelServiceClient(s.conn)
	models, err := client.ListGradingModels(authorized(ctx, s.call), &segmentationv1.ListGradingModelsRequest{})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	_, err = segmentationv1.NewGradeServiceClient(s.conn).SimulateGradingModel(authorized(ctx, s.call), &segmentationv1.SimulateGradingModelRequest{Name: models.GetGradingModels()[0].GetName()})
	return time.Since(began), err
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
