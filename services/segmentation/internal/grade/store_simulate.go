package grade

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// simulated is a cell of the migration matrix or a mover.
type simulated struct {
	Kind        int                `db:"kind"`
	Before      gradingmodel.Grade `db:"grade_before"`
	After       gradingmodel.Grade `db:"grade"`
	Customers   int64              `db:"customers"`
	Provisional int64              `db:"provisional"`
	Value       decimal.Decimal    `db:"value"`
	Customer    *uuid.UUID         `db:"customer_id"`
	DisplayName string             `db:"display_name"`
	ScoreBefore *decimal.Decimal   `db:"score_before"`
	Score       *decimal.Decimal   `db:"score"`
}

// The kinds of rows.
const (
	cell  = 1
	mover = 2
)

// A pass over all customers takes longer than statements usually may; its end is that of the call. Looking customers up one after another, which the planner chooses
// when it takes a filter for narrower than it is, would take minutes.
const patient = `set transaction read only; set local statement_timeout = '60s'; set local enable_nestloop = off; set local jit = off`

// simulate grades all customers within the caller's territories as of today and stores nothing.
func (s *store) simulate(ctx context.Context, m *gradingmodel.Model, today time.Time, numbers *settings.Numbers, movers int) ([]simulated, error) {
	var rows []simulated
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, patient); err != nil {
			return err
		}
		return s.db.SelectDynamic(ctx, &rows, simulation(m), auth.From(ctx).Scope(), today, endOf(today, numbers), numbers.Zone.String(), movers)
	})
	return rows, err
}
