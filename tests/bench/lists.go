package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

const (
	listsDatabase = "lists"
	// listPage is the page that is measured; listStride the one by which the way to it is gone.
	listPage, listStride = 50, 1000
	// listTurns is how often each page is read, product and floor in turns.
	listTurns = 31
)

// listed is a list that is paged through: as a caller asks for it, and as the same is written by hand.
type listed struct {
	filter, order string
	where, keys   string // of the bare statement
	desc          bool
}

// A filter that hits every tenth, one that hits half of all, one over an array, and an owner's customers, in the orders of indexes; last an order that has none, so that every page
// sorts what the filter leaves.
var lists = []listed{
	{`industry = "industry 3"`, "display_name", "industry = 'industry 3'", "display_name, customer_id", false},
	{`employee_count > 500`, "update_time desc", "employee_count > 500", "update_time, customer_id", true},
	{`tags:"gold"`, "", "tags @> array['gold']", "customer_id", false},
	{`owner = "owner 7"`, "", "owner = 'owner 7'", "customer_id", false},
	{`industry = "industry 3"`, "employee_count", "industry = 'industry 3'", "employee_count, customer_id", false},
}

// directory is the profile service with many customers.
type directory struct {
	db      *postgres.DB
	process *child
	conn    *grpc.ClientConn
	client  profilev1.CustomerServiceClient
	call    turn
}

func (d *directory) close() error {
	return errors.Join(d.conn.Close(), d.process.stop(), d.db.Close())
}

