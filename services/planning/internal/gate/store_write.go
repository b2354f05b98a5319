package gate

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
)

const (
	// A contact that people have agreed stands on the day that they have chosen.
	insertContact = `insert into contacts (customer_id, contact_id, owner, activity, role, origin, source, window_start, window_end, day, start_time, minutes, people, state, pinned,
		activity_id, purpose, author, create_time, update_time)
	values (:customer_id, :contact_id, :owner, :activity, :role, 5, '', :day, :day, :day, :start_time, :minutes, :people, 2, true, :activity_id, :purpose, :author, :now, :now)`

	updateContact = `update contacts set day = :day, start_time = :start_time, minutes = :minutes, people = :people, state = 2, pinned = true, obstacle = 0,
		activity_id = :activity_id, purpose = :purpose, author = :author, revision = revision + 1, update_time = :now
	where customer_id = :customer_id and contact_id = :contact_id`

	insertReservation = `insert into reservations (customer_id, contact_id, budget_id, currency, other_cost, committed, made)
	values ($1, $2, $3, $4, $5, $6, $7)`

	insertBenefit = `insert into benefits (customer_id, contact_id, person_id, benefit, currency, planned, day) values ($1, $2, $3, $4, $5, $6, $7)`
)

type contactArgs struct {
	Customer uuid.UUID      `db:"customer_id"`
	Contact  uuid.UUID      `db:"contact_id"`
	Owner    string         `db:"owner"`
	Kind     int16          `db:"activity"`
	Role     int16          `db:"role"`
	Day      time.Time      `db:"day"`
	Start    *time.Time     `db:"start_time"`
	Minutes  int32          `db:"minutes"`
	People   pq.StringArray `db:"people"`
	Activity uuid.NullUUID  `db:"activity_id"`
	Purpose  string         `db:"purpose"`
	Author   string         `db:"author"`
	Now      time.Time      `db:"now"`
}

// grant reserves what was permitted.
func (s *Store) grant(ctx context.Context, n *Snapshot, l *locks, before *row) (id uuid.UUID, err error) {
	c := n.Candidate
	statement := updateContact
	if before == nil {
		statement = insertContact
		if c.Contact, err = uuid.NewV7(); err != nil {
			return uuid.Nil, err
		}
	}
	args := contactArgs{
		Customer: c.Customer, Contact: c.Contact, Owner: c.Owner, Kind: int16(c.Kind), Role: c.Role, Day: c.Day, Start: c.Start, Minutes: c.Minutes,
		People: pq.StringArray{}, Activity: optional(c.Activity), Purpose: c.Purpose, Author: auth.From(ctx).Subject, Now: s.now(),
	}
	for _, p := range c.People {
		args.People = append(args.People, p.String())
	}
	if _, err := s.db.NamedExec(ctx, statement, args); err != nil {
		return uuid.Nil, err
	}
	if err := s.commit(ctx, n, before == nil); err != nil {
		return uuid.Nil, err
	}
	record, err := n.reserved(ctx, args.Now)
	if err != nil {
		return uuid.Nil, err
	}
	return c.Contact, s.record(ctx, l, record)
}

// commit notes what the contact is to cost and to give.
func (s *Store) commit(ctx context.Context, n *Snapshot, made bool) error {
	c, currency := n.Candidate, ""
	if costs := c.Costs(); len(costs) > 0 {
		currency = costs[0].Currency
	}
	total := c.Total()
	if _, err := s.db.Exec(ctx, insertReservation, c.Customer, c.Contact, optional(c.Budget), currency, c.Other.Amount, total, made); err != nil {
		return err
	}
	for _, g := range c.Gifts {
		if _, err := s.db.Exec(ctx, insertBenefit, c.Customer, c.Contact, g.Person, g.Benefit, g.Currency, g.Amount, c.Day); err != nil {
			return err
		}
	}
	if err := s.compliance.Register(ctx, compliance.Entries(n.entry(compliance.Granted, nil), c.Gifts)); err != nil {
		return err
	}
	if n.Approval != nil && n.approved() {
		if err := s.compliance.Use(ctx, n.Approval, c.Contact); err != nil {
			return err
		}
	}
	if n.Budget == nil {
		return nil
	}
	return s.budgets.Book(ctx, n.Budget, budget.Entry{Kind: budget.Commit, Committed: total, Reference: contactName(c.Contact)})
}

// approved says whether it took the approval to grant this: without it, it would be missing.
func (s *Snapshot) approved() bool {
	bare, without := *s, *s.Candidate
	without.Approval = uuid.Nil
	bare.Candidate, bare.Approval = &without, nil
	d := bare.Decide()
	return d.Missing()
}

// entry is what the entries of the register say of this contact.
func (s *Snapshot) entry(decision compliance.Decision, rules []string) compliance.Entry {
	return compliance.Entry{
		Customer: s.Customer, Decision: decision, Contact: optional(s.Contact), Day: s.Day, Owner: s.Candidate.Owner, Rules: rules, Approval: optional(s.Candidate.Approval),
		Reason: s.Purpose,
	}
}

// reservation is a row of reservations.
type reservation struct {
	Budget    uuid.NullUUID   `db:"budget_id"`
	Currency  string          `db:"currency"`
	Other     decimal.Decimal `db:"other_cost"`
	Committed decimal.Decimal `db:"committed"`
	Made      bool            `db:"made"`
	Settled   bool            `db:"settled"`
}
