package gate

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Store decides and reserves. All that it reads to decide is locked first, in the order that all of planning keeps: the budget, the owner, the customer.
type Store struct {
	db         *postgres.DB
	now        func() time.Time
	numbers    *settings.Store
	budgets    *budget.Store
	compliance *compliance.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, numbers: numbers, budgets: budget.NewStore(db, now), compliance: compliance.NewStore(db, now)}
}

// Answer is what became of a contact that was asked for.
type Answer struct {
	Decision
	Contact  uuid.UUID // Nil: there is none
	Approval uuid.UUID // that was asked for; Nil: none
	Zone     *time.Location
	Start    *time.Time
}

// Wish is what a caller asks for: what is not zero takes the place of what is planned or usual.
type Wish struct {
	Candidate
	ValidateOnly bool
}

// Reserve decides on a wish and reserves what it permits, at once.
func (s *Store) Reserve(ctx context.Context, w *Wish) (*Answer, error) {
	var a *Answer
	err := s.db.InTx(ctx, func(ctx context.Context) (err error) {
		a, err = s.reserve(ctx, w)
		return err
	})
	return a, err
}

func (s *Store) reserve(ctx context.Context, w *Wish) (*Answer, error) {
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.planned(ctx, w.Contact)
	if err != nil {
		return nil, err
	}
	c := w.Candidate
	if err := s.complete(ctx, &c, before, n); err != nil {
		return nil, err
	}
	if !w.ValidateOnly {
		if err := s.ensureOwner(ctx, c.Owner); err != nil {
			return nil, err
		}
	}
	l, err := s.lock(ctx, &c)
	if err != nil {
		return nil, err
	}
	if err := l.usable(&c); err != nil {
		return nil, err
	}
	if err := s.again(ctx, before); err != nil {
		return nil, err
	}
	if err := c.place(before, l.owner.zone(n)); err != nil {
		return nil, err
	}
	snapshot, err := s.snapshot(ctx, &c, l, n)
	if err != nil {
		return nil, err
	}
	a := &Answer{Decision: snapshot.Decide(), Contact: c.Contact, Zone: l.owner.zone(n), Start: c.Start}
	if w.ValidateOnly {
		return a, nil
	}
	if a.Granted() {
		a.Contact, err = s.grant(ctx, snapshot, l, before)
	} else {
		a.Approval, err = s.refuse(ctx, snapshot, l, &a.Decision)
	}
	return a, err
}

// locks are what a transaction has locked.
type locks struct {
	budget    *budget.Budget // nil: none named, or none there
	owner     ownerRow
	held      map[uuid.UUID]*aggregate.Held
	territory string
}

const territoryOf = `select territory from customers where customer_id = $1`

// lock takes the locks of a candidate. What is read afterwards stays so until the end of the transaction.
func (s *Store) lock(ctx context.Context, c *Candidate) (*locks, error) {
	l := &locks{}
	var err error
	if c.Budget != uuid.Nil {
		if l.budget, err = s.budgets.Lock(ctx, c.Budget); err != nil {
			return nil, err
		}
	}
	if l.owner, err = s.holdOwner(ctx, c.Owner); err != nil {
		return nil, err
	}
	if l.held, err = aggregate.Hold(ctx, s.db, []uuid.UUID{c.Customer}); err != nil {
		return nil, err
	}
	if l.held[c.Customer] == nil {
		return nil, aggregate.Explain(ctx, s.db, c.Customer)
	}
	return l, s.db.Get(ctx, &l.territory, territoryOf, c.Customer)
}

// usable refuses a deleted customer.
func (l *locks) usable(c *Candidate) error {
	if l.held[c.Customer].Deleted {
		return aggregate.GoneError(c.Customer)
	}
	return nil
}

// record numbers and writes what happened to the customer.
func (s *Store) record(ctx context.Context, l *locks, records ...history.Record) error {
	return aggregate.Record(ctx, s.db, l.held, records)
}

// refuse notes in the register what was asked to be given and is not, or asks for the approval that alone is missing.
func (s *Store) refuse(ctx context.Context, n *Snapshot, l *locks, d *Decision) (approval uuid.UUID, err error) {
	if len(n.Gifts) == 0 {
		return uuid.Nil, nil
	}
	if !d.Missing() {
		return uuid.Nil, s.compliance.Register(ctx, compliance.Entries(n.entry(compliance.Refused, ruleIDs(d.Failures)), n.Gifts))
	}
	a := &compliance.Approval{
		Customer: n.Customer, Activity: int16(n.Kind), Day: n.Day, Gifts: n.Gifts, Purpose: n.Purpose, Owner: n.Candidate.Owner,
		Contact: optional(n.Contact), Rules: ruleNames(d.Failures),
	}
	record, err := s.compliance.Request(ctx, a)
	if err != nil {
		return uuid.Nil, err
	}
	return a.ID, s.record(ctx, l, record)
}

func optional(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

// refusal is the error of a way in that has no place for an answer.
func refusal(d *Decision) error {
	first := d.Failures[0]
	all := fault.Text{}
	for i, f := range d.Failures {
		if i > 0 {
			all.En, all.Zh = all.En+"; ", all.Zh+"；"
		}
		all.En, all.Zh = all.En+f.Rule+": "+f.Text.En, all.Zh+f.Rule+"："+f.Text.Zh
	}
	e := fault.New(codes.FailedPrecondition, first.Rule, all)
	if d.Earliest != nil {
		e = e.With("earliest_date", d.Earliest.Format(time.DateOnly))
	}
	return e
}

func manager(ctx context.Context) bool { return auth.From(ctx).Level >= levelOfSeniors }
