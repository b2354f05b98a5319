package loyalty

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/mirror"
)

// net pays a debt with points: a customer has one or the other.
func (b *Book) net(p *Posting) {
	paid := min(b.Balance, b.Debt)
	if paid <= 0 {
		return
	}
	b.move(p, Debt, nil, paid)
	b.spend(p, paid)
}

// replace empties the lots that stand for those that went back, and says how many points the customer owes for it: it has spent them. Below 0 they cost it points of its own,
// which it gets back.
func (b *Book) replace(p *Posting, all []used) (owed int64) {
	for _, u := range all {
		l := b.find(u.Lot)
		if l == nil {
			l = &Lot{Customer: b.Customer, ID: u.Lot, Kind: Adjustment, Points: -u.Issued, Left: u.Available}
		}
		b.move(p, Available, l, -u.Available)
		b.move(p, Issued, l, -u.Issued)
		b.move(p, Expired, l, -u.Expired)
		owed -= u.Available + u.Issued + u.Expired
	}
	if b.Debt < 0 { // a debt that went back had been paid
		owed += b.Debt
		b.move(p, Debt, nil, b.Debt)
	}
	return owed
}

// square takes what the customer owes out of its lots, and makes a debt of the rest; what it gets back is a lot that does not expire.
func (b *Book) square(p *Posting, owed int64, today time.Time) {
	if owed >= 0 {
		b.move(p, Debt, nil, b.spend(p, owed)-owed)
		return
	}
	l := b.Open(p, today, nil)
	l.Reference = p.Reference + ":" + p.ID.String()
	b.receive(p, l, -owed)
}

const selectNetted = `select e.account, e.lot_id, sum(e.points) as points
	from points_transactions t join points_entries e using (customer_id, transaction_id)
	where t.customer_id = $1 and t.kind = 4 and t.reference = $2 group by e.account, e.lot_id having sum(e.points) <> 0 order by e.account, e.lot_id`

// unnet takes back what the merge has posted when a debt of one met points of the other: the lots get them back.
func (s *Merges) unnet(ctx context.Context, m mirror.Merge) error {
	var lines []Line
	if err := s.db.Select(ctx, &lines, selectNetted, m.Survivor, mark(m)); err != nil || len(lines) == 0 {
		return err
	}
	ids := []uuid.UUID{m.Survivor}
	books, err := s.load(ctx, ids, ids)
	if err != nil {
		return err
	}
	b := books[m.Survivor]
	p, err := NewPosting(Adjustment, mark(m), "unmerge")
	if err != nil {
		return err
	}
	var named []uuid.UUID
	for _, l := range lines {
		if l.Lot.Valid {
			named = append(named, l.Lot.UUID)
		}
	}
	lots, err := s.lots(ctx, b, named)
	if err != nil {
		return err
	}
	for _, l := range lines {
		b.move(p, l.Account, lots[l.Lot.UUID], -l.Points)
	}
	return s.post(ctx, b, p)
}

const (
	lotAlong = `insert into rekeyed (merge_id, table_name, column_name, keys)
		select $1, 'points_lots', 'customer_id', jsonb_agg(jsonb_build_array(lot_id)) from points_lots where customer_id = $2 and kind = 1 and reference = any ($3) having count(*) > 0`
	postingAlong = `insert into rekeyed (merge_id, table_name, column_name, keys)
		select $1, 'points_transactions', 'customer_id', jsonb_agg(jsonb_build_array(lot_id)) from points_lots where customer_id = $2 and kind = 1 and reference = any ($3)
		having count(*) > 0`
)

// along has the lots of orders that came since under the old name go along with these: else both customers had their points.
func (s *Merges) along(ctx context.Context, m mirror.Merge) error {
	references := make(pq.StringArray, len(m.Along))
	for i, name := range m.Along {
		references[i] = aggregate.Name(m.Survivor) + "/" + name
	}
	for _, statement := range []string{lotAlong, postingAlong} {
		if _, err := s.db.Exec(ctx, statement, m.ID, m.Survivor, references); err != nil {
			return err
		}
	}
	return nil
}

const (
	moved = `select (k.key ->> 0)::uuid from rekeyed r cross join lateral jsonb_array_elements(r.keys) k (key) where r.merge_id = $1 and r.table_name = `
	// Those transactions of the survivor that are its own and touch lots that go back.
	existsForeign = `select exists (select from points_entries e where e.customer_id = $2 and e.lot_id in (` + moved + `'points_lots')
		and e.transaction_id not in (` + moved + `'points_transactions'))`
	// The reference of the lot that stands for them is found by selectUsed.
	insertSubstitute = `insert into points_lots (customer_id, lot_id, kind, reference, earn_day) values ($1, $2, 4, $3, $4) on conflict (customer_id, kind, reference) do nothing`
	substitute       = `update points_entries e set lot_id = (select lot_id from points_lots where customer_id = $2 and kind = 4 and reference = $3)
		where e.customer_id = $2 and e.lot_id in (` + moved + `'points_lots') and e.transaction_id not in (` + moved + `'points_transactions')`
	rekeyingOn  = `select set_config('guanxi.rekeying', 'on', true)`
	rekeyingOff = `select set_config('guanxi.rekeying', 'off', true)`
)

// detach has the survivor's own transactions refer no more to lots that go back, but to one that stands for them: how much is settled when they are gone.
func (s *Merges) detach(ctx context.Context, m mirror.Merge) error {
	var foreign bool
	if err := s.db.Get(ctx, &foreign, existsForeign, m.ID, m.Survivor); err != nil || !foreign {
		return err
	}
	numbers, err := s.Settings.Current(ctx)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, insertSubstitute, m.Survivor, uuid.New(), mark(m), numbers.Today(s.now())); err != nil {
		return err
	}
	var set string
	if err := s.db.Get(ctx, &set, rekeyingOn); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, substitute, m.ID, m.Survivor, mark(m)); err != nil {
		return err
	}
	return s.db.Get(ctx, &set, rekeyingOff)
}
