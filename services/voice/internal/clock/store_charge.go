package clock

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Told is that a level was told of a clock by no alarm of its own, as when nobody acknowledged what the level below was told.
type Told struct {
	Customer, Case, Clock uuid.UUID
	Level                 int16
}

// Charge puts such levels in charge as Fired does. The caller holds the customers.
func (s *Store) Charge(ctx context.Context, told []Told, at time.Time) error {
	var done fired
	for _, t := range told {
		done.customers, done.cases, done.clocks = append(done.customers, t.Customer), append(done.cases, t.Case), append(done.clocks, t.Clock)
		done.numbers = append(done.numbers, t.Level)
	}
	_, err := s.db.Exec(ctx, charge, done.args(at.UTC())...)
	return err
}
