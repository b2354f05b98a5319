package standing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Rules implements assess.Part: the basis of the ranking and the numbers. The borders are the matter of Moved: they change every day, and move few.
func (s *Store) Rules(ctx context.Context, _ time.Time, n *settings.Numbers) (string, error) {
	r, _, err := s.Latest(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %+v", judge, parametersOf(nil, "", &Ranking{Basis: r.Basis}, n)), nil
}

// Silence exceeds what is tolerated, or makes a customer a former one; the tenure or the 24 months that a drop asks for are full; the last interest shown is too old. The
// border of a comparison with whole days is exact. "24 months ago" is of a month's last days not the reverse of "in 24 months", which may be some days early: from then
// on every day is due until the months are full.
const due = `select t.customer_id, d.day
	from subject t cross join p cross join lateral (select ` + tolerated + ` as tolerated offset 0) l cross join lateral (values
		(last_day + cast(floor(least(l.tolerated, 40000)) as integer) + 1),
		(last_day + p.former_days + 1),
		(first_day + p.stable_tenure),
		(case when first_day > p.day - interval '24 months' then greatest(cast(first_day + interval '24 months' as date), p.day + 1) end)
	) as d (day)
	where order_days > 0 and d.day > p.day
	union all
	select i.customer_id, d.day
	from subject t join signals i on i.customer_id = t.customer_id and i.kind = 1 cross join p cross join lateral (values
		(cast(i.signal_time as date) + p.responder_days + 1),
		(case when i.signal_time >= p.day + 1 then p.day + 1 end)
	) as d (day)
	where order_days = 0 and d.day > p.day`

// Due implements assess.Part.
func (s *Store) Due(_ context.Context, scope assess.Scope, bind assess.Binder) (string, error) {
	p := parametersOf(nil, scope.Day.Format(time.DateOnly), &Ranking{}, scope.Settings)
	given := `p as (select ` + bind("date", p.Day) + ` as day, ` + bind("integer", p.MinIntervals) + ` as min_intervals, ` +
		bind("double precision", p.DeviationFactor) + ` as deviation_factor, ` + bind("double precision", p.MedianFactor) + ` as median_factor, ` +
		bind("integer[]", p.Silences) + ` as silences, ` + bind("integer", p.FormerDays) + ` as former_days, ` +
		bind("integer", p.StableTenure) + ` as stable_tenure, ` + bind("integer", p.ResponderDays) + ` as responder_days)`
	return `(with ` + given + ` ` + due + `)`, nil
}

// Values are those of the last look; who was judged on another basis is looked at anyway.
var movedByRanking = `with ` + given + `, valued as (
		select s.customer_id, s.value, s.class, s.abc, s.tier from standings s join customers c using (customer_id)
		where s.customer_id > :after and s.customer_id <= :last and s.class > 1 and c.delete_time is null
	)
	select customer_id from valued cross join p
	where (class, abc) is distinct from (` + rankedClass + `, ` + rankedABC + `) or p.by_rank and tier <> ` + rankedTier

// Moved implements assess.Part: those whom a new ranking puts elsewhere.
func (s *Store) Moved(ctx context.Context, span assess.Span, scope assess.Scope) (ids []uuid.UUID, err error) {
	r, known, err := s.Latest(ctx)
	if err != nil || !known {
		return nil, err
	}
	return ids, s.db.NamedSelect(ctx, &ids, movedByRanking, struct {
		parameters
		After uuid.UUID `db:"after"`
		Last  uuid.UUID `db:"last"`
	}{parametersOf(nil, scope.Day.Format(time.DateOnly), r, scope.Settings), span.After, span.Last})
}
