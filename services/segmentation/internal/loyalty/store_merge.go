package loyalty

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Merges bring the points of customers into order when these are merged, or the merge is taken back. Lots, transactions and entries change their customer by themselves (libs/rekey);
// the sums of accounts are reckoned from the entries.
//
// Taken back, the merged customer has the points that it had; what its orders have brought or cost since is credited again by the assessment. What the survivor has spent of
// them it owes: it pays with points of its own, and what they do not cover is its debt.
type Merges struct {
	*Store
	Settings *settings.Store
}

// mark is the reference of what a merge itself has posted.
func mark(m mirror.Merge) string { return "merge:" + m.ID.String() }

const (
	// A source brings points once to a customer. Two customers may each have had them from one that is named alike, such as a campaign.
	markAlike = `update points_lots l set reference = l.reference || $3 where l.customer_id = $1
		and exists (select from points_lots s where s.customer_id = $2 and s.kind = l.kind and s.reference = l.reference)`
	unmarkAlike = `update points_lots set reference = left(reference, -length($2)) where customer_id = $1 and right(reference, length($2)) = $2`
)

// Before is told before anything moves.
func (s *Merges) Before(ctx context.Context, m mirror.Merge) error {
	if !m.Undone {
		_, err := s.db.Exec(ctx, markAlike, m.Merged, m.Survivor, suffix(m))
		return err
	}
	return s.settling(ctx, func(ctx context.Context) error {
		if err := s.unnet(ctx, m); err != nil {
			return err
		}
		if err := s.along(ctx, m); err != nil {
			return err
		}
		return s.detach(ctx, m)
	})
}

func suffix(m mirror.Merge) string { return " (" + aggregate.Name(m.Merged) + ")" }

// After is told when all has moved.
func (s *Merges) After(ctx context.Context, m mirror.Merge) error {
	if m.Undone {
		if _, err := s.db.Exec(ctx, unmarkAlike, m.Merged, suffix(m)); err != nil {
			return err
		}
	}
	err := s.settling(ctx, func(ctx context.Context) error {
		if err := s.reckon(ctx, m); err != nil {
			return err
		}
		return s.settle(ctx, m)
	})
	if err != nil {
		return err
	}
	return s.check(ctx, m)
}

const (
	settlingOn  = `select set_config('guanxi.points_settling', 'on', true)`
	settlingOff = `select set_config('guanxi.points_settling', 'off', true)`
)

// settling lets sums be for a moment what they must not stay.
func (s *Merges) settling(ctx context.Context, act func(context.Context) error) error {
	var set string
	if err := s.db.Get(ctx, &set, settlingOn); err != nil {
		return err
	}
	if err := act(ctx); err != nil {
		return err
	}
	return s.db.Get(ctx, &set, settlingOff)
}

const (
	checkAccounts = `update points_accounts set balance = balance where customer_id = any ($1)`
	checkLots     = `update points_lots set points_left = points_left where customer_id = any ($1) and points_left < 0`
)

// check has the database look once more at what it let pass.
func (s *Merges) check(ctx context.Context, m mirror.Merge) error {
	both := pq.Array([]uuid.UUID{m.Merged, m.Survivor})
	if _, err := s.db.Exec(ctx, checkAccounts, both); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, checkLots, both)
	return err
}

const (
	reckonLots = `update points_lots l set points = e.points, points_left = e.points_left
		from (select customer_id, lot_id, coalesce(-sum(points) filter (where account = 2), 0) as points, coalesce(sum(points) filter (where account = 1), 0) as points_left
			from points_entries where customer_id = any ($1) and lot_id is not null group by customer_id, lot_id) e
		where l.customer_id = e.customer_id and l.lot_id = e.lot_id and (l.points, l.points_left) is distinct from (e.points, e.points_left)`
	reckonAccounts = `insert into points_accounts as a (customer_id, balance, debt)
		select c.customer_id, coalesce(sum(e.points) filter (where e.account = 1), 0), coalesce(-sum(e.points) filter (where e.account = 5), 0)
		from unnest($1::uuid[]) as c (customer_id) left join points_entries e using (customer_id)
		group by c.customer_id having count(e.*) > 0 or exists (select from points_accounts o where o.customer_id = c.customer_id)
		on conflict (customer_id) do update set balance = excluded.balance, debt = excluded.debt`
)

// reckon adds up the entries of both.
func (s *Merges) reckon(ctx context.Context, m mirror.Merge) error {
	both := pq.Array([]uuid.UUID{m.Merged, m.Survivor})
	if _, err := s.db.Exec(ctx, reckonLots, both); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, reckonAccounts, both)
	return err
}

const selectUsed = `select coalesce(sum(e.points) filter (where e.account = 1), 0) as available, coalesce(sum(e.points) filter (where e.account = 2), 0) as issued,
		coalesce(sum(e.points) filter (where e.account = 4), 0) as expired, l.lot_id
	from points_lots l left join points_entries e using (customer_id, lot_id) where l.customer_id = $1 and l.kind = 4 and l.reference = $2 group by l.lot_id
	having count(e.*) > 0`

// used is what transactions of the survivor have done to lots that went back.
type used struct {
	Available int64     `db:"available"`
	Issued    int64     `db:"issued"`
	Expired   int64     `db:"expired"`
	Lot       uuid.UUID `db:"lot_id"`
}

// settle pays debts with points, and what was used of lots that went back.
func (s *Merges) settle(ctx context.Context, m mirror.Merge) error {
	ids := []uuid.UUID{m.Survivor}
	books, err := s.load(ctx, ids, ids)
	if err != nil {
		return err
	}
	b := books[m.Survivor]
	p, err := NewPosting(Adjustment, mark(m), "merge")
	if err != nil {
		return err
	}
	if m.Undone {
		p.Reference, p.Reason = "un"+mark(m), "unmerge"
		var all []used
		if err := s.db.Select(ctx, &all, selectUsed, m.Survivor, mark(m)); err != nil {
			return err
		}
		numbers, err := s.Settings.Current(ctx)
		if err != nil {
			return err
		}
		b.square(p, b.replace(p, all), numbers.Today(s.now()))
	}
	b.net(p)
	return s.post(ctx, b, p)
}

// post writes a posting of the merge, if it says anything, and what follows from it.
func (s *Merges) post(ctx context.Context, b *Book, p *Posting) error {
	numbers, err := s.Settings.Current(ctx)
	if err != nil {
		return err
	}
	day := numbers.Today(s.now())
	var announced []assess.Announcement
	if len(p.Lines) > 0 {
		b.close(p)
		if announced, err = s.write(ctx, map[uuid.UUID]*Book{b.Customer: b}, day); err != nil {
			return err
		}
	}
	return s.say(ctx, b.Customer, announced, day)
}

func (s *Merges) say(ctx context.Context, customer uuid.UUID, announced []assess.Announcement, day time.Time) error {
	ids := []uuid.UUID{customer}
	levels, err := s.levels(ctx, ids, day)
	if err != nil || len(announced)+len(levels) == 0 {
		return err
	}
	held, err := aggregate.Hold(ctx, s.db, ids)
	if err != nil {
		return err
	}
	return s.announce(ctx, held, append(announced, levels...))
}
