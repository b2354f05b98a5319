package fact

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// A signal is told from others by the event that it came by. A customer of whom this comes before anything else is asked for, as by its first order.
const insertSignal = `with c as (
		insert into customers (customer_id, territory, create_time) values ($1, '', $5) on conflict do nothing returning customer_id
	), w as (
		insert into wanted (customer_id, order_id) select customer_id, '00000000-0000-0000-0000-000000000000' from c
	), t as (
		insert into touched (customer_id, cause, reference, occur_time) values ($1, 'signal', $6, $5)
	)
	insert into signals (customer_id, signal_id, kind, value, signal_time, source_system, source_id, note, author, create_time)
	values ($1, $2, $3, $4, $5, $7, $8, '', $9, $10)
	on conflict (customer_id, source_system, source_id) do nothing`

// putSignal keeps what another service of ours observed of a customer.
func (s *Store) putSignal(ctx context.Context, d events.Delivery, kind segmentationv1.Signal_Kind, value decimal.Decimal, reference string) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	customer, err := mirror.Survivor(ctx, s.db, d.Aggregate)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertSignal, customer, id, int16(kind), value, d.Time, reference, "guanxi", d.ID, "guanxi", s.now())
	return err
}
