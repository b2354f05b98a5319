package mirror

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/worker"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	// granted is how many wishes are granted at once.
	granted = 100
	// askWithin bounds one question to profile.
	askWithin = 10 * time.Second
	// askRest is the wait after a failure, most often profile being out of reach.
	askRest = 2 * time.Second
)

// Whole is the part of a wish for the customer itself.
var Whole = uuid.Nil

// Wants are the wishes for what only profile may tell, since its events do not carry it: a queue and not a set, for what is wished for while the same is being asked has
// to be asked again. The service's database has for it a table of a name of its own, in which a further column of a name of its own says what of the customer is wanted:
//
//	(wish_id bigint generated always as identity (cache 1) primary key, customer_id uuid not null, <part> uuid not null)
type Wants struct {
	db                         *postgres.DB
	insert, none, claim, table string
}

// NewWants are those in a table whose column of that name says what is wanted.
func NewWants(db *postgres.DB, table, part string) *Wants {
	return &Wants{
		db: db, table: table,
		insert: `insert into ` + table + ` (customer_id, ` + part + `) values ($1, $2)`,
		none:   `select not exists (select from ` + table + `)`,
		// Wishes that another one has in hand are passed over. They are gone with what has been asked, or still there.
		claim: `delete from ` + table + ` where wish_id in (select wish_id from ` + table + ` order by wish_id limit $1 for update skip locked)
			returning customer_id, ` + part + ` as part`,
	}
}

// Wish adds a wish for a part of a customer, in the caller's transaction.
func (w *Wants) Wish(ctx context.Context, customer, part uuid.UUID) error {
	_, err := w.db.Exec(ctx, w.insert, customer, part)
	return err
}

// None says whether there is nothing left to ask for.
func (w *Wants) None(ctx context.Context) (none bool, err error) {
	return none, w.db.Get(ctx, &none, w.none)
}

// Grant asks for a part of a customer and keeps the answer, within the transaction that takes the wish away. The part of a wish is never asked for by two at a time.
type Grant func(ctx context.Context, conn grpc.ClientConnInterface, customer, part uuid.UUID) error

// Fetcher works off wishes. Any number may run.
type Fetcher struct {
	Wants   *Wants
	Profile func() (grpc.ClientConnInterface, error)
	Grant   Grant
}

// Loop has the fetcher work off its queue under a name. Profile out of reach is waited for: what is wanted stays in its table.
func (f *Fetcher) Loop(name string, log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: name, Pass: f.pass, Rest: askRest, Log: log}).Start(f.Wants.db, f.Wants.table)
}

type wish struct {
	Customer uuid.UUID `db:"customer_id"`
	Part     uuid.UUID `db:"part"`
}

// Of two who ask for the same, the one who asked later writes later: else something removed in between could come back. The locks are taken in one order.
const lockWish = `select pg_advisory_xact_lock(hashtextextended($1, 0))`

// pass takes wishes off the queue, asks profile and keeps what it says, all or nothing.
func (f *Fetcher) pass(ctx context.Context) (count int, err error) {
	err = f.Wants.db.InTx(ctx, func(ctx context.Context) error {
		var wishes []wish
		if err := f.Wants.db.Select(ctx, &wishes, f.Wants.claim, granted); err != nil || len(wishes) == 0 {
			return err
		}
		count = len(wishes)
		conn, err := f.Profile()
		if err != nil {
			return err
		}
		if wishes, err = f.unmerged(ctx, wishes); err != nil {
			return err
		}
		for _, w := range wishes {
			if _, err := f.Wants.db.Exec(ctx, lockWish, w.Customer.String()+w.Part.String()); err != nil {
				return err
			}
			if err := f.Grant(ctx, conn, w.Customer, w.Part); err != nil {
				return err
			}
		}
		return nil
	})
	return count, err
}

// unmerged puts wishes into one order, each once. Until the transaction ends their customers are not merged; of those that were before, the survivors are meant.
func (f *Fetcher) unmerged(ctx context.Context, wishes []wish) ([]wish, error) {
	customers := make([]uuid.UUID, len(wishes))
	for i, w := range wishes {
		customers[i] = w.Customer
	}
	if err := MeetNoMerge(ctx, f.Wants.db, customers...); err != nil {
		return nil, err
	}
	for i, w := range wishes {
		survivor, err := Survivor(ctx, f.Wants.db, w.Customer)
		if err != nil {
			return nil, err
		}
		wishes[i].Customer = survivor
	}
	slices.SortFunc(wishes, func(a, b wish) int {
		return cmp.Or(bytes.Compare(a.Customer[:], b.Customer[:]), bytes.Compare(a.Part[:], b.Part[:]))
	})
	return slices.Compact(wishes), nil
}

// Ask asks profile for a customer of Ensure and keeps its answer; of one that it does not know the row goes.
func (c *Customers) Ask(ctx context.Context, conn grpc.ClientConnInterface, id uuid.UUID, now time.Time) error {
	within, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	p, err := profilev1.NewCustomerServiceClient(conn).GetCustomer(within, &profilev1.GetCustomerRequest{Name: resource.Name("customers", id)})
	if status.Code(err) == codes.NotFound { // purged, perhaps before what made us ask
		return c.Drop(ctx, id)
	}
	if err != nil {
		return err
	}
	if p.GetName() != "" && p.GetName() != resource.Name("customers", id) { // it was merged into the one that answers: its event says so, or is gone with its facts
		_, err = c.db.Exec(ctx, setMerged, id, now)
		return err
	}
	return c.Put(ctx, id, p, now)
}

// AskPerson asks profile for a person; nil when there is none, or none any more.
func AskPerson(ctx context.Context, conn grpc.ClientConnInterface, customer, id uuid.UUID) (*profilev1.Person, error) {
	within, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	p, err := profilev1.NewPersonServiceClient(conn).GetPerson(within, &profilev1.GetPersonRequest{Name: resource.Name("customers", customer, "people", id)})
	if status.Code(err) == codes.NotFound {
		return nil, nil //nolint:nilnil // that there is none is an answer
	}
	return p, err
}

// AskOrder asks profile for an order; nil when there is none.
func AskOrder(ctx context.Context, conn grpc.ClientConnInterface, customer, id uuid.UUID) (*profilev1.Order, error) {
	within, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	o, err := profilev1.NewOrderServiceClient(conn).GetOrder(within, &profilev1.GetOrderRequest{Name: resource.Name("customers", customer, "orders", id)})
	if status.Code(err) == codes.NotFound {
		return nil, nil //nolint:nilnil // that there is none is an answer
	}
	return o, err
}
