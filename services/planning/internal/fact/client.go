package fact

import (
	"context"
	"log/slog"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/worker"
)

// Fetcher asks profile for what its events do not carry: people, and customers whose first events are gone. Any number may run.
type Fetcher struct {
	*Store
	Profile func() (grpc.ClientConnInterface, error)
}

// Loop has the fetcher work off its queue.
func (f *Fetcher) Loop(log *slog.Logger) *worker.Loop {
	return (&mirror.Fetcher{Wants: f.wants, Profile: f.Profile, Grant: f.grant}).Loop("fetcher", log)
}

// Granted says whether there is nothing left to ask profile for.
func (s *Store) Granted(ctx context.Context) (bool, error) { return s.wants.None(ctx) }

func (s *Store) grant(ctx context.Context, conn grpc.ClientConnInterface, customer, person uuid.UUID) error {
	if person == mirror.Whole {
		return s.customers.Ask(ctx, conn, customer, s.now())
	}
	p, err := mirror.AskPerson(ctx, conn, customer, person)
	switch {
	case err != nil:
		return err
	case p == nil:
		return s.forgetPerson(ctx, customer, person)
	}
	if err := s.putPerson(ctx, personOf(customer, person, p)); err != nil {
		return err
	}
	return s.Replan(ctx, Replan{Customer: customer, Cause: CausePerson, Reference: resource.Name("customers", customer, "people", person), Time: s.now()})
}
