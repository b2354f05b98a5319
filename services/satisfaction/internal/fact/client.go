package fact

import (
	"context"
	"log/slog"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/worker"
)

// Loop asks profile for what its events do not carry: customers whose first events are gone, and the lines of very large orders.
func (s *Store) Loop(profile func() (grpc.ClientConnInterface, error), log *slog.Logger) *worker.Loop {
	return (&mirror.Fetcher{Wants: s.wants, Profile: profile, Grant: s.grant}).Loop("fetcher", log)
}

// Granted says whether there is nothing left to ask profile for.
func (s *Store) Granted(ctx context.Context) (bool, error) { return s.wants.None(ctx) }

func (s *Store) grant(ctx context.Context, conn grpc.ClientConnInterface, customer, id uuid.UUID) error {
	if id == mirror.Whole {
		return s.customers.Ask(ctx, conn, customer, s.now())
	}
	p, err := mirror.AskOrder(ctx, conn, customer, id)
	if err != nil {
		return err
	}
	if p == nil { // gone with its customer
		_, err = s.db.Exec(ctx, deleteOrder, customer, id)
		return err
	}
	o, err := orderOf(customer, id, p)
	if err != nil {
		return err
	}
	o.Unlined = false // an answer is complete
	return s.putOrder(ctx, o)
}
