package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning"
)

const (
	// planDatabase has product and floor side by side: the floor copies into a table like the product's. lawDatabase is that of the segmentation service that has the policy.
	planDatabase, lawDatabase = "planning", "policies"
	// customersEach is how many customers an owner has.
	customersEach = 40
	// planRounds is how often product and floor take turns.
	planRounds = 3
	// settled is how long the service may take to learn the policies, or to plan again.
	settled = 10 * time.Minute
)

// desk is the planning service with its owners and customers, and a way behind it.
type desk struct {
	db       *postgres.DB
	owners   int
	law      *child
	process  *child
	conn     *grpc.ClientConn
	call     turn
	year     int
	contacts int
}

func (d *desk) close() error {
	return errors.Join(d.conn.Close(), d.process.stop(), d.law.stop(), d.db.Close())
}

// plans measures a year's contacts of all owners, and planning again after some customers have changed. It has services of its own.
func plans(ctx context.Context, g *ground, _ work) (_ []figure, err error) {
	d, err := g.planning(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	var ours, theirs, ratios []float64
	for range planRounds {
		if _, err := d.db.Exec(ctx, "truncate contacts, owner_years cascade"); err != nil {
			return nil, err
		}
		took, err := d.generate(ctx)
		if err != nil {
			return nil, err
		}
		floor, err := d.copy(ctx)
		if err != nil {
			return nil, err
		}
		ours, theirs, ratios = append(ours, took.Seconds()), append(theirs, floor.Seconds()), append(ratios, took.Seconds()/floor.Seconds())
	}
	if err := errors.Join(d.check(ctx), d.db.Get(ctx, &d.contacts, "select count(*) from contacts")); err != nil {
		return nil, err
	}
	memory, err := d.process.peak()
	if err != nil {
		return nil, err
	}
	even, err := d.evenness(ctx)
	if err != nil {
		return nil, err
	}
	again, err := d.again(ctx, median(ours))
	if err != nil {
		return nil, err
	}
	middle := median(ratios)
	all := []figure{
		{
			work{
				name:  fmt.Sprintf("a year's contact plan of %d owners with %d customers, %d contacts (by class, of 40: %s)", d.owners, d.owners*customersEach, d.contacts, mix),
				floor: "COPY of the resulting rows into a table with the same columns, indexes and constraints", goal: "<= 3",
			},
			fmt.Sprintf("%.1f s", median(ours)), fmt.Sprintf("%.1f s", median(theirs)),
			fmt.Sprintf("%.2f (%.2f to %.2f)", middle, slices.Min(ratios), slices.Max(ratios)), middle <= 3,
		},
		even,
		{work{name: "memory of the service meanwhile", goal: "< 200 MiB"}, fmt.Sprintf("%d MiB", memory>>20), "", "", memory < 200<<20},
	}
	return append(all, again...), nil
}

// planning fills a database and starts the service on it, behind one that has the shipped policy.
func (g *ground) planning(ctx context.Context) (*desk, error) {
	if err := errors.Join(g.postgres.Create(ctx, planDatabase), g.postgres.Create(ctx, lawDatabase)); err != nil {
		return nil, err
	}
	url := g.postgres.URL(planDatabase)
	db, err := postgres.Open(ctx, postgres.Config{URL: url, StatementTimeout: patience, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	d := &desk{db: db, owners: g.Owners, year: time.Now().Year() + 1}
	if err := service.Migrate(ctx, db, planning.Definition()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	_, errFill := db.Exec(ctx, fillOwned, g.Owners)
	_, errEqual := db.Exec(ctx, equal)
	if err := errors.Join(errFill, errEqual); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	profile := "profile=" + g.service.address
	d.law, err = g.serve(ctx, "segmentation", append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+g.postgres.URL(lawDatabase), "GUANXI_PEERS="+profile)...)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	peers := "GUANXI_PEERS=" + profile + ",segmentation=" + d.law.address
	if d.process, err = g.serve(ctx, "planning", append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+url, peers)...); err != nil {
		return nil, errors.Join(err, d.law.stop(), db.Close())
	}
	d.call = turn{Address: d.process.address, Token: g.token}
	if d.conn, err = dial(d.call); err != nil {
		return nil, err
	}
	return d, d.until(ctx, "select exists (select from policy_frequencies)")
}

// until waits for something to be so.
func (d *desk) until(ctx context.Context, query string) error {
	for end := time.Now().Add(settled); time.Now().Before(end); sleep(ctx, 20*time.Millisecond) {
		var so bool
		if err := d.db.Get(ctx, &so, query); err != nil || so {
			return err
		}
	}
	return fmt.Errorf("not so for %s: %s", settled, query)
}

// generate lays the year out and waits for it.
func (d *desk) generate(ctx context.Context) (time.Duration, error) {
	client := planningv1.NewContactPlanServiceClient(d.conn)
	began := time.Now()
	run, err := client.GenerateContactPlans(authorized(ctx, d.call), &planningv1.GenerateContactPlansRequest{FiscalYear: int32(d.year)})
	for err == nil && run.GetOperation().GetState() <= typev1.Operation_RUNNING {
		sleep(ctx, 50*time.Millisecond)
		run, err = client.GetContactPlanRun(authorized(ctx, d.call), &planningv1.GetContactPlanRunRequest{Name: run.GetName()})
	}
	if err == nil && run.GetOperation().GetState() != typev1.Operation_SUCCEEDED {
		err = fmt.Errorf("the plan ended as %v", run)
	}
	return time.Since(began), err
}

// check looks for broken rules, and for contacts without a place. It is no part of any time.
func (d *desk) check(ctx context.Context) error {
	var broken int
	if err := d.db.Get(ctx, &broken, brokenRules, d.year); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d hard rules are broken", broken)
	}
	return nil
}

func (d *desk) evenness(ctx context.Context) (figure, error) {
	var e struct {
		Mean  float64 `db:"mean"`
		Worst float64 `db:"worst"`
		Ideal float64 `db:"ideal"`
		Most  float64 `db:"most"`
	}
	err := d.db.Get(ctx, &e, unevenness, d.year)
	said := fmt.Sprintf("coefficient of variation of minutes per working day %.3f (worst owner %.3f), fullest day %.0f minutes on average", e.Mean, e.Worst, e.Most)
	return figure{
		work{name: "evenness of that plan", floor: "longest first, each on the emptiest day, windows and distances ignored", goal: "<= 0.05 above"},
		said, fmt.Sprintf("%.3f", e.Ideal), fmt.Sprintf("%+.3f", e.Mean-e.Ideal), e.Mean-e.Ideal <= 0.05,
	}, err
}

// again has customers change their class, 1 % and then 2 % others, and measures until all are planned again.
func (d *desk) again(ctx context.Context, whole float64) ([]figure, error) {
	for _, statement := range []string{"create table before as select customer_id, contact_id, day from contacts", "vacuum analyze"} {
		if _, err := d.db.Exec(ctx, statement); err != nil {
			return nil, err
		}
	}
	customers := d.owners * customersEach
	var took []float64
	for i, share := range []int{100, 50} {
		if _, err := d.db.Exec(ctx, changeClass, customers/share, i); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := d.until(ctx, replanned); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began).Seconds())
	}
	var moved struct {
		Count int `db:"count"`
		Of    int `db:"of"`
	}
	if err := d.db.Get(ctx, &moved, movedOthers); err != nil {
		return nil, err
	}
	if err := d.check(ctx); err != nil {
		return nil, err
	}
	percent := 100 * float64(moved.Count) / float64(moved.Of)
	return []figure{
		{
			work{name: fmt.Sprintf("planning again after %d customers (1 %%) changed their class", customers/100), floor: "the whole plan", goal: "<= 0.10"},
			fmt.Sprintf("%.2f s", took[0]), fmt.Sprintf("%.1f s", whole), fmt.Sprintf("%.3f", took[0]/whole), took[0]/whole <= 0.1,
		},
		{
			work{name: "the same after twice as many, others", floor: "after 1 %", goal: "<= 2.5"},
			fmt.Sprintf("%.2f s", took[1]), fmt.Sprintf("%.2f s", took[0]), fmt.Sprintf("%.2f", took[1]/took[0]), took[1]/took[0] <= 2.5,
		},
		{
			work{name: "contacts of other customers that were moved by both", goal: "< 2 %"},
			fmt.Sprintf("%d of %d", moved.Count, moved.Of), "", fmt.Sprintf("%.3f %%", percent), percent < 2,
		},
	}, nil
}
