package loyalty

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

var (
	lotNames     = []string{"customer_id", "lot_id", "kind", "reference", "earn_day", "expire_day", "rate", "currency"}
	postingNames = []string{
		"customer_id", "transaction_id", "kind", "points", "balance_after", "reference", "reason", "expire_day", "reward_id", "quantity", "reverses", "author",
		"post_day", "post_time",
	}
	lineNames = []string{"customer_id", "transaction_id", "entry_number", "account", "lot_id", "points"}
)

const markReversed = `update points_lots l set reversed = true from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as r (customer_id, lot_id)
	where l.customer_id = r.customer_id and l.lot_id = r.lot_id`

// write stores what was posted in the books, and says what there is to announce. The figures of lots and accounts follow in the database: see the migration.
func (s *Store) write(ctx context.Context, books map[uuid.UUID]*Book, day time.Time) ([]assess.Announcement, error) {
	var created, reversed []*Lot
	var postings []*Posting
	for _, b := range books {
		created, reversed, postings = append(created, b.Created...), append(reversed, b.Reversed...), append(postings, b.Postings...)
	}
	if len(postings) == 0 {
		return nil, nil
	}
	for _, p := range postings {
		p.Author, p.Day, p.Time = author(ctx), day, s.now()
	}
	if err := s.db.CopyIn(ctx, "points_lots", lotNames, lotRows(created)); err != nil {
		return nil, err
	}
	if err := s.db.CopyIn(ctx, "points_transactions", postingNames, postingRows(postings)); err != nil {
		return nil, err
	}
	if err := s.db.CopyIn(ctx, "points_entries", lineNames, lineRows(postings)); err != nil {
		return nil, err
	}
	customers, ids := make([]uuid.UUID, len(reversed)), make([]uuid.UUID, len(reversed))
	for i, l := range reversed {
		customers[i], ids[i] = l.Customer, l.ID
	}
	if len(reversed) > 0 {
		if _, err := s.db.Exec(ctx, markReversed, pq.Array(customers), pq.Array(ids)); err != nil {
			return nil, err
		}
	}
	return postedOf(postings), nil
}

func lotRows(lots []*Lot) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, l := range lots {
			if !yield([]any{l.Customer, l.ID, int16(l.Kind), l.Reference, l.EarnDay, l.ExpireDay, l.Rate, l.Currency}) {
				return
			}
		}
	}
}

func postingRows(postings []*Posting) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, p := range postings {
			row := []any{
				p.Customer, p.ID, int16(p.Kind), p.Points, p.BalanceAfter, p.Reference, p.Reason, p.ExpireDay, p.Reward, p.Quantity, p.Reverses, p.Author,
				p.Day, p.Time,
			}
			if !yield(row) {
				return
			}
		}
	}
}

func lineRows(postings []*Posting) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, p := range postings {
			for i, l := range p.Lines {
				if !yield([]any{p.Customer, p.ID, i + 1, int16(l.Account), l.Lot, l.Points}) {
					return
				}
			}
		}
	}
}
