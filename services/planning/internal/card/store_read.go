package card

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// keptReviews is how many reviews a card shows.
const keptReviews = 40

const selectReviews = `select r.customer_id, r.card_id, r.review_day, r.summary, r.gaps, r.met, r.missed, r.author from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as wanted (customer_id, card_id)
	cross join lateral (
		select customer_id, card_id, review_day, summary, gaps, met, missed, author from card_reviews r
		where (r.customer_id, r.card_id) = (wanted.customer_id, wanted.card_id) order by review_id desc limit $3
	) r`

type reviewRow struct {
	Customer uuid.UUID      `db:"customer_id"`
	Card     uuid.UUID      `db:"card_id"`
	Day      time.Time      `db:"review_day"`
	Summary  string         `db:"summary"`
	Gaps     string         `db:"gaps"`
	Met      pq.StringArray `db:"met"`
	Missed   pq.StringArray `db:"missed"`
	Author   string         `db:"author"`
}

func (s *Store) addReviews(ctx context.Context, cards []*Card) error {
	customers, ids, by := make([]uuid.UUID, len(cards)), make([]uuid.UUID, len(cards)), make(map[uuid.UUID]*Card, len(cards))
	for i, c := range cards {
		customers[i], ids[i], by[c.ID] = c.Customer, c.ID, c
	}
	var rows []reviewRow
	if err := s.db.Select(ctx, &rows, selectReviews, pq.Array(customers), pq.Array(ids), keptReviews); err != nil {
		return err
	}
	for _, r := range rows {
		c := by[r.Card]
		c.Reviews = append(c.Reviews, Review{Day: r.Day, Summary: r.Summary, Gaps: r.Gaps, Met: r.Met, Missed: r.Missed, Author: r.Author})
	}
	return nil
}

// List reads a page of the caller's cards: of a customer or, with resource.Any, of all.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Card, string, error) {
	caller := auth.From(ctx)
	where, args := `$1 = any (k.readers) and guanxi_covers(c.territory, $2)`, []any{caller.Subject, caller.Scope()}
	if customer != resource.Any {
		if err := aggregate.Visible(ctx, s.db, customer); err != nil {
			return nil, "", err
		}
		where, args = where+` and k.customer_id = $3`, append(args, customer)
	}
	query, args := plan.Query(columns, "cards k join customers c using (customer_id)", where, args...)
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Card, len(rows))
	for i := range rows {
		out[i] = rows[i].card()
	}
	return out, next, s.addReviews(ctx, out)
}

// announced is how many reviews are announced in one transaction.
const announced = 500

const selectDue = `select ` + columns + ` from cards k join customers c using (customer_id)
	where k.next_review <= $1 and k.next_review is distinct from k.announced_review and c.delete_time is null
	order by k.customer_id, k.card_id limit $2 for update of k skip locked`

const markDue = `update cards set announced_review = next_review where card_id = any ($1) and customer_id = any ($2)`

// AnnounceDue announces the reviews that are due on a day, each once, batch by batch.
func (s *Store) AnnounceDue(ctx context.Context, day time.Time) error {
	ctx = auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
	for {
		count, err := s.announceBatch(ctx, day)
		if err != nil || count < announced {
			return err
		}
	}
}

func (s *Store) announceBatch(ctx context.Context, day time.Time) (count int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		var rows []row
		if err := s.db.Select(ctx, &rows, selectDue, day, announced); err != nil {
			return err
		}
		count = len(rows)
		customers, ids := make([]uuid.UUID, count), make([]uuid.UUID, count)
		for i := range rows {
			customers[i], ids[i] = rows[i].Customer, rows[i].ID
		}
		held, err := aggregate.Hold(ctx, s.db, customers)
		if err != nil {
			return err
		}
		records := make([]history.Record, count)
		for i := range rows {
			if records[i], err = due(events.WithCause(ctx, "schedule"), s.now(), rows[i].card()); err != nil {
				return err
			}
		}
		if _, err := s.db.Exec(ctx, markDue, pq.Array(ids), pq.Array(customers)); err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, records)
	})
	return count, err
}
