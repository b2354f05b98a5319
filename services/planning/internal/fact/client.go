package fact

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

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/worker"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	// fetched is how many wishes are granted at once.
	fetched = 100
	// fetchWithin bounds one question to profile.
	fetchWithin = 10 * time.Second
	// fetchRest is the wait after a failure, most often profile being out of reach.
	fetchRest = 2 * time.Second
)

// Fetcher asks profile for what its events do not carry: people, and customers whose first events are gone. Any number may run.
type Fetcher struct {
	*Store
	Profile func() (grpc.ClientConnInterface, error)
}

// Loop has the fetcher work off its queue. Profile out of reach is waited for: what is wanted stays in its table.
func (f *Fetcher) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "fetcher", Pass: f.pass, Rest: fetchRest, Log: log}).Start(f.db)
}

type wish struct {
	Customer uuid.UUID `db:"customer_id"`
	Person   uuid.UUID `db:"person_id"`
}

const (
	granted = `select not exists (select from wanted)`

	// Wishes that another fetcher has in hand are passed over. They are gone with what has been asked, or still there.
	claim = `delete from wanted where wish_id in (select wish_id from wanted order by wish_id limit $1 for update skip locked) returning customer_id, person_id`
)

// Granted says whether there is nothing left to ask profile for.
func (s *Store) Granted(ctx context.Context) (all bool, err error) {
	return all, s.db.Get(ctx, &all, granted)
}

// pass takes wishes off the queue, asks profile and keeps what it says, all or nothing.
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
		slices.SortFunc(wishes, func(a, b wish) int {
			return cmp.Or(bytes.Compare(a.Customer[:], b.Customer[:]), bytes.Compare(a.Person[:], b.Person[:]))
		})
		for _, w := range slices.Compact(wishes) {
			if err := f.grant(ctx, conn, w); err != nil {
				return err
			}
		}
		return nil
	})
	return count, err
}

// Of two who ask for the same, the one who asked later writes later: else a person removed in between could come back. The locks are taken in one order.
const lockWish = `select pg_advisory_xact_lock(hashtextextended($1, 0))`

func (f *Fetcher) grant(ctx context.Context, conn grpc.ClientConnInterface, w wish) error {
	if _, err := f.db.Exec(ctx, lockWish, w.Customer.String()+w.Person.String()); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	if w.Person == wholeCustomer {
		c, err := profilev1.NewCustomerServiceClient(conn).GetCustomer(within, &profilev1.GetCustomerRequest{Name: resource.Name("customers", w.Customer)})
		if status.Code(err) == codes.NotFound { // purged, perhaps before what made us ask
			return f.customers.Drop(ctx, w.Customer)
		}
		if err != nil {
			return err
		}
		return f.customers.Put(ctx, w.Customer, c, f.now())
	}
	name := resource.Name("customers", w.Customer, "people", w.Person)
	p, err := profilev1.NewPersonServiceClient(conn).GetPerson(within, &profilev1.GetPersonRequest{Name: name})
	if status.Code(err) == codes.NotFound {
		return f.forgetPerson(ctx, w.Customer, w.Person)
	}
	if err != nil {
		return err
	}
	if err := f.putPerson(ctx, personOf(w.Customer, w.Person, p)); err != nil {
		return err
	}
	return f.Replan(ctx, Replan{Customer: w.Customer, Cause: CausePerson, Reference: name, Time: f.now()})
}
