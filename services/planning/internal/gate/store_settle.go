package gate

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

const (
	selectReservation = `select budget_id, currency, other_cost, committed, made, settled from reservations where customer_id = $1 and contact_id = $2`
	deleteReservation = `delete from reservations where customer_id = $1 and contact_id = $2`
	deleteBenefits    = `delete from benefits where customer_id = $1 and contact_id = $2`
	selectBenefits    = `select person_id, benefit, currency, planned from benefits where customer_id = $1 and contact_id = $2 order by person_id, benefit`
	settleBenefit     = `update benefits set actual = $5 where customer_id = $1 and contact_id = $2 and person_id = $3 and benefit = $4`
	settleReservation = `update reservations set settled = true, committed = 0 where customer_id = $1 and contact_id = $2`
	moveBenefits      = `update benefits set day = $3 where customer_id = $1 and contact_id = $2`
	unreserve         = `update contacts set state = $3, revision = revision + 1, author = $4, update_time = $5 where customer_id = $1 and contact_id = $2`
)

// opened is a contact that has been reserved, under all its locks.
type opened struct {
	*row
	*locks
	numbers     *settings.Numbers
	reservation *reservation // nil: nothing was reserved
	gifts       []compliance.Gift
}

// open locks a contact with what was reserved for it. It is called before the caller locks anything of it.
func (s *Store) open(ctx context.Context, id uuid.UUID) (*opened, error) {
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.contact(ctx, id)
	if err != nil {
		return nil, err
	}
	first, err := s.reservation(ctx, before)
	if err != nil {
		return nil, err
	}
	c := &Candidate{Customer: before.Customer, Owner: before.Owner}
	if first != nil {
		c.Budget = first.Budget.UUID
	}
	if err := s.ensureOwner(ctx, c.Owner); err != nil {
		return nil, err
	}
	l, err := s.lock(ctx, c)
	if err != nil {
		return nil, err
	}
	o := &opened{locks: l, numbers: n}
	if o.row, err = s.contact(ctx, id); err != nil {
		return nil, err
	}
	if o.reservation, err = s.reservation(ctx, o.row); err != nil {
		return nil, err
	}
	if o.Revision != before.Revision || (first == nil) != (o.reservation == nil) || first != nil && first.Budget != o.reservation.Budget {
		return nil, fault.Aborted(contactName(id)) // it changed while we waited
	}
	o.gifts, err = s.gifts(ctx, o.row)
	return o, err
}

func (s *Store) reservation(ctx context.Context, r *row) (*reservation, error) {
	var found reservation
	err := s.db.Get(ctx, &found, selectReservation, r.Customer, r.ID)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // nothing was reserved
	}
	return &found, err
}

func (s *Store) gifts(ctx context.Context, r *row) ([]compliance.Gift, error) {
	var rows []struct {
		Person   uuid.UUID          `db:"person_id"`
		Benefit  compliance.Benefit `db:"benefit"`
		Currency string             `db:"currency"`
		Planned  decimal.Decimal    `db:"planned"`
	}
	if err := s.db.Select(ctx, &rows, selectBenefits, r.Customer, r.ID); err != nil {
		return nil, err
	}
	out := make([]compliance.Gift, len(rows))
	for i, g := range rows {
		out[i] = compliance.Gift{Person: g.Person, Benefit: g.Benefit, Amount: g.Planned, Currency: g.Currency}
	}
	return out, nil
}

// entry is what the register says of the contact.
func (o *opened) entry(decision compliance.Decision, reason string) compliance.Entry {
	e := compliance.Entry{Customer: o.Customer, Decision: decision, Contact: optional(o.ID), Owner: o.Owner, Reason: reason}
	if o.Day != nil {
		e.Day = *o.Day
	}
	return e
}

// Actual is what a contact has cost and given. What is not named of the gifts that were reserved was not given.
type Actual struct {
	Other decimal.Decimal
	Gifts []compliance.Gift
	// Currency is that of Other; empty when that is nothing.
	Currency string
}

