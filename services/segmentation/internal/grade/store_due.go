package grade

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Rules implements assess.Part: the model in force.
func (p *Part) Rules(ctx context.Context, day time.Time, n *settings.Numbers) (string, error) {
	s, err := p.statements(ctx, day)
	return s.model.String() + s.now + n.Zone.String(), err
}

// steps are the months of cooperation with which a level of a model may change.
func steps(m *gradingmodel.Model) []int32 {
	year := decimal.NewFromInt(12)
	out := []int32{}
	for i := range m.Factors {
		if f := &m.Factors[i]; f.Measurable() && f.Measure == gradingmodel.CooperationYears {
			for _, edge := range f.Edges { // years are rounded, and may reach or pass an edge some months around it
				months := edge.Mul(year).Floor().IntPart()
				for month := months - 1; month <= months+2; month++ {
					if month > 0 && month < 1200 {
						out = append(out, int32(month))
					}
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Of the months only the next step counts; the day that it begins may come out some days early at the end of a month, and then every day is due until it has.
const due = `select t.customer_id, greatest(cast(t.first_day + make_interval(months => n.month) as date), p.day + 1)
	from subject t cross join p
	cross join lateral (select extract(year from a.age) * 12 + extract(month from a.age) as months
		from (select age(cast(p.day as timestamp), t.first_day) as age) a offset 0) a
	cross join lateral (select min(s.month) as month from unnest(p.months) as s (month) where s.month > a.months) n
	where n.month is not null
	union all
	select j.customer_id, d.day from judgements j join subject using (customer_id) cross join p
	cross join lateral (values (j.judge_day), (j.expire_day)) as d (day)
	where j.withdraw_time is null and d.day > p.day
	union all
	select o.customer_id, d.day from grade_overrides o join subject using (customer_id) cross join p
	cross join lateral (values (o.set_day), (o.expire_day), (o.clear_day)) as d (day)
	where d.day > p.day
	union all
	select g.customer_id, p.day + 1 from signals g join subject using (customer_id) cross join p where g.signal_time >= p.until`

// Due implements assess.Part.
func (p *Part) Due(ctx context.Context, scope assess.Scope, bind assess.Binder) (string, error) {
	s, err := p.statements(ctx, scope.Day)
	if err != nil {
		return "", err
	}
	return `(with p as (select ` + bind("date", scope.Day.Format(time.DateOnly)) + ` as day, ` + bind("timestamptz", endOf(scope.Day, scope.Settings)) + ` as until, ` +
		bind("integer[]", pq.Array(s.months)) + ` as months) ` + due + `)`, nil
}

// Moved implements assess.Part: nobody.
func (*Part) Moved(context.Context, assess.Span, assess.Scope) ([]uuid.UUID, error) { return nil, nil }
