package card

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// Store keeps cards. Whatever it gives a caller asks whether he is a member.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// row is a card as it is stored.
type row struct {
	Card
	Readers pq.StringArray         `db:"readers"`
	Content postgres.JSON[Content] `db:"content"`
}

func rowOf(c *Card) row {
	return row{Card: *c, Readers: c.readers(), Content: postgres.JSON[Content]{V: c.Content}}
}

func (r *row) card() *Card {
	c := r.Card
	c.Content = r.Content.V
	return &c
}

const (
	columns = `k.customer_id, k.card_id, k.person_id, k.owner, k.content, k.next_review, k.revision, k.create_time, k.update_time, k.close_time`

	insert = `insert into cards (customer_id, card_id, person_id, owner, readers, content, next_review, revision, create_time, update_time)
	values (:customer_id, :card_id, :person_id, :owner, :readers, :content, :next_review, :revision, :create_time, :update_time)`

	update = `update cards set owner = :owner, readers = :readers, content = :content, next_review = :next_review, revision = :revision, update_time = :update_time,
		close_time = :close_time where customer_id = :customer_id and card_id = :card_id`

	// A card that is not his is not there for a caller, nor is one outside of his territories.
	selectOne = `select ` + columns + ` from cards k join customers c using (customer_id)
	where k.customer_id = $1 and k.card_id = $2 and $3 = any (k.readers) and guanxi_covers(c.territory, $4)`

	insertReview = `insert into card_reviews (customer_id, card_id, review_id, review_day, summary, gaps, met, missed, author) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
)

// Create keeps a new card of the caller.
func (s *Store) Create(ctx context.Context, c *Card) error {
	err := aggregate.Change(ctx, s.db, c.Customer, func(ctx context.Context) ([]history.Record, error) {
		if err := fact.RequireKnown(ctx, s.db, "card.person", c.Customer, c.Person); err != nil {
			return nil, err
		}
		var err error
		if c.ID, err = uuid.NewV7(); err != nil {
			return nil, err
		}
		c.Revision, c.CreateTime, c.UpdateTime = 1, s.now(), s.now()
		if _, err := s.db.NamedExec(ctx, insert, rowOf(c)); err != nil {
			return nil, err
		}
		return c.record(ctx, history.Created, &planningv1.CardCreated{Card: c.name()})
	})
	if postgres.Violated(err, "cards_owned") {
		return fault.New(codes.AlreadyExists, "OPEN_CARD", fault.Text{En: "You own an open card of this person.", Zh: "您已有该人员的一张未关闭卡片。"})
	}
	return err
}

// Change lets do change an open card of which the caller is a member; do returns what to announce, nil when nothing differs.
func (s *Store) Change(ctx context.Context, customer, id uuid.UUID, tag string, do func(context.Context, *Card) (*announcement, error)) (c *Card, err error) {
	name := resource.Name("customers", customer, "cards", id)
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if c, err = s.Get(ctx, customer, id); err != nil { // before anything is said of the customer
			return err
		}
		return aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
			if c, err = s.Get(ctx, customer, id); err != nil { // as it is now that the customer is held
				return nil, err
			}
			if err := etag.Check(tag, c.Revision, name); err != nil {
				return nil, err
			}
			if c.CloseTime != nil {
				return nil, closedError(c)
			}
			made, err := do(ctx, c)
			if err != nil || made == nil {
				return nil, err
			}
			return s.write(ctx, c, made)
		})
	})
	return c, err
}

func (s *Store) write(ctx context.Context, c *Card, made *announcement) ([]history.Record, error) {
	c.Revision, c.UpdateTime = c.Revision+1, s.now()
	if made.close {
		c.CloseTime, c.NextReview = &c.UpdateTime, nil
	}
	if _, err := s.db.NamedExec(ctx, update, rowOf(c)); err != nil {
		if postgres.Violated(err, "cards_owned") {
			return nil, fault.Invalid(fault.Field("card.owner", "OPEN_CARD", fault.Text{En: "cannot take this card over", Zh: "无法接手此卡片"}))
		}
		return nil, err
	}
	if r := made.review; r != nil {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		_, err = s.db.Exec(ctx, insertReview, c.Customer, c.ID, id, r.Day, r.Summary, r.Gaps, pq.StringArray(postgres.OrEmpty(r.Met)),
			pq.StringArray(postgres.OrEmpty(r.Missed)), r.Author)
		if err != nil {
			return nil, err
		}
	}
	return c.record(ctx, history.Changed, made.data)
}

// Get reads a card for one of its members. To all others it is hidden, and so is one that is not there.
func (s *Store) Get(ctx context.Context, customer, id uuid.UUID) (*Card, error) {
	caller := auth.From(ctx)
	var found row
	err := s.db.Get(ctx, &found, selectOne, customer, id, caller.Subject, caller.Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.Hidden(resource.Name("customers", customer, "cards", id))
	}
	if err != nil {
		return nil, err
	}
	cards := []*Card{found.card()}
	return cards[0], s.addReviews(ctx, cards)
}

// Forget removes the cards of a person whom profile has removed; see fact.Forget.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, `delete from cards where customer_id = $1 and person_id = $2`, customer, person)
	return err
}
