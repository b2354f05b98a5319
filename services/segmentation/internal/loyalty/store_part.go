package loyalty

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// most is how many sources are credited at one time: it bounds memory when the programme is switched on for customers with many orders.
const most = 5000

// Part is what the assessment does about points: it credits orders and referrals, corrects what was credited when an order has changed, and brings levels up to date.
type Part struct{ store *Store }

// NewPart makes the part.
func NewPart(db *postgres.DB, now func() time.Time) *Part { return &Part{NewStore(db, now)} }

// Assess implements assess.Part.
func (p *Part) Assess(ctx context.Context, scope assess.Scope) ([]assess.Announcement, error) {
	programme, err := p.store.programmes.Current(ctx)
	if err != nil {
		return nil, err
	}
	var posted []assess.Announcement
	if programme.Enabled {
		if posted, err = p.store.credit(ctx, scope, programme); err != nil {
			return nil, err
		}
	}
	levels, err := p.store.levels(ctx, scope.Customers, scope.Day)
	return append(posted, levels...), err
}

// due is a source that has brought another number of points than it should.
type due struct {
	Customer  uuid.UUID           `db:"customer_id"`
	Kind      Kind                `db:"kind"`
	Reference string              `db:"reference"`
	EarnDay   time.Time           `db:"earn_day"`
	ExpireDay *time.Time          `db:"expire_day"`
	Lot       uuid.NullUUID       `db:"lot_id"`
	Points    int64               `db:"points"`
	Left      int64               `db:"points_left"`
	Target    int64               `db:"target"`
	Rate      decimal.NullDecimal `db:"rate"`
}

// Sources are the orders ($2 to $3: from the start of the programme to today) and referrals; each brings whole points, cut off towards zero. An order that has brought
// points before is held to the rate and currency of that time. What has expired, was reversed, or was posted by a person is let alone. The bounds keep an
// absurd amount from failing the assessment.
const selectSources = `with sources as (
		select o.customer_id, cast(1 as smallint) as kind, format('customers/%s/orders/%s', o.customer_id, o.order_id) as reference,
			o.order_day as earn_day, o.amount * o.rate as sales
		from orders o
		where o.customer_id = any($1) and o.order_day between cast($2 as date) and cast($3 as date) and o.rate is not null
		union all
		select s.customer_id, cast(2 as smallint), format('customers/%s/signals/%s', s.customer_id, s.signal_id),
			cast(s.signal_time at time zone $4 as date), null
		from signals s
		where s.customer_id = any($1) and s.kind = 6 and cast(s.signal_time at time zone $4 as date) between cast($2 as date) and cast($3 as date)
	), targets as (
		select s.customer_id, s.kind, s.reference, s.earn_day, l.lot_id, coalesce(l.points, 0) as points, coalesce(l.points_left, 0) as points_left,
			case when l.lot_id is not null then l.expire_day
				when cast($5 as integer) > 0 then cast(s.earn_day + make_interval(months => $5) as date) end as expire_day,
			coalesce(l.rate, cast($6 as numeric)) as rate,
			case s.kind when 2 then coalesce(l.points, cast($7 as bigint))
				else cast(trunc(least(greatest(s.sales * coalesce(l.rate, cast($6 as numeric)), -1e12), 1e12)) as bigint) end as target
		from sources s left join points_lots l using (customer_id, kind, reference)
		where l.lot_id is null or not l.reversed and l.rate is not null and l.currency = $8
	)
	select customer_id, kind, reference, earn_day, expire_day, lot_id, points, points_left, target, rate from targets
	where target <> points and (expire_day is null or expire_day >= cast($3 as date))
	order by customer_id, earn_day, kind, reference limit $9`

func (s *Store) credit(ctx context.Context, scope assess.Scope, programme *Programme) ([]assess.Announcement, error) {
	var found []due
	err := s.db.Select(ctx, &found, selectSources, pq.Array(scope.Customers), programme.Start.Format(time.DateOnly), scope.Day.Format(time.DateOnly),
		scope.Settings.Zone.String(), programme.Months, programme.Rate, programme.Referral, scope.Settings.Currency, most)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if len(found) == most {
		if err := s.again(ctx, scope, found[most-1].Customer); err != nil {
			return nil, err
		}
	}
	books, err := s.load(ctx, customersOf(found, false), customersOf(found, true))
	if err != nil {
		return nil, err
	}
	for _, b := range books {
		if err := b.Expire(scope.Day); err != nil {
			return nil, err
		}
	}
	for i := range found {
		if err := found[i].post(books[found[i].Customer], scope.Settings.Currency); err != nil {
			return nil, err
		}
	}
	return s.write(ctx, books, scope.Day)
}

// post brings what the source has brought to what it should.
func (d *due) post(b *Book, currency string) error {
	kind := d.Kind
	if d.Lot.Valid {
		kind = Adjustment
	}
	p, err := NewPosting(kind, d.Reference, "")
	if err != nil {
		return err
	}
	l := d.lot(b, p, currency)
	if d.Target > d.Points {
		b.Earn(p, l, d.Target-d.Points)
	} else {
		b.TakeBack(p, l, d.Points-d.Target)
	}
	return nil
}

func (d *due) lot(b *Book, p *Posting, currency string) *Lot {
	if !d.Lot.Valid {
		l := b.Open(p, d.EarnDay, d.ExpireDay)
		l.Rate, l.Currency = d.Rate, currency
		return l
	}
	if l := b.find(d.Lot.UUID); l != nil {
		return l
	}
	return &Lot{
		Customer: d.Customer, ID: d.Lot.UUID, Kind: d.Kind, Reference: d.Reference, Points: d.Points, Left: d.Left, EarnDay: d.EarnDay, ExpireDay: d.ExpireDay,
	}
}

// customersOf are those of some sources, each once: all, or those whom points are to be taken of.
func customersOf(found []due, taken bool) []uuid.UUID {
	ids := []uuid.UUID{}
	for _, d := range found { // they come by customer
		if (!taken || d.Target < d.Points) && !slices.Contains(ids[max(0, len(ids)-1):], d.Customer) {
			ids = append(ids, d.Customer)
		}
	}
	return ids
}

const touch = `insert into touched (customer_id, cause, reference, occur_time) select customer_id, 'points', '', $2 from unnest(cast($1 as uuid[])) as t (customer_id)`

// again sees to it that the customers from this one on are looked at once more.
func (s *Store) again(ctx context.Context, scope assess.Scope, from uuid.UUID) error {
	rest := slices.DeleteFunc(slices.Clone(scope.Customers), func(id uuid.UUID) bool { return id.String() < from.String() })
	_, err := s.db.Exec(ctx, touch, pq.Array(rest), scope.Now)
	return err
}
