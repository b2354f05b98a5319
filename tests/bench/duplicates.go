package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

const (
	registryDatabase = "registry"
	// duplicateRounds is how often product and floor take turns at most.
	duplicateRounds = 3
	// checks is how many customers are checked at entry.
	checks = 200
)

// registry is a profile service with customers of whom some are there twice, and a way behind it.
type registry struct {
	db      *postgres.DB
	process *child
	conn    *grpc.ClientConn
	call    turn
	plant   *plant
}

func (r *registry) close() error {
	return errors.Join(r.conn.Close(), r.process.stop(), r.db.Close())
}

// duplicatesOf measures the search for duplicates over all customers, a hundredth of whom have a second record, and what it finds. It has a service of its own.
func duplicatesOf(ctx context.Context, g *ground, _ work) (_ []figure, err error) {
	r, err := g.registry(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if _, _, err := r.floor(ctx); err != nil { // whoever wrote the bare statements for himself would have his cache as warm
		return nil, err
	}
	var ours, theirs, joins, ratios []float64
	for range min(duplicateRounds, g.Rounds) {
		floor, join, err := r.floor(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := r.db.Exec(ctx, "truncate match_states, match_keys, match_horizon, duplicates"); err != nil {
			return nil, err
		}
		took, err := r.search(ctx)
		if err != nil {
			return nil, err
		}
		joins = append(joins, join.Seconds())
		ours, theirs, ratios = append(ours, took.Seconds()), append(theirs, floor.Seconds()), append(ratios, took.Seconds()/floor.Seconds())
	}
	middle, size := median(ratios), fmt.Sprintf(", %d customers", r.plant.count)
	all := []figure{{
		work{name: "find duplicates" + size + ", nothing known of them before", floor: "bare SQL: keys by the database's functions, joined with themselves and scored", goal: "<= 3"},
		fmt.Sprintf("%.1f s", median(ours)), fmt.Sprintf("%.1f s", median(theirs)), fmt.Sprintf("%.2f (%.2f to %.2f)", middle, slices.Min(ratios), slices.Max(ratios)), middle <= 3,
	}}
	for _, measure := range []func(context.Context) (figure, error){r.quality, r.usualNight(median(joins)), r.entry, r.memory} {
		f, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// registry fills a database and starts the service on it.
func (g *ground) registry(ctx context.Context) (*registry, error) {
	if err := g.postgres.Create(ctx, registryDatabase); err != nil {
		return nil, err
	}
	url := g.postgres.URL(registryDatabase)
	db, err := postgres.Open(ctx, postgres.Config{URL: url, StatementTimeout: patience, MaxConns: 1}) // the floor's tables are of its session
	if err != nil {
		return nil, err
	}
	r := &registry{db: db, plant: newPlant()}
	if err := r.fill(ctx, g.Customers); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if r.process, err = g.serve(ctx, "profile", append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+url)...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	r.call = turn{Address: r.process.address, Token: g.token}
	r.conn, err = dial(r.call)
	return r, err
}

func (r *registry) fill(ctx context.Context, customers int) error {
	if err := service.Migrate(ctx, r.db, profile.Definition()); err != nil {
		return err
	}
	err := r.db.CopyIn(ctx, "customers", columns, func(yield func([]any) bool) {
		r.plant.all(customers, func(id uuid.UUID, c *planted) bool { return yield(c.row(id)) })
	})
	if err != nil {
		return err
	}
	_, err = r.db.Exec(ctx, "vacuum analyze")
	return err
}

// row is the customer as the table has it, in the order of columns.
func (c *planted) row(id uuid.UUID) []any {
	kind := int32(profilev1.Customer_ORGANIZATION)
	if c.person {
		kind = int32(profilev1.Customer_PERSON)
	}
	var channels []string
	for _, w := range []struct {
		medium profilev1.Channel_Medium
		value  string
	}{
		{profilev1.Channel_PHONE, c.phone}, {profilev1.Channel_MOBILE, c.mobile}, {profilev1.Channel_EMAIL, c.mail}, {profilev1.Channel_WEB, c.web},
	} {
		if w.value != "" {
			channels = append(channels, fmt.Sprintf(`{"medium": %d, "value": %s, "level": 1}`, w.medium, strconv.Quote(w.value)))
		}
	}
	none := pq.StringArray{}
	return []any{
		id, int64(1), int64(1), c.name, kind,
		pq.Int32Array{},
		c.legal, pq.StringArray(postgres.OrEmpty(c.others)), c.registration,
		"", int32(0), "cn/south", "owner", "", none, "{}",
		"[]", "[" + strings.Join(channels, ", ") + "]", "[]", "Asia/Shanghai",
		"", "", filled, filled,
	}
}

// search has all customers looked through, and waits for it.
func (r *registry) search(ctx context.Context) (time.Duration, error) {
	client := profilev1.NewDuplicateServiceClient(r.conn)
	began := time.Now()
	run, err := client.FindDuplicates(authorized(ctx, r.call), &profilev1.FindDuplicatesRequest{})
	for err == nil && run.GetOperation().GetState() <= typev1.Operation_RUNNING {
		sleep(ctx, 50*time.Millisecond)
		run, err = client.GetDuplicateSearch(authorized(ctx, r.call), &profilev1.GetDuplicateSearchRequest{Name: run.GetName()})
	}
	if err == nil && run.GetOperation().GetState() != typev1.Operation_SUCCEEDED {
		err = fmt.Errorf("the search ended as %v", run)
	}
	return time.Since(began), err
}

// quality compares what was found with what was planted.
func (r *registry) quality(ctx context.Context) (figure, error) {
	var found []struct {
		First  uuid.UUID `db:"first_id"`
		Second uuid.UUID `db:"second_id"`
	}
	if err := r.db.Select(ctx, &found, "select first_id, second_id from duplicates"); err != nil {
		return figure{}, err
	}
	type count struct{ of, found int }
	ways, right := map[string]*count{}, 0
	for _, way := range r.plant.truth {
		if ways[way] == nil {
			ways[way] = &count{}
		}
		ways[way].of++
	}
	for _, f := range found {
		if way, ok := r.plant.truth[[2]uuid.UUID{f.First, f.Second}]; ok {
			ways[way].found++
			right++
		}
	}
	foreseenWays := map[string]bool{"a person by telephone": true}
	for _, w := range foreseen {
		foreseenWays[w.way] = true
	}
	var easy count
	for way, c := range ways {
		fmt.Fprintf(os.Stderr, "%-40s %6d planted, %.3f found\n", way, c.of, float64(c.found)/float64(c.of))
		if foreseenWays[way] {
			easy.of, easy.found = easy.of+c.of, easy.found+c.found
		}
	}
	precision, recall := float64(right)/float64(max(len(found), 1)), float64(right)/float64(len(r.plant.truth))
	said := fmt.Sprintf("precision %.4f, recall %.4f of all, %.4f of those whose way was foreseen", precision, recall, float64(easy.found)/float64(max(easy.of, 1)))
	return figure{
		work{name: fmt.Sprintf("what was found of %d planted pairs, %d pairs proposed", len(r.plant.truth), len(found)), goal: "precision 0.99, recall 0.95"},
		said, "", "", precision >= 0.99 && recall >= 0.95,
	}, nil
}

// usualNight measures a search after a hundredth of the customers have changed.
func (r *registry) usualNight(floor float64) func(context.Context) (figure, error) {
	return func(ctx context.Context) (figure, error) {
		for _, statement := range []string{"update customers set revision = revision + 1 where get_byte(uuid_send(customer_id), 3) in (7, 77, 177)", "vacuum analyze"} {
			if _, err := r.db.Exec(ctx, statement); err != nil {
				return figure{}, err
			}
		}
		took, err := r.search(ctx)
		ratio := took.Seconds() / floor
		return figure{
			work{name: "the same after 1 % have changed", floor: "of the bare SQL the join alone, its keys being there", goal: "<= 3"},
			fmt.Sprintf("%.1f s", took.Seconds()), fmt.Sprintf("%.1f s", floor), fmt.Sprintf("%.2f", ratio), ratio <= 3,
		}, err
	}
}

// entry measures how long it takes to be told, when a customer is entered, that it may be there.
func (r *registry) entry(ctx context.Context) (figure, error) {
	client := profilev1.NewDuplicateServiceClient(r.conn)
	var took []float64
	again, n := newPlant(), 0
	var wrong error
	again.all(checks, func(_ uuid.UUID, c *planted) bool {
		request := &profilev1.CheckDuplicatesRequest{Customer: &profilev1.Customer{Kind: profilev1.Customer_ORGANIZATION, DisplayName: c.name, RegistrationNumber: c.registration}}
		if c.phone != "" {
			request.Customer.Channels = []*profilev1.Channel{{Medium: profilev1.Channel_PHONE, Value: c.phone}}
		}
		began := time.Now()
		_, wrong = client.CheckDuplicates(authorized(ctx, r.call), request)
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		n++
		return wrong == nil && n < checks
	})
	slices.Sort(took)
	p50, p99 := quantile(took, .5), quantile(took, .99)
	return figure{
		work{name: "one customer checked at its entry", goal: "p99 <= 50 ms, ours"}, fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", p50, p99), "", "", p99 <= 50,
	}, wrong
}

func (r *registry) memory(context.Context) (figure, error) {
	bytes, err := r.process.peak()
	return figure{work{name: "memory of the service meanwhile", goal: "< 200 MiB"}, fmt.Sprintf("%d MiB", bytes>>20), "", "", bytes < 200<<20}, err
}
