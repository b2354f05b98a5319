package standing

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// Store keeps standings, their moves, and the rankings.
type Store struct {
	db *postgres.DB
}

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

// Assess implements assess.Part: it judges class, ABC, tier and lifecycle, and keeps each move with what caused it.
func (s *Store) Assess(ctx context.Context, scope assess.Scope) ([]assess.Announcement, error) {
	ranking, known, err := s.Latest(ctx)
	if err != nil {
		return nil, err
	}
	if !known { // the very first orders: without a ranking nobody has a class
		if ranking, _, err = s.Rank(ctx, scope.Day, scope.Now, scope.Settings); err != nil {
			return nil, err
		}
	}
	changes, err := s.judge(ctx, scope, ranking)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	if err := s.keepMoves(ctx, scope, changes); err != nil {
		return nil, err
	}
	var out []assess.Announcement
	for i := range changes {
		for _, data := range announce(&changes[i], scope) {
			out = append(out, assess.Announcement{Customer: changes[i].Customer, Data: data})
		}
	}
	return out, nil
}

// causeOf is why a customer moved. What only time has brought about is silence.
func causeOf(scope assess.Scope, customer uuid.UUID) assess.Cause {
	return scope.Causes[customer].Or()
}

var moveColumns = []string{
	"customer_id", "move_id", "dimension", "from_value", "to_value", "move_day", "record_time", "cause", "reference", "value",
}

// keepMoves writes a row for each dimension in which a customer moved.
func (s *Store) keepMoves(ctx context.Context, scope assess.Scope, changes []change) error {
	var failed error
	err := s.db.CopyIn(ctx, "standing_moves", moveColumns, func(yield func([]any) bool) {
		for i := range changes {
			cause := causeOf(scope, changes[i].Customer)
			for _, m := range changes[i].moves() {
				id, err := uuid.NewV7()
				if err != nil {
					failed = err
					return
				}
				row := []any{
					m.Customer, id, int16(m.Dimension), m.Dimension.label(m.From), m.Dimension.label(m.To), scope.Day, scope.Now, cause.What, cause.Reference, m.Value,
				}
				if !yield(row) {
					return
				}
			}
		}
	})
	return errors.Join(failed, err)
}

// moves are the dimensions in which it moved, each with the figure behind it.
func (c *change) moves() []Move {
	var out []Move
	before := c.before()
	for d := Class; d <= Engagement; d++ {
		if before.in(d) == c.in(d) {
			continue
		}
		m := Move{Customer: c.Customer, Dimension: d, From: before.in(d), To: c.in(d)}
		switch {
		case d <= ABC:
			m.Value = c.Value
		case d <= InnerLevel:
			m.Value = c.Contribution
		}
		out = append(out, m)
	}
	return out
}
