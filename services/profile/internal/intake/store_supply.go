package intake

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/supply"
)

// takePositions takes in supply positions, one by one: the same one can be among them more than once.
func (b *batch) takePositions(ctx context.Context) error {
	held, at, err := b.hold(ctx, func(r *profilev1.ImportRow) bool { return r.GetSupplyPosition() != nil })
	if err != nil {
		return err
	}
	for _, n := range at {
		id := b.owners[n]
		taken, err := b.positions.TakeIn(alias.WithVia(ctx, id, b.vias[n]), held, id, b.rows[n].GetSupplyPosition())
		if err != nil {
			return err
		}
		b.results[n] = result{state: positionStates[taken.State], err: fault.Prefix(taken.Err, "supply_position")}
	}
	return nil
}

var positionStates = map[supply.State]state{
	supply.Recorded: created, supply.Changed: changed, supply.Unchanged: unchanged, supply.Refused: rejected,
}
