package churn

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Rules implements assess.Part: the numbers and the purchase model.
func (p *Part) Rules(ctx context.Context, _ time.Time, n *settings.Numbers) (string, error) {
	model, err := p.store.Model(ctx)
	if err != nil {
		return "", err
	}
	numbers, err := json.Marshal(rulesOf(time.Time{}, n, n.Churn, model).V)
	return differences + string(numbers), err
}

// Silence exceeds what is tolerated. The probability to be alive falls below the threshold: the formula of purchase_alive solved for t, a day early since it is rounded.
// A share or score that was the last becomes older than a year, some days early since a year before is not the reverse of a year after at the end of February. A
// complaint leaves the days in which they are counted. What is dated ahead is reached.
const due = `select customer_id, last_day + tolerated + 1 from rhythm where last_day + tolerated + 1 > day
	union all
	select customer_id, case when alive_below >= 1 then day + 1 else greatest(day + 1, first_day - 1 + cast(floor(7 * least(greatest(
			(alpha + tx) * exp(least((ln(1 / alive_below - 1) - ln(a) + ln(b + (x - 1))) / (r + x), 20)) - alpha, 0), 5000)) as integer)) end
	from history join subject using (customer_id) cross join rule
	where r is not null and alive_below > 0 and x >= 1 and purchase_alive(x, tx, t, r, alpha, a, b) >= alive_below
	union all
	select g.customer_id, greatest(day + 1, cast(max(g.signal_time) + interval '1 year' - interval '3 days' as date))
	from signals g join subject using (customer_id) cross join rule where g.kind in (3, 4) and g.signal_time < until and g.signal_time >= until - interval '1 year'
	group by g.customer_id, g.kind, day
	union all
	select g.customer_id, l.leaves from signals g join subject using (customer_id) cross join rule
	cross join lateral (select cast(g.signal_time at time zone zone as date) + complaint_days as leaves offset 0) l where g.kind = 2 and l.leaves > day
	union all
	select g.customer_id, day + 1 from signals g join subject using (customer_id) cross join rule where g.signal_time >= until`

// Due implements assess.Part.
func (p *Part) Due(ctx context.Context, scope assess.Scope, bind assess.Binder) (string, error) {
	model, err := p.store.Model(ctx)
	if err != nil {
		return "", err
	}
	rule := strings.Replace(given, "cast($1 as jsonb)", bind("jsonb", rulesOf(scope.Day, scope.Settings, scope.Settings.Churn, model)), 1)
	return `(with subject as (
		select customer_id, first_day, last_day, order_days, interval_median, interval_deviation, greatest(tier, 1) as tier from subject where order_days > 0
	), ` + rule + `, ` + rhythms + `, ` + histories + ` ` + due + `)`, nil
}

// Moved implements assess.Part: nobody.
func (*Part) Moved(context.Context, assess.Span, assess.Scope) ([]uuid.UUID, error) { return nil, nil }
