package fact

import (
	"context"

	"github.com/google/uuid"
)

const setLifecycle = `update customers set stage = $2, role = $3, engagement = $4 where customer_id = $1`

// Standing is what segmentation judges of a customer, and what of its master data a response is told apart by; the numbers are those of the APIs.
type Standing struct {
	Territory  string `db:"territory"`
	Kind       int16  `db:"kind"`
	Class      int16  `db:"class"`
	Tier       int16  `db:"tier"`
	Grade      string `db:"grade"`
	Stage      int16  `db:"stage"`
	Role       int16  `db:"role"`
	Engagement int16  `db:"engagement"`
}

const selectStanding = `select territory, kind, class, tier, grade, stage, role, engagement from customers where customer_id = $1`

// Standing is how a customer stands now. One that is not known has postgres.ErrNoRows.
func (s *Store) Standing(ctx context.Context, customer uuid.UUID) (*Standing, error) {
	var out Standing
	return &out, s.db.Get(ctx, &out, selectStanding, customer)
}
