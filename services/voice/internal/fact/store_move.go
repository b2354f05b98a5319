package fact

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/worker"
)

// moving is how many customers are looked at within one transaction.
const moving = 20

const (
	insertMove = `insert into moves (customer_id, move_time) values ($1, $2)`

	// Rows that another one has in hand are passed over.
	takeMoves = `delete from moves where move_id in (select move_id from moves order by move_id limit $1 for update skip locked) returning customer_id, move_time`
)

// judged keeps that a customer is to be looked at again.
func (s *Store) judged(ctx context.Context, j mirror.Judgement) error {
	_, err := s.db.Exec(ctx, insertMove, j.Customer, j.Time)
	return err
}

// Moved is told that segmentation has judged a customer anew, by which it may have to be answered faster or slower, and when it was. It is told again after a failure, and of the
// same customer several times.
type Moved func(ctx context.Context, customer uuid.UUID, at time.Time) error

// Mover tells of customers that were judged anew. Any number may run.
type Mover struct {
	*Store
	// Rebuilding says whether the facts are being built anew, when customers are for a moment what they were long ago, and nothing may be done by it.
	Rebuilding func(context.Context) (bool, error)
	Moved      Moved
}

// Loop has the mover work off its queue.
func (m *Mover) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "mover", Pass: m.Pass, Log: log}).Start(m.db, "moves")
}

// Pass takes a batch from the queue, tells of its customers in the order of their ids, and returns how many rows it took.
func (m *Mover) Pass(ctx context.Context) (count int, err error) {
	if rebuilding, err := m.Rebuilding(ctx); err != nil || rebuilding {
		return 0, err
	}
	err = m.db.InTx(ctx, func(ctx context.Context) error {
		var rows []struct {
			Customer uuid.UUID `db:"customer_id"`
			Time     time.Time `db:"move_time"`
		}
		if err := m.db.Select(ctx, &rows, takeMoves, moving); err != nil {
			return err
		}
		count = len(rows)
		last := make(map[uuid.UUID]time.Time, len(rows))
		var customers []uuid.UUID
		for _, r := range rows {
			at, known := last[r.Customer]
			if !known {
				customers = append(customers, r.Customer)
			}
			if !known || r.Time.After(at) {
				last[r.Customer] = r.Time
			}
		}
		slices.SortFunc(customers, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
		for _, customer := range customers {
			if err := m.Moved(ctx, customer, last[customer]); err != nil {
				return err
			}
		}
		return nil
	})
	return count, err
}
