package customer

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Alteration is what is to be done to one customer; see Update.
type Alteration struct {
	ID     uuid.UUID
	Tag    string
	Change func(*Customer) error
}

// As Update locks, in the order of the ids: two batches of the same customers wait for each other and never in a circle.
const lockCustomers = `select customer_id from customers where customer_id = any($1) order by customer_id for update`

// UpdateAll alters customers, all or none. An error is handed to explain with the position of what it is about.
func (s *Store) UpdateAll(ctx context.Context, all []Alteration, explain func(int, error) error) ([]*Customer, error) {
	ids, out := make([]uuid.UUID, len(all)), make([]*Customer, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		var locked []uuid.UUID
		if err := s.db.Select(ctx, &locked, lockCustomers, pq.Array(ids)); err != nil {
			return err
		}
		for i, a := range all {
			var err error
			if out[i], err = s.Update(ctx, a.ID, a.Tag, a.Change); err != nil {
				return explain(i, err)
			}
		}
		return nil
	})
	return out, err
}
