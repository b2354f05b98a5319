package loyalty

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const postingColumns = `t.customer_id, t.transaction_id, t.kind, t.points, t.balance_after, t.reference, t.reason, t.expire_day, t.reward_id, t.quantity, t.reverses,
	(select r.transaction_id from points_transactions r where r.customer_id = t.customer_id and r.reverses = t.transaction_id) as reversed_by,
	t.author, t.post_day, t.post_time`

const selectPosting = `select ` + postingColumns + ` from points_transactions t join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and t.customer_id = $2 and t.transaction_id = $3`

// Posting reads one posting.
func (s *Store) Posting(ctx context.Context, customer, id uuid.UUID) (*Posting, error) {
	var p Posting
	err := s.db.Get(ctx, &p, selectPosting, auth.From(ctx).Scope(), customer, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, entryName(customer, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return &p, s.fill(ctx, []*Posting{&p})
}

const selectLines = `select e.customer_id, e.transaction_id, e.account, e.lot_id, e.points
	from points_entries e join unnest(cast($1 as uuid[]), cast($2 as uuid[])) as k (customer_id, transaction_id) using (customer_id, transaction_id)
	order by e.transaction_id, e.entry_number`

// fill reads the lines of postings.
func (s *Store) fill(ctx context.Context, postings []*Posting) error {
	customers, ids, byID := make([]uuid.UUID, len(postings)), make([]uuid.UUID, len(postings)), make(map[uuid.UUID]*Posting, len(postings))
	for i, p := range postings {
		customers[i], ids[i], byID[p.ID] = p.Customer, p.ID, p
	}
	var lines []struct {
		Line
		Customer uuid.UUID `db:"customer_id"`
		Posting  uuid.UUID `db:"transaction_id"`
	}
	if err := s.db.Select(ctx, &lines, selectLines, pq.Array(customers), pq.Array(ids)); err != nil {
		return err
	}
	for _, l := range lines {
		byID[l.Posting].Lines = append(byID[l.Posting].Lines, l.Line)
	}
	return nil
}

// List reads a page of the postings of one customer, or of all.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Posting, string, error) {
	where, args := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customer == resource.Any {
		where += " and c.delete_time is null"
	} else {
		where, args = where+" and t.customer_id = $2", append(args, customer)
	}
	query, args := plan.Query(postingColumns, "points_transactions t join customers c using (customer_id)", where, args...)
	var rows []struct {
		Posting
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Posting, len(rows))
	for i := range rows {
		out[i] = &rows[i].Posting
	}
	return out, next, s.fill(ctx, out)
}

const selectBrought = `select -sum(points) from points_entries where customer_id = $1 and transaction_id = $2 and account = 2`

// brought is how many points a lot was opened with, before any correction.
func (s *Store) brought(ctx context.Context, l *Lot) (int64, error) {
	var points int64
	err := s.db.Get(ctx, &points, selectBrought, l.Customer, l.ID)
	return points, err
}

// State is what a customer has on a day. Lots whose last day is over count no more, even while they wait for their expiry to be posted.
type State struct {
	Balance  int64 `db:"balance"`
	Debt     int64 `db:"debt"`
	Earned   int64 `db:"earned"`
	Expiring int64 `db:"expiring"`
	Lots     []Lot `db:"-"`
}

// The days ahead that count as soon, and how many lots are shown.
const (
	soon      = 90
	lotsShown = 20
)

const selectState = `select coalesce(sum(l.points_left) filter (where l.expire_day is null or l.expire_day >= cast($2 as date)), 0) as balance,
		coalesce((select a.debt from points_accounts a where a.customer_id = $1), 0) as debt,
		coalesce(sum(l.points) filter (where l.earn_day > cast($3 as date)), 0) as earned,
		coalesce(sum(l.points_left) filter (where l.expire_day between cast($2 as date) and cast($4 as date)), 0) as expiring
	from points_lots l where l.customer_id = $1`

const selectExpiring = `select ` + lotColumns + ` from points_lots
	where customer_id = $1 and points_left > 0 and expire_day between cast($2 as date) and cast($3 as date)
	order by expire_day, earn_day, lot_id limit $4`

// State reads it.
func (s *Store) State(ctx context.Context, customer uuid.UUID, day time.Time) (*State, error) {
	var out State
	today, until := day.Format(time.DateOnly), day.AddDate(0, 0, soon).Format(time.DateOnly)
	if err := s.db.Get(ctx, &out, selectState, customer, today, since(day).Format(time.DateOnly), until); err != nil {
		return nil, err
	}
	return &out, s.db.Select(ctx, &out.Lots, selectExpiring, customer, today, until, lotsShown)
}
