package analysis

import (
	"context"
	"time"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// What orders tell of the customers in the survey's territory: of the year that ends when the survey was closed, or today. Only orders in the company's currency count.
const selectOrders = `with c as (
	select customer_id from customers where delete_time is null and ($1 = '' or territory = $1 or starts_with(territory, $1 || '/'))
), bought as (
	select customer_id, count(*) filter (where order_day > $2::date - 365) as latest, count(*) filter (where order_day <= $2::date - 365) as earlier,
		sum(amount) filter (where order_day > $2::date - 365) as amount, sum(amount * amount) filter (where order_day > $2::date - 365) as squares
	from orders join c using (customer_id)
	where order_day > $2::date - 730 and order_day <= $2::date and amount > 0 and currency = $3
	group by customer_id
)
select coalesce(sum(latest), 0)::bigint as orders, coalesce(sum(amount), 0)::float8 as amount, coalesce(sum(squares), 0)::float8 as squares,
	count(*) filter (where latest > 0) as buyers, count(*) filter (where earlier > 0) as before, count(*) filter (where earlier > 0 and latest > 0) as again
from bought`

// ordered is what orders tell.
type ordered struct {
	Orders  int64   `db:"orders"`
	Amount  float64 `db:"amount"`
	Squares float64 `db:"squares"`
	Buyers  int64   `db:"buyers"`
	Before  int64   `db:"before"`
	Again   int64   `db:"again"`
}

// behaviour tells how customers behave: by what they say, and by what they order.
func (s *Store) behaviour(ctx context.Context, r *reading, m *more, out *satisfactionv1.Analysis) error {
	for i, b := range r.frame.Behaviour {
		if f := r.share(m.layers, m.behaviour[i], nil); f.GetN() > 0 || f.GetWithheld() {
			out.Behaviour = append(out.Behaviour, &satisfactionv1.BehaviourFigure{
				Indicator: satisfactionv1.BehaviourIndicator(b.Indicator), Figure: f, ItemCode: r.frame.Leaves[b.Leaf].Item,
			})
		}
	}
	if r.frame.Recommendation {
		if f := r.share(r.layers, r.promoters, nil); f.GetN() > 0 || f.GetWithheld() {
			out.Behaviour = append(out.Behaviour, &satisfactionv1.BehaviourFigure{Indicator: satisfactionv1.BehaviourIndicator_REFERRAL_RATE, Figure: f})
		}
	}
	var o ordered
	if err := s.db.Get(ctx, &o, selectOrders, r.survey.Territory, r.numbers.Today(r.end(s.now())), r.numbers.Currency); err != nil {
		return err
	}
	out.Behaviour = append(out.Behaviour, r.orders(&o)...)
	return nil
}

// end is up to when orders count.
func (x *subject) end(now time.Time) time.Time {
	if x.survey.CloseTime != nil {
		return *x.survey.CloseTime
	}
	return now
}

// orders tells of amounts and of who bought again: of all orders there are, so their intervals are of what could have come otherwise.
func (x *subject) orders(o *ordered) (out []*satisfactionv1.BehaviourFigure) {
	least := int64(x.survey.MinimumGroup)
	if o.Before > 0 {
		f := &satisfactionv1.Figure{Withheld: o.Before < least}
		p := stats.Proportion{Count: o.Again, Of: o.Before}
		if i, err := p.Interval(x.numbers.Confidence, 0); err == nil && !f.GetWithheld() {
			f.N, f.Score, f.Low, f.High = o.Before, opt(hundred*p.Share()), opt(hundred*i.Low), opt(hundred*i.High)
		}
		out = append(out, &satisfactionv1.BehaviourFigure{Indicator: satisfactionv1.BehaviourIndicator_RETURN_RATE, Figure: f})
	}
	if m, err := stats.MomentsOfSums(o.Orders, o.Amount, o.Squares); err == nil {
		f := &satisfactionv1.Figure{Withheld: o.Buyers < least}
		if !f.GetWithheld() {
			f.N, f.Score, f.Deviation = o.Orders, opt(m.Mean), opt(m.Deviation())
			if i, err := m.Interval(x.numbers.Confidence, 0); err == nil {
				f.Low, f.High = opt(i.Low), opt(i.High)
			}
		}
		out = append(out, &satisfactionv1.BehaviourFigure{Indicator: satisfactionv1.BehaviourIndicator_PURCHASE_AMOUNT, Figure: f, CurrencyCode: x.numbers.Currency})
	}
	return out
}
