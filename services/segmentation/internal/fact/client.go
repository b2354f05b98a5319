package fact

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/worker"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	// fetched is how many orders are asked for at once.
	fetched = 300
	// fetchWithin bounds one question to profile.
	fetchWithin = 10 * time.Second
	// fetchRest is the wait after a failure, most often profile being out of reach.
	fetchRest = 2 * time.Second
)

// Fetcher asks profile for what its events do not carry: the profits of orders, above the level of events, the lines of very long orders, and the master data of
// customers whose first events are gone. Any number may run.
type Fetcher struct {
	*Store
	Profile func() (grpc.ClientConnInterface, error)
}

// Loop has the fetcher work off what is wanted. Profile out of reach is waited for: what is wanted stays in its table.
func (f *Fetcher) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "fetcher", Pass: f.pass, Rest: fetchRest, Log: log}).Start(f.db, "wanted")
}

const granted = `select not exists (select from wanted)`

// Granted says whether there is nothing left to ask profile for.
func (s *Store) Granted(ctx context.Context) (all bool, err error) {
	return all, s.db.Get(ctx, &all, granted)
}

type wish struct {
	Customer uuid.UUID `db:"customer_id"`
	Order    uuid.UUID `db:"order_id"`
}

// Wishes that another fetcher has in hand are passed over. They are gone with what has been asked, or still there.
const claim = `delete from wanted where wish_id in (select wish_id from wanted order by wish_id limit $1 for update skip locked) returning customer_id, order_id`

// pass takes up to fetched wishes off the queue, asks profile and keeps what it says, all or nothing.
func (f *Fetcher) pass(ctx context.Context) (count int, err error) {
	err = f.db.InTx(ctx, func(ctx context.Context) error {
		var wishes []wish
		if err := f.db.Select(ctx, &wishes, claim, fetched); err != nil || len(wishes) == 0 {
			return err
		}
		count = len(wishes)
		conn, err := f.Profile()
		if err != nil {
			return err
		}
		if err := f.unmerged(ctx, wishes); err != nil {
			return err
		}
		if err := f.orders(ctx, conn, wishes); err != nil {
			return err
		}
		return f.customers(ctx, conn, wishes)
	})
	return count, err
}

// unmerged keeps the customers of wishes from being merged until the transaction ends. Of those that were before, the survivors are meant.
func (f *Fetcher) unmerged(ctx context.Context, wishes []wish) error {
	customers := make([]uuid.UUID, len(wishes))
	for i, w := range wishes {
		customers[i] = w.Customer
	}
	if err := mirror.MeetNoMerge(ctx, f.db, customers...); err != nil {
		return err
	}
	for i, w := range wishes {
		survivor, err := mirror.Survivor(ctx, f.db, w.Customer)
		if err != nil {
			return err
		}
		wishes[i].Customer = survivor
	}
	return nil
}

func (f *Fetcher) orders(ctx context.Context, conn grpc.ClientConnInterface, wishes []wish) error {
	var names []string
	for _, w := range wishes {
		if name := resource.Name("customers", w.Customer, "orders", w.Order); w.Order != uuid.Nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	answer, err := profilev1.NewOrderServiceClient(conn).BatchGetOrders(within, &profilev1.BatchGetOrdersRequest{Names: names})
	if err != nil {
		return err
	}
	return f.putProfits(ctx, answer.GetOrders())
}

// Only what profile's events do not carry is taken from its answer: it may know of a correction whose event is still on its way.
const updateProfits = `with given as (
		select customer_id, order_id, gross_profit, net_profit, lines from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as numeric[]), cast($4 as numeric[]), cast($5 as text[]))
			as g (customer_id, order_id, gross_profit, net_profit, lines)
	), changed as (
		update orders o set gross_profit = g.gross_profit, net_profit = g.net_profit,
			product_lines = case when o.product_lines = '{}' then cast(g.lines as text[]) else o.product_lines end
		from given g where (o.customer_id, o.order_id) = (g.customer_id, g.order_id)
			and ((o.gross_profit, o.net_profit) is distinct from (g.gross_profit, g.net_profit) or o.product_lines = '{}' and g.lines <> '{}')
		returning o.customer_id, o.order_id
	)
	insert into touched (customer_id, cause, reference, occur_time)
	select customer_id, 'order', 'customers/' || customer_id || '/orders/' || order_id, $6 from changed`

func (f *Fetcher) putProfits(ctx context.Context, found []*profilev1.Order) error {
	var customers, ids []uuid.UUID
	var gross, net []any
	var lines []string
	for _, p := range found {
		name, err := resource.Parse("name", p.GetName(), "customers", "orders")
		if err != nil {
			return err
		}
		o, err := orderOf(name[0], name[1], p)
		if err != nil {
			return err
		}
		of, err := pq.StringArray(postgres.OrEmpty(o.ProductLines)).Value()
		if err != nil {
			return err
		}
		customers, ids = append(customers, o.CustomerID), append(ids, o.ID)
		gross, net, lines = append(gross, o.GrossProfit), append(net, o.NetProfit), append(lines, of.(string))
	}
	_, err := f.db.Exec(ctx, updateProfits, pq.Array(customers), pq.Array(ids), pq.Array(gross), pq.Array(net), pq.Array(lines), f.now())
	return err
}

func (f *Fetcher) customers(ctx context.Context, conn grpc.ClientConnInterface, wishes []wish) error {
	for _, w := range wishes {
		if w.Order != uuid.Nil {
			continue
		}
		name := resource.Name("customers", w.Customer)
		within, cancel := context.WithTimeout(ctx, fetchWithin)
		c, err := profilev1.NewCustomerServiceClient(conn).GetCustomer(within, &profilev1.GetCustomerRequest{Name: name})
		cancel()
		if status.Code(err) == codes.NotFound { // purged meanwhile: its event will come
			continue
		}
		if err != nil {
			return err
		}
		if c.GetName() != name { // it was merged into the one that answers, as its event will say
			continue
		}
		if err := f.putCustomer(ctx, w.Customer, nil, withinEvents(c), touch{w.Customer, "customer", name, f.now()}); err != nil {
			return err
		}
	}
	return nil
}

// withinEvents leaves what an event would have told: nothing that names a person.
func withinEvents(c *profilev1.Customer) *profilev1.Customer {
	if c.GetKind() != profilev1.Customer_PERSON {
		return c
	}
	return &profilev1.Customer{Name: c.GetName(), Kind: c.GetKind(), Relations: c.GetRelations(), Territory: c.GetTerritory(), Owner: c.GetOwner(), CreateTime: c.GetCreateTime()}
}