// Settle says what a contact has cost: what was committed becomes actual. It can be called in the transaction of ctx, before that locks anything of the contact. actual nil: as it
// was reserved. No person is given more than was reserved for him; other cost may be more if the budget has it left. What is refused is answered with what it breaks, and of
// benefits it is in the register.
func (s *Store) Settle(ctx context.Context, contact uuid.UUID, actual *Actual) (failures []Failure, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		o, err := s.open(ctx, contact)
		if err != nil {
			return err
		}
		if o.reservation == nil || o.reservation.Settled || o.State != stateReserved && o.State != stateDone {
			return stateError(contact, "has no reservation to be settled", "没有待结算的预约")
		}
		if actual == nil {
			actual = &Actual{Other: o.reservation.Other, Gifts: o.gifts, Currency: o.reservation.Currency}
		}
		if failures = o.check(actual); len(failures) > 0 {
			entry := o.entry(compliance.Refused, "")
			entry.Rules = ruleIDs(failures)
			return s.compliance.Register(ctx, compliance.Entries(entry, actual.Gifts))
		}
		return s.settle(ctx, o, actual)
	})
	return failures, err
}

// check holds what was given to what was reserved, and what it has cost to the budget.
func (o *opened) check(a *Actual) []Failure {
	var out []Failure
	refuse := func(broken bool, rule, subject, en, zh string) {
		if broken {
			out = append(out, Failure{Rule: rule, Subject: subject, Text: text(en, zh)})
		}
	}
	total, mixed := a.Other, !a.Other.IsZero() && a.Currency != o.currency()
	for _, g := range a.Gifts {
		total, mixed = total.Add(g.Amount), mixed || g.Currency != o.currency()
		refuse(!o.covers(g), "BENEFIT_NOT_RESERVED", resource.Name("customers", o.Customer, "people", g.Person),
			"more was given than was reserved; release the contact and reserve it anew", "给予个人的利益超出预约；请释放后重新预约")
	}
	kind := o.numbers.Kinds[o.Kind]
	refuse(kind.Hospitality && !a.Other.IsZero(), "COST_PER_PERSON", "", "the contact entertains: its cost is named person by person", "该接触属于招待：费用须按人列明")
	if o.budget == nil {
		refuse(!total.IsZero(), "BUDGET_MISSING", "", "no cost was reserved", "未预留任何费用")
		return out
	}
	refuse(mixed, "BUDGET_CURRENCY", o.budget.Name(), "the budget is in "+o.budget.Currency, "预算的货币是 "+o.budget.Currency)
	missing := total.Sub(o.reservation.Committed).Sub(o.budget.Available())
	refuse(!mixed && missing.IsPositive(), "BUDGET_SHORT", o.budget.Name(), "the budget is short of "+missing.String()+" "+o.budget.Currency+"; an overrun has to be approved first",
		"预算尚缺 "+missing.String()+" "+o.budget.Currency+"；须先批准超支")
	return out
}

// currency is what the contact can cost something in.
func (o *opened) currency() string {
	if o.budget == nil {
		return ""
	}
	return o.budget.Currency
}

func (o *opened) covers(g compliance.Gift) bool {
	for _, own := range o.gifts {
		if own.Person == g.Person && own.Benefit == g.Benefit {
			return own.Currency == g.Currency && !g.Amount.GreaterThan(own.Amount)
		}
	}
	return false
}

func (s *Store) settle(ctx context.Context, o *opened, a *Actual) error {
	total := a.Other
	given := map[[2]any]decimal.Decimal{}
	for _, g := range a.Gifts {
		total = total.Add(g.Amount)
		given[[2]any{g.Person, g.Benefit}] = g.Amount
	}
	if o.budget != nil {
		entry := budget.Entry{Kind: budget.Actual, Committed: o.reservation.Committed.Neg(), Actual: total, Reference: contactName(o.ID)}
		if err := s.budgets.Book(ctx, o.budget, entry); err != nil {
			return err
		}
	}
	for _, g := range o.gifts {
		if _, err := s.db.Exec(ctx, settleBenefit, o.Customer, o.ID, g.Person, g.Benefit, given[[2]any{g.Person, g.Benefit}]); err != nil {
			return err
		}
	}
	if _, err := s.db.Exec(ctx, settleReservation, o.Customer, o.ID); err != nil {
		return err
	}
	if err := s.compliance.Register(ctx, compliance.Entries(o.entry(compliance.Given, ""), a.Gifts)); err != nil {
		return err
	}
	record, err := o.settled(ctx, s.now())
	if err != nil {
		return err
	}
	return s.record(ctx, o.locks, []history.Record{record}...)
}
