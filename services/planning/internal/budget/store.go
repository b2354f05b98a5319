package budget

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps budgets.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	columns = `budget_id, label, fiscal_year, owner, territory, customer_id, plan, activity_id, currency, amount, overrun, committed, actual, closed, author,
	create_time, update_time, revision`

	insert = `insert into budgets (budget_id, label, fiscal_year, owner, territory, customer_id, plan, activity_id, currency, amount, closed, author, create_time, update_time)
	values (:budget_id, :label, :fiscal_year, :owner, :territory, :customer_id, :plan, :activity_id, :currency, 0, :closed, :author, :create_time, :create_time)`

	selectByID = `select ` + columns + ` from budgets where budget_id = $1`
	lock       = selectByID + ` for no key update`

	update = `update budgets set label = :label, owner = :owner, plan = :plan, closed = :closed, update_time = :update_time, revision = revision + 1
	where budget_id = :budget_id`

	book = `with b as (
		update budgets set amount = amount + :amount, overrun = overrun + :overrun, committed = committed + :committed, actual = actual + :actual
		where budget_id = :budget_id
	)
	insert into budget_entries (budget_id, entry_id, kind, amount, overrun, committed, actual, reference, reason, author, create_time)
	values (:budget_id, :entry_id, :kind, :amount, :overrun, :committed, :actual, :reference, :reason, :author, :create_time)`

	announce = `with bumped as (
		update budgets set sequence = sequence + 1 where budget_id = :aggregate_id returning budget_id as aggregate_id, sequence as version
	)` + events.Insert

	activityOf = `select customer_id from activities where activity_id = $1`
)

// Get reads a budget that the caller may see.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Budget, error) {
	return s.read(ctx, selectByID, id)
}

// hold reads a budget that the caller may see, and locks it until the end of the transaction.
func (s *Store) hold(ctx context.Context, id uuid.UUID) (*Budget, error) {
	return s.read(ctx, lock, id)
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Budget, error) {
	var b Budget
	err := s.db.Get(ctx, &b, query, id)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	if err != nil || !auth.From(ctx).Covers(b.Territory) {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	return &b, nil
}

// Lock reads a budget, whoever asks, and locks it until the end of the transaction: before owners and customers are locked, whoever needs several. It is nil when there is none.
func (s *Store) Lock(ctx context.Context, id uuid.UUID) (*Budget, error) {
	var b Budget
	err := s.db.Get(ctx, &b, lock, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // see above
	}
	return &b, err
}

// Book makes an entry in a locked budget, whose balance follows, or fails when the balance may not become so.
func (s *Store) Book(ctx context.Context, b *Budget, e Entry) (err error) {
	if e.Amount.IsZero() && e.Overrun.IsZero() && e.Committed.IsZero() && e.Actual.IsZero() && e.Kind != Amount {
		return nil
	}
	after, err := b.Apply(&e)
	if err != nil {
		return err
	}
	if e.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	e.Budget, e.Author, e.CreateTime = b.ID, auth.From(ctx).Subject, s.now()
	if _, err := s.db.NamedExec(ctx, book, e); err != nil {
		return err
	}
	before := *b
	*b = *after
	if e.Kind == Overrun {
		return s.announce(ctx)(b.overrunApproved(ctx, &e))
	}
	if b.Exceeded() && !before.Exceeded() {
		return s.announce(ctx)(b.exceeded(ctx, &e))
	}
	return nil
}

// announce writes an event under the budget's next number.
func (s *Store) announce(ctx context.Context) func(e events.Event, err error) error {
	return func(e events.Event, err error) error {
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, announce, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{e, e.Aggregate})
		return err
	}
}

// Create stores a budget; its amount is its first entry.
func (s *Store) Create(ctx context.Context, b *Budget) error {
	var err error
	if b.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	b.Author, b.CreateTime, b.Revision = auth.From(ctx).Subject, s.now(), 1
	b.UpdateTime = b.CreateTime
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.NamedExec(ctx, insert, b); err != nil {
			return err
		}
		amount := b.Amount
		b.Amount = amount.Sub(amount) // the entry brings it
		if err := s.Book(ctx, b, Entry{Kind: Amount, Amount: amount}); err != nil {
			return err
		}
		return s.announce(ctx)(b.created(ctx, b.CreateTime))
	})
}

// customerOf is whose activity that is; nobody's when there is none.
func (s *Store) customerOf(ctx context.Context, activity uuid.UUID) (customer uuid.UUID, err error) {
	err = s.db.Get(ctx, &customer, activityOf, activity)
	if errors.Is(err, postgres.ErrNoRows) {
		return uuid.Nil, nil
	}
	return customer, err
}

const territoryOf = `select territory from customers where customer_id = $1`

func (s *Store) territory(ctx context.Context, customer uuid.UUID) (territory string, err error) {
	return territory, s.db.Get(ctx, &territory, territoryOf, customer)
}

// List reads a page of the budgets within the caller's territories.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Budget, string, error) {
	query, args := plan.Query(columns, "budgets", "guanxi_covers(territory, $1)", auth.From(ctx).Scope())
	var rows []struct {
		Budget
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Budget, len(rows))
	for i := range rows {
		out[i] = &rows[i].Budget
	}
	return out, next, err
}

const entryColumns = `budget_id, entry_id, kind, amount, overrun, committed, actual, reference, reason, author, create_time`

// Entries reads a page of the entries of a budget.
func (s *Store) Entries(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*Entry, string, error) {
	query, args := plan.Query(entryColumns, "budget_entries", "budget_id = $1", id)
	var rows []struct {
		Entry
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Entry, len(rows))
	for i := range rows {
		out[i] = &rows[i].Entry
	}
	return out, next, err
}
