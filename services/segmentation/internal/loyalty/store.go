package loyalty

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// Store keeps the ledger.
type Store struct {
	db         *postgres.DB
	now        func() time.Time
	programmes *Programmes
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, programmes: NewProgrammes(db, now)}
}

// change lets act post in the book of one living customer, which nobody else writes meanwhile. What has expired by that day is let go first.
func (s *Store) change(ctx context.Context, customer uuid.UUID, day time.Time, act func(context.Context, *Book) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		ids := []uuid.UUID{customer}
		held, err := aggregate.Hold(ctx, s.db, ids)
		if err != nil {
			return err
		}
		if h := held[customer]; h == nil || h.Deleted {
			return aggregate.Explain(ctx, s.db, customer)
		}
		books, err := s.load(ctx, ids, ids)
		if err != nil {
			return err
		}
		if err := books[customer].Expire(day); err != nil {
			return err
		}
		if err := act(ctx, books[customer]); err != nil {
			return err
		}
		announced, err := s.write(ctx, books, day)
		if err != nil {
			return err
		}
		levels, err := s.levels(ctx, ids, day)
		if err != nil {
			return err
		}
		if err := assess.Again(ctx, s.db, ids); err != nil { // some day these points count for no level any more
			return err
		}
		return s.announce(ctx, held, append(announced, levels...))
	})
}

const selectAccounts = `select customer_id, balance, debt from points_accounts where customer_id = any($1)`

const lotColumns = `customer_id, lot_id, kind, reference, points, points_left, earn_day, expire_day, rate, currency, reversed`

const selectOpen = `select ` + lotColumns + ` from points_lots where customer_id = any($1) and points_left > 0`

// load opens the books of held customers, with their open lots for those of whom points are to be taken.
func (s *Store) load(ctx context.Context, customers, taken []uuid.UUID) (map[uuid.UUID]*Book, error) {
	var accounts []struct {
		Customer uuid.UUID `db:"customer_id"`
		Balance  int64     `db:"balance"`
		Debt     int64     `db:"debt"`
	}
	if err := s.db.Select(ctx, &accounts, selectAccounts, pq.Array(customers)); err != nil {
		return nil, err
	}
	books := make(map[uuid.UUID]*Book, len(customers))
	for _, id := range customers {
		books[id] = &Book{Customer: id}
	}
	for _, a := range accounts {
		books[a.Customer].Balance, books[a.Customer].Debt = a.Balance, a.Debt
	}
	var lots []*Lot
	if err := s.db.Select(ctx, &lots, selectOpen, pq.Array(taken)); err != nil {
		return nil, err
	}
	for _, l := range lots {
		books[l.Customer].Add(l)
	}
	return books, nil
}

const selectSource = `select ` + lotColumns + ` from points_lots where customer_id = $1 and kind = $2 and reference = $3`

// source is the lot of a source, or nil.
func (s *Store) source(ctx context.Context, customer uuid.UUID, kind Kind, reference string) (*Lot, error) {
	var l Lot
	err := s.db.Get(ctx, &l, selectSource, customer, kind, reference)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // nothing has come from there
	}
	return &l, err
}

const selectLots = `select ` + lotColumns + ` from points_lots where customer_id = $1 and lot_id = any($2)`

// lots are those of the ids, as the book has them where it does.
func (s *Store) lots(ctx context.Context, b *Book, ids []uuid.UUID) (map[uuid.UUID]*Lot, error) {
	var found []*Lot
	if err := s.db.Select(ctx, &found, selectLots, b.Customer, pq.Array(ids)); err != nil {
		return nil, err
	}
	out := make(map[uuid.UUID]*Lot, len(found))
	for _, l := range found {
		out[l.ID] = l
		if open := b.find(l.ID); open != nil {
			out[l.ID] = open
		}
	}
	return out, nil
}

// announce writes the events of held customers.
func (s *Store) announce(ctx context.Context, held map[uuid.UUID]*aggregate.Held, announced []assess.Announcement) error {
	records := make([]history.Record, 0, len(announced))
	for _, a := range announced {
		event, err := events.New(ctx, s.now(), a.Customer, a.Data)
		if err != nil {
			return err
		}
		records = append(records, history.Record{Event: event})
	}
	return aggregate.Record(ctx, s.db, held, records)
}

// author is who posts.
func author(ctx context.Context) string {
	if subject := auth.From(ctx).Subject; subject != "" {
		return subject
	}
	return "guanxi"
}
