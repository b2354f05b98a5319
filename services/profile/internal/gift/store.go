package gift

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

// Store keeps gifts. Whoever may see gifts may see every person of a customer in reach.
type Store struct {
	db  *postgres.DB
	now func() time.Time
	box *seal.Box
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, keys *seal.Keys) *Store {
	return &Store{db: db, now: now, box: seal.NewBox(db, keys)}
}

const columns = `g.customer_id, g.gift_id, g.person_id, g.revision, g.gift_date, g.direction, g.currency, g.value, g.content, g.author, g.create_time, g.update_time`

// row is a gift as the table has it; shut and open are where its words go in and come out.
type row struct {
	Gift
	listing.Cursor
	Words    []byte          `db:"content"`
	Sum      decimal.Decimal `db:"value"`
	Currency string          `db:"currency"`
}

// forContent is the use that the words are sealed for.
const forContent = "gifts.content"

func (s *Store) shut(ctx context.Context, g *Gift) (row, error) {
	r := row{Gift: *g}
	words, err := json.Marshal(g.Content)
	if err != nil {
		return r, fmt.Errorf("gift: %w", err)
	}
	if r.Words, err = s.box.Seal(ctx, g.PersonID, forContent, words); err != nil {
		return r, err
	}
	if g.Value != nil {
		r.Sum, r.Currency = g.Value.Amount, g.Value.Currency
	}
	return r, nil
}

// open makes gifts of the rows of one person.
func (s *Store) open(ctx context.Context, person uuid.UUID, rows []row) ([]*Gift, error) {
	out := make([]*Gift, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	key, err := s.box.Key(ctx, person)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if out[i], err = rows[i].open(key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *row) open(key seal.Key) (*Gift, error) {
	g := r.Gift
	words, err := key.Open(forContent, r.Words)
	if err != nil {
		return nil, fmt.Errorf("gift %s: %w", g.ID, err)
	}
	if err := json.Unmarshal(words, &g.Content); err != nil {
		return nil, fmt.Errorf("gift %s: %w", g.ID, err)
	}
	if r.Currency != "" {
		g.Value = &money.Money{Amount: r.Sum, Currency: r.Currency}
	}
	return &g, nil
}

// latest is the last day that has begun anywhere on earth: nobody is told that his today is to come.
func (s *Store) latest() time.Time {
	const ahead = 14 * time.Hour
	return s.now().UTC().Add(ahead).Truncate(24 * time.Hour)
}

const (
	personExists = `select exists (select from people where customer_id = $1 and person_id = $2)`

	insertGift = `insert into gifts (customer_id, gift_id, person_id, revision, gift_date, direction, currency, value, content, author, create_time, update_time)
	values (:customer_id, :gift_id, :person_id, 1, :gift_date, :direction, :currency, :value, :content, :author, :create_time, :create_time)`
)

// Create notes a gift.
func (s *Store) Create(ctx context.Context, g *Gift) error {
	return aggregate.Change(ctx, s.db, g.CustomerID, func(ctx context.Context) ([]history.Record, error) {
		var there bool
		if err := s.db.Get(ctx, &there, personExists, g.CustomerID, g.PersonID); err != nil {
			return nil, err
		}
		if !there {
			return nil, resource.Missing(ctx, person.Name(g.CustomerID, g.PersonID), typev1.Level_MANAGER)
		}
		if wrong := g.Check(s.latest()); len(wrong) > 0 {
			return nil, fault.Prefix(fault.Invalid(wrong...), "gift")
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("gift: new id: %w", err)
		}
		now := s.now()
		g.ID, g.Revision, g.Author, g.CreateTime, g.UpdateTime = id, 1, auth.From(ctx).Subject, now, now
		r, err := s.shut(ctx, g)
		if err != nil {
			return nil, err
		}
		if _, err := s.db.NamedExec(ctx, insertGift, r); err != nil {
			return nil, err
		}
		record, err := recorded(ctx, now, g)
		return []history.Record{record}, err
	})
}

const selectGift = `select ` + columns + ` from gifts g join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and g.customer_id = $2 and g.person_id = $3 and g.gift_id = $4`

// Get reads one gift.
func (s *Store) Get(ctx context.Context, customerID, personID, id uuid.UUID) (*Gift, error) {
	var r row
	err := s.db.Get(ctx, &r, selectGift, auth.From(ctx).Scope(), customerID, personID, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(customerID, personID, id), typev1.Level_MANAGER)
	}
	if err != nil {
		return nil, err
	}
	found, err := s.open(ctx, personID, []row{r})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

const updateGift = `update gifts set revision = :revision, gift_date = :gift_date, direction = :direction, currency = :currency, value = :value, content = :content,
		update_time = :update_time
	where customer_id = :customer_id and gift_id = :gift_id`

// Update lets change alter a gift.
func (s *Store) Update(ctx context.Context, customerID, personID, id uuid.UUID, tag string, change func(*Gift) error) (g *Gift, err error) {
	err = aggregate.Change(ctx, s.db, customerID, func(ctx context.Context) ([]history.Record, error) {
		if g, err = s.held(ctx, customerID, personID, id, tag); err != nil {
			return nil, err
		}
		before := *g
		if err := change(g); err != nil {
			return nil, err
		}
		if wrong := g.Check(s.latest()); len(wrong) > 0 {
			return nil, fault.Prefix(fault.Invalid(wrong...), "gift")
		}
		record, differs, err := changed(ctx, s.now(), &before, g)
		if err != nil || !differs {
			return nil, err
		}
		g.Revision++
		g.UpdateTime = record.Time
		r, err := s.shut(ctx, g)
		if err != nil {
			return nil, err
		}
		_, err = s.db.NamedExec(ctx, updateGift, r)
		return []history.Record{record}, err
	})
	return g, err
}

// held reads a gift whose customer is held, if it is of that etag.
func (s *Store) held(ctx context.Context, customerID, personID, id uuid.UUID, tag string) (*Gift, error) {
	g, err := s.Get(ctx, customerID, personID, id)
	if err != nil {
		return nil, err
	}
	return g, etag.Check(tag, g.Revision, Name(customerID, personID, id))
}

const deleteGift = `delete from gifts where customer_id = $1 and gift_id = $2`

// Delete forgets a gift.
func (s *Store) Delete(ctx context.Context, customerID, personID, id uuid.UUID, tag string) error {
	return aggregate.Change(ctx, s.db, customerID, func(ctx context.Context) ([]history.Record, error) {
		g, err := s.held(ctx, customerID, personID, id, tag)
		if err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, deleteGift, customerID, id); err != nil {
			return nil, err
		}
		record, err := deleted(ctx, s.now(), g)
		return []history.Record{record}, err
	})
}

// List reads a page of the gifts of a person.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customerID, personID uuid.UUID) ([]*Gift, string, error) {
	query, args := plan.Query(columns, "gifts g join customers c using (customer_id)",
		"guanxi_covers(c.territory, $1) and g.customer_id = $2 and g.person_id = $3", auth.From(ctx).Scope(), customerID, personID)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out, err := s.open(ctx, personID, rows)
	return out, next, err
}
