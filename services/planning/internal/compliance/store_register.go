package compliance

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	entryColumns = `r.entry_id, r.customer_id, r.person_id, r.decision, r.benefit, r.currency, r.amount, r.contact_id, r.day, r.owner, r.rules, r.approval_id, r.reason, r.author,
	r.create_time`

	insertEntry = `insert into compliance_register (entry_id, customer_id, person_id, decision, benefit, currency, amount, contact_id, day, owner, rules, approval_id, reason,
		author, create_time)
	values (:entry_id, :customer_id, :person_id, :decision, :benefit, :currency, :amount, :contact_id, :day, :owner, :rules, :approval_id, :reason, :author, :create_time)`
)

type entryRow struct {
	ID         uuid.UUID       `db:"entry_id"`
	Customer   uuid.UUID       `db:"customer_id"`
	Person     uuid.NullUUID   `db:"person_id"`
	Decision   Decision        `db:"decision"`
	Benefit    Benefit         `db:"benefit"`
	Currency   string          `db:"currency"`
	Amount     decimal.Decimal `db:"amount"`
	Contact    uuid.NullUUID   `db:"contact_id"`
	Day        time.Time       `db:"day"`
	Owner      string          `db:"owner"`
	Rules      pq.StringArray  `db:"rules"`
	Approval   uuid.NullUUID   `db:"approval_id"`
	Reason     string          `db:"reason"`
	Author     string          `db:"author"`
	CreateTime time.Time       `db:"create_time"`
}

func (r *entryRow) entry() *Entry {
	return &Entry{
		ID: r.ID, Customer: r.Customer, Person: r.Person, Decision: r.Decision, Benefit: r.Benefit, Currency: r.Currency, Amount: r.Amount, Contact: r.Contact,
		Day: midnight(r.Day), Owner: r.Owner, Rules: r.Rules, Approval: r.Approval, Reason: r.Reason, Author: r.Author, CreateTime: r.CreateTime,
	}
}

// Register adds to the register, in the caller's transaction.
func (s *Store) Register(ctx context.Context, entries []Entry) error {
	for _, e := range entries {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		row := entryRow{
			ID: id, Customer: e.Customer, Person: e.Person, Decision: e.Decision, Benefit: e.Benefit, Currency: e.Currency, Amount: e.Amount, Contact: e.Contact,
			Day: e.Day, Owner: e.Owner, Rules: postgres.OrEmpty(e.Rules), Approval: e.Approval, Reason: e.Reason, Author: auth.From(ctx).Subject, CreateTime: s.now(),
		}
		if _, err := s.db.NamedExec(ctx, insertEntry, row); err != nil {
			return err
		}
	}
	return nil
}

// registered joins customers for their territory; entries of customers that are gone are in reach of who sees everything.
const (
	registered = `compliance_register r left join customers c on c.customer_id = r.customer_id`
	inReach    = `guanxi_covers(coalesce(c.territory, ''), $1)`
)

// ListRegister reads a page of the register.
func (s *Store) ListRegister(ctx context.Context, plan *listing.Plan) ([]*Entry, string, error) {
	query, args := plan.Query(entryColumns, registered, inReach, auth.From(ctx).Scope())
	var rows []struct {
		entryRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Entry, len(rows))
	for i := range rows {
		out[i] = rows[i].entry()
	}
	return out, next, err
}

const (
	forgetEntries  = `update compliance_register set person_id = null, reason = '' where customer_id = $1 and person_id = $2`
	forgetBenefits = `delete from benefits where customer_id = $1 and person_id = $2`
	// What it was for and why it was decided so goes, too, if nobody else was to be given anything.
	forgetApprovals = `update compliance_approvals a set benefits = n.others, purpose = case n.others when '[]' then '' else purpose end,
		reason = case n.others when '[]' then '' else reason end
	from (select approval_id, coalesce((select jsonb_agg(b) from jsonb_array_elements(benefits) as b where b ->> 'person' <> cast($2 as text)), '[]') as others
		from compliance_approvals where customer_id = $1 and exists (select from jsonb_array_elements(benefits) as b where b ->> 'person' = cast($2 as text))) n
	where a.customer_id = $1 and a.approval_id = n.approval_id`
)

// Forget removes what is kept of a person; see fact.Forget. The register keeps that something was decided, and no longer for whom and why.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	for _, statement := range []string{forgetEntries, forgetBenefits, forgetApprovals} {
		if _, err := s.db.Exec(ctx, statement, customer, person); err != nil {
			return err
		}
	}
	return nil
}
