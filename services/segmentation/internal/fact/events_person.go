package fact

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// A customer of whom nothing else has been heard is asked for, as in upsertOrder.
const knowCustomer = `with c as (
		insert into customers (customer_id, territory, create_time) values ($1, '', $2) on conflict do nothing returning customer_id
	)
	insert into wanted (customer_id, order_id, wish_time) select customer_id, '00000000-0000-0000-0000-000000000000', cast($2 as timestamptz) from c`

func (s *Store) know(ctx context.Context, customer uuid.UUID, at time.Time) error {
	_, err := s.db.Exec(ctx, knowCustomer, customer, at)
	return err
}

// personGone confirms that nothing is kept of a person whom profile has removed or erased. Segmentation judges customers: none of its tables is about a person.
func (s *Store) personGone(ctx context.Context, d events.Delivery) error {
	f := mirror.Forgetter{
		DB: s.db, Now: s.now, Know: s.know,
		Confirmed: func(person string) proto.Message { return &segmentationv1.PersonForgotten{Person: person} },
	}
	return f.Handle(ctx, d, func(context.Context, uuid.UUID, uuid.UUID) error { return nil })
}