// pages measures the first, a middle and the last full page of lists with filter and order, beside the bare statements.
func pages(ctx context.Context, g *ground, _ work) (_ []figure, err error) {
	d, err := g.directory(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	var all []figure
	for _, l := range lists {
		f, err := d.measure(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("%s by %s: %w", l.filter, l.order, err)
		}
		f.name = fmt.Sprintf("list %s by %s, %d customers", l.filter, orCreation(l.order), g.Customers)
		fmt.Println(f.line())
		all = append(all, f)
	}
	memory, err := d.process.peak()
	if err != nil {
		return nil, err
	}
	return append(all, figure{work{name: "memory of the service meanwhile", goal: "< 200 MiB"}, fmt.Sprintf("%d MiB", memory>>20), "", "", memory < 200<<20}), nil
}

func orCreation(order string) string {
	if order == "" {
		return "creation"
	}
	return order
}

const fillDirectory = `insert into customers (customer_id, sequence, revision, display_name, kind, relations, legal_name, alternative_names, registration_number, industry,
		employee_count, territory, owner, source, tags, attributes, addresses, channels, external_ids, time_zone, language, words, create_time, update_time)
	select cast(lpad(to_hex(i), 12, '0') || substr(md5(i::text), 1, 20) as uuid), 1, 1, '公司 ' || substr(md5('name' || i), 1, 8), 1, '{2}', '', '{}', '', 'industry ' || i % 10,
		i * 7 % 1000, 'cn/' || i % 30, 'owner ' || i % 100, '', case when i % 3 = 0 then array['gold'] else array['2026'] end, '{}',
		'[{"label": "office", "region_code": "CN", "locality": "深圳", "lines": ["科技园 1 号"]}]', '[{"medium": 1, "value": "0755-86013388", "level": 1}]', '[]', 'Asia/Shanghai', 'zh-CN',
		array_to_tsvector(array['公', '司', 'c' || i]), timestamptz '2020-01-01Z' + i * interval '1 second', timestamptz '2021-01-01Z' + (i::bigint * 7919 % 1000003) * interval '1 second'
	from generate_series($1::int, $2::int) i`

// directory fills a database and starts the service on it.
func (g *ground) directory(ctx context.Context) (*directory, error) {
	if err := g.postgres.Create(ctx, listsDatabase); err != nil {
		return nil, err
	}
	url := g.postgres.URL(listsDatabase)
	db, err := postgres.Open(ctx, postgres.Config{URL: url, StatementTimeout: patience, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	d := &directory{db: db}
	err = service.Migrate(ctx, db, profile.Definition())
	for from := 1; err == nil && from <= g.Customers; from += 50_000 {
		_, err = db.Exec(ctx, fillDirectory, from, min(from+49_999, g.Customers))
	}
	if err == nil {
		_, err = db.Exec(ctx, "vacuum analyze customers")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if d.process, err = g.serve(ctx, "profile", append(slices.Clip(g.environment), "GUANXI_DATABASE_URL="+url)...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	d.call = turn{Address: d.process.address, Token: g.token}
	d.conn, err = dial(d.call)
	d.client = profilev1.NewCustomerServiceClient(d.conn)
	return d, err
}

// place is a page of a list: what a caller sends for it, and what the bare statement begins behind.
type place struct {
	name, token string
	after       []any
	first       string // the first customer of the page
}

// measure reads the pages of a list, product and floor in turns, and compares.
func (d *directory) measure(ctx context.Context, l listed) (figure, error) {
	places, count, err := d.walk(ctx, l)
	if err != nil {
		return figure{}, err
	}
	ours, theirs := make([][]float64, len(places)), make([][]float64, len(places))
	for range listTurns {
		for i, at := range places {
			began := time.Now()
			err := d.bare(ctx, l, at)
			theirs[i] = append(theirs[i], milliseconds(time.Since(began)))
			if err != nil {
				return figure{}, err
			}
			began = time.Now()
			page, err := d.page(ctx, l, at.token, listPage)
			ours[i] = append(ours[i], milliseconds(time.Since(began)))
			if err != nil {
				return figure{}, err
			}
			if page.GetCustomers()[0].GetName() != at.first {
				return figure{}, fmt.Errorf("the %s page begins with %s, the bare statement's with %s", at.name, page.GetCustomers()[0].GetName(), at.first)
			}
		}
	}
	said, beside, ratios := make([]string, len(places)), make([]string, len(places)), make([]float64, len(places))
	for i, at := range places {
		said[i] = fmt.Sprintf("%s %.1f ms", at.name, median(ours[i]))
		beside[i] = fmt.Sprintf("%.1f ms", median(theirs[i]))
		ratios[i] = median(ours[i]) / median(theirs[i])
	}
	worst := max(median(ours[1]), median(ours[2])) / median(ours[0])
	return figure{
		work{floor: "the same statement by hand, without territories", goal: "any page <= 1.2 of the first"},
		fmt.Sprintf("%s, of %d", strings.Join(said, ", "), count), strings.Join(beside, ", "),
		fmt.Sprintf("page to first %.2f; to the floor %.1f (%.1f to %.1f)", worst, median(ratios), slices.Min(ratios), slices.Max(ratios)), worst <= 1.2,
	}, nil
}

// walk goes through a list to its end, and returns its first page, one in the middle and the last full one.
func (d *directory) walk(ctx context.Context, l listed) (places []place, count int, err error) {
	tokens := []string{""}
	for {
		page, err := d.page(ctx, l, tokens[len(tokens)-1], listStride)
		if err != nil {
			return nil, 0, err
		}
		count += len(page.GetCustomers())
		if page.GetNextPageToken() == "" {
			break
		}
		tokens = append(tokens, page.GetNextPageToken())
	}
	for name, i := range map[string]int{"first": 0, "middle": len(tokens) / 2, "last": len(tokens) - 1} {
		at := place{name: name, token: tokens[i]}
		if i*listStride > count-listPage {
			return nil, 0, fmt.Errorf("%d of the list are too few behind the last stride", count-i*listStride)
		}
		if at.first, at.after, err = d.position(ctx, l, i*listStride); err != nil {
			return nil, 0, err
		}
		places = append(places, at)
	}
	order := []string{"first", "middle", "last"}
	slices.SortFunc(places, func(a, b place) int { return slices.Index(order, a.name) - slices.Index(order, b.name) })
	return places, count, nil
}

func (d *directory) page(ctx context.Context, l listed, token string, size int32) (*profilev1.ListCustomersResponse, error) {
	return d.client.ListCustomers(authorized(ctx, d.call), &profilev1.ListCustomersRequest{Filter: l.filter, OrderBy: l.order, PageToken: token, PageSize: size})
}
