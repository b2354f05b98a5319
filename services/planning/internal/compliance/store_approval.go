package compliance

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	approvalColumns = `a.customer_id, a.approval_id, a.state, a.activity, a.day, a.benefits, a.purpose, a.owner, a.rules, a.requester, a.create_time, a.decider, a.decide_time,
	a.reason, a.contact_id`

	insertApproval = `insert into compliance_approvals (customer_id, approval_id, state, activity, day, benefits, purpose, owner, rules, requester, create_time)
	values (:customer_id, :approval_id, :state, :activity, :day, :benefits, :purpose, :owner, :rules, :requester, :create_time)`

	selectApproval = `select ` + approvalColumns + ` from compliance_approvals a left join customers c on c.customer_id = a.customer_id
	where a.approval_id = $2 and ` + inReach

	updateApproval = `update compliance_approvals set state = :state, decider = :decider, decide_time = :decide_time, reason = :reason, contact_id = :contact_id
	where customer_id = :customer_id and approval_id = :approval_id`
)

type approvalRow struct {
	Customer   uuid.UUID             `db:"customer_id"`
	ID         uuid.UUID             `db:"approval_id"`
	State      State                 `db:"state"`
	Activity   int16                 `db:"activity"`
	Day        time.Time             `db:"day"`
	Gifts      postgres.JSON[[]Gift] `db:"benefits"`
	Purpose    string                `db:"purpose"`
	Owner      string                `db:"owner"`
	Rules      pq.StringArray        `db:"rules"`
	Requester  string                `db:"requester"`
	CreateTime time.Time             `db:"create_time"`
	Decider    string                `db:"decider"`
	DecideTime *time.Time            `db:"decide_time"`
	Reason     string                `db:"reason"`
	Contact    uuid.NullUUID         `db:"contact_id"`
}

func (r *approvalRow) approval() (*Approval, error) {
	a := &Approval{
		Customer: r.Customer, ID: r.ID, State: r.State, Activity: r.Activity, Day: midnight(r.Day), Gifts: r.Gifts.V, Purpose: r.Purpose, Owner: r.Owner,
		Requester: r.Requester, CreateTime: r.CreateTime, Decider: r.Decider, DecideTime: r.DecideTime, Reason: r.Reason, Contact: r.Contact,
	}
	for _, text := range r.Rules {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, err
		}
		a.Rules = append(a.Rules, id)
	}
	return a, nil
}

func rowOf(a *Approval) *approvalRow {
	row := &approvalRow{
		Customer: a.Customer, ID: a.ID, State: a.State, Activity: a.Activity, Day: a.Day, Gifts: postgres.JSON[[]Gift]{V: a.Gifts}, Purpose: a.Purpose, Owner: a.Owner,
		Rules: pq.StringArray{}, Requester: a.Requester, CreateTime: a.CreateTime, Decider: a.Decider, DecideTime: a.DecideTime, Reason: a.Reason, Contact: a.Contact,
	}
	for _, id := range a.Rules {
		row.Rules = append(row.Rules, id.String())
	}
	return row
}

// Approval reads an approval that the caller may see. It changes only while its customer is held.
func (s *Store) Approval(ctx context.Context, id uuid.UUID) (*Approval, error) {
	var row approvalRow
	err := s.db.Get(ctx, &row, selectApproval, auth.From(ctx).Scope(), id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("complianceApprovals", id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return row.approval()
}

// ListApprovals reads a page of the approvals.
func (s *Store) ListApprovals(ctx context.Context, plan *listing.Plan) ([]*Approval, string, error) {
	query, args := plan.Query(approvalColumns, `compliance_approvals a left join customers c on c.customer_id = a.customer_id`, inReach, auth.From(ctx).Scope())
	var rows []struct {
		approvalRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Approval, len(rows))
	for i := range rows {
		if out[i], err = rows[i].approval(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}

// Request asks for an approval, in a transaction that holds the customer, and says what there is to announce.
func (s *Store) Request(ctx context.Context, a *Approval) (record history.Record, err error) {
	if a.ID, err = uuid.NewV7(); err != nil {
		return record, err
	}
	a.State, a.Requester, a.CreateTime = StateRequested, auth.From(ctx).Subject, s.now()
	if _, err := s.db.NamedExec(ctx, insertApproval, rowOf(a)); err != nil {
		return record, err
	}
	if err := s.Register(ctx, a.entries(Requested)); err != nil {
		return record, err
	}
	return a.requested(ctx)
}

func (a *Approval) entries(decision Decision) []Entry {
	return Entries(Entry{
		Customer: a.Customer, Decision: decision, Contact: a.Contact, Day: a.Day, Owner: a.Owner, Approval: uuid.NullUUID{UUID: a.ID, Valid: true}, Reason: a.Reason,
	}, a.Gifts)
}

// Use marks an approval as used for a contact, in a transaction that holds the customer.
func (s *Store) Use(ctx context.Context, a *Approval, contact uuid.UUID) error {
	a.State, a.Contact = StateUsed, uuid.NullUUID{UUID: contact, Valid: true}
	_, err := s.db.NamedExec(ctx, updateApproval, rowOf(a))
	return err
}

// Decide approves or rejects.
func (s *Store) Decide(ctx context.Context, id uuid.UUID, approve bool, reason string) (a *Approval, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if a, err = s.Approval(ctx, id); err != nil {
			return err
		}
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{a.Customer})
		if err != nil {
			return err
		}
		if h := held[a.Customer]; h == nil || h.Deleted {
			return aggregate.Explain(ctx, s.db, a.Customer)
		}
		if a, err = s.Approval(ctx, id); err != nil { // as it is now that nobody else decides
			return err
		}
		caller, now := auth.From(ctx).Subject, s.now()
		if err := a.Decidable(caller); err != nil {
			return err
		}
		decision := Rejected
		a.State, a.Decider, a.DecideTime, a.Reason = StateRejected, caller, &now, reason
		if approve {
			a.State, decision = StateApproved, Approved
		}
		if _, err := s.db.NamedExec(ctx, updateApproval, rowOf(a)); err != nil {
			return err
		}
		if err := s.Register(ctx, a.entries(decision)); err != nil {
			return err
		}
		record, err := a.decided(ctx, now)
		if err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{record})
	})
	return a, err
}
