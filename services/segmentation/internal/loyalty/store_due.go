package loyalty

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Rules implements assess.Part: the programme.
func (p *Part) Rules(ctx context.Context, _ time.Time, n *settings.Numbers) (string, error) {
	programme, err := p.store.programmes.Current(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %v %v %v", selectSources, selectEarned, *programme, n.Zone, n.Currency), nil
}

// Points leave the 12 months that make the level; that may come out some days early at the end of a month, and then every day is due until they have. An order or referral
// that is dated ahead is reached.
const dueDays = `select l.customer_id, greatest(p.day + 1, cast(min(l.earn_day) + interval '12 months' as date))
	from points_lots l join subject using (customer_id) cross join p where l.earn_day > p.since group by l.customer_id, p.day
	union all
	select o.customer_id, o.order_day from orders o join subject using (customer_id) cross join p where o.order_day > p.day
	union all
	select g.customer_id, p.day + 1 from signals g join subject using (customer_id) cross join p
	where g.kind = 6 and cast(g.signal_time at time zone p.zone as date) > p.day`

// Due implements assess.Part.
func (p *Part) Due(_ context.Context, scope assess.Scope, bind assess.Binder) (string, error) {
	return `(with p as (select ` + bind("date", scope.Day.Format(time.DateOnly)) + ` as day, ` + bind("date", since(scope.Day).Format(time.DateOnly)) + ` as since, ` +
		bind("text", scope.Settings.Zone.String()) + ` as zone) ` + dueDays + `)`, nil
}

// Moved implements assess.Part: nobody.
func (*Part) Moved(context.Context, assess.Span, assess.Scope) ([]uuid.UUID, error) { return nil, nil }
