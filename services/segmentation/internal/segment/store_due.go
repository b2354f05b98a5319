package segment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Rules implements assess.Part: those of the active segments, as they are understood.
func (p *Part) Rules(ctx context.Context, _ time.Time, n *settings.Numbers) (string, error) {
	active, err := p.active(ctx)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, g := range active {
		var args []any
		fmt.Fprintln(&out, g.ID, g.Round, g.rule.Condition(rule.Moment{}, rule.Binder(assess.Bind(&args))), args)
	}
	return out.String() + n.Zone.String(), nil
}

// Due implements assess.Part: a rule can ask for anything, days can be told of none. See Moved.
func (*Part) Due(context.Context, assess.Scope, assess.Binder) (string, error) { return "", nil }

// Moved implements assess.Part: whom time alone has brought into a segment or out of it. Only rules that look at the day are asked.
func (p *Part) Moved(ctx context.Context, span assess.Span, scope assess.Scope) ([]uuid.UUID, error) {
	active, err := p.active(ctx)
	if err != nil {
		return nil, err
	}
	active = slices.DeleteFunc(active, func(g judged) bool { return !g.rule.Timely })
	if len(active) == 0 {
		return nil, nil
	}
	query, args := differences(active, moment(scope.Day, scope.Settings.Zone), func(bind rule.Binder) string {
		return "c.delete_time is null and c.customer_id > " + bind("uuid", span.After) + " and c.customer_id <= " + bind("uuid", span.Last)
	})
	var moves []move
	if err := p.store.db.SelectDynamic(ctx, &moves, query, args...); err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, len(moves))
	for i, m := range moves {
		ids[i] = m.CustomerID
	}
	return ids, nil
}
