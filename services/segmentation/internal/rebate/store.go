package rebate

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps agreements and postings.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const agreementColumns = `a.customer_id, a.agreement_id, a.kind, a.fiscal_year, a.currency, a.target, a.prepaid_days, a.tiers, a.author, a.create_time, a.cancel_time,
	a.cancel_reason`

type agreementRow struct {
	Agreement
	Tiers postgres.JSON[[]Tier] `db:"tiers"`
	listing.Cursor
}

func (r *agreementRow) agreement() *Agreement {
	a := r.Agreement
	a.Tiers = r.Tiers.V
	return &a
}

// held lets act work on one living customer, whom nobody else writes meanwhile.
func (s *Store) held(ctx context.Context, customer uuid.UUID, act func(context.Context) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
		if err != nil {
			return err
		}
		if h := held[customer]; h == nil || h.Deleted {
			return aggregate.Explain(ctx, s.db, customer)
		}
		return act(ctx)
	})
}

const insertAgreement = `insert into rebate_agreements (customer_id, agreement_id, kind, fiscal_year, currency, target, prepaid_days, tiers, author, create_time)
	values (:customer_id, :agreement_id, :kind, :fiscal_year, :currency, :target, :prepaid_days, :tiers, :author, :create_time)`

// Create records an agreement.
func (s *Store) Create(ctx context.Context, a *Agreement) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	a.ID, a.Author, a.CreateTime = id, auth.From(ctx).Subject, s.now()
	return s.held(ctx, a.Customer, func(ctx context.Context) error {
		_, err := s.db.NamedExec(ctx, insertAgreement, agreementRow{Agreement: *a, Tiers: postgres.JSON[[]Tier]{V: a.Tiers}})
		if postgres.Violated(err, "rebate_agreements_one") {
			return fault.New(codes.AlreadyExists, "AGREEMENT_EXISTS", fault.Text{
				En: "there is an agreement of this kind for this customer and fiscal year already", Zh: "该客户在该财年已有同类协议",
			})
		}
		return err
	})
}

const selectAgreement = `select ` + agreementColumns + ` from rebate_agreements a where a.customer_id = $1 and a.agreement_id = $2`

const cancelAgreement = `update rebate_agreements set cancel_time = $3, cancel_reason = $4 where customer_id = $1 and agreement_id = $2 and cancel_time is null`

// Cancel ends an agreement; one that is cancelled already stays as it is.
func (s *Store) Cancel(ctx context.Context, customer, id uuid.UUID, reason string) (*Agreement, error) {
	var r agreementRow
	err := s.held(ctx, customer, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, cancelAgreement, customer, id, s.now(), reason); err != nil {
			return err
		}
		return s.db.Get(ctx, &r, selectAgreement, customer, id)
	})
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, agreementName(customer, id), typev1.Level_BASIC)
	}
	return r.agreement(), err
}

// reach is the condition for what a caller may list of a customer, or of all; a table with customer_id is joined to customers c.
func reach(ctx context.Context, table string, customer uuid.UUID) (where string, args []any) {
	where, args = "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customer == resource.Any {
		return where + " and c.delete_time is null", args
	}
	return where + " and " + table + ".customer_id = $2", append(args, customer)
}

// Agreements reads a page of the agreements of one customer, or of all.
func (s *Store) Agreements(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Agreement, string, error) {
	where, args := reach(ctx, "a", customer)
	query, args := plan.Query(agreementColumns, "rebate_agreements a join customers c using (customer_id)", where, args...)
	var rows []agreementRow
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Agreement, len(rows))
	for i := range rows {
		out[i] = rows[i].agreement()
	}
	return out, next, err
}

const postingColumns = `r.customer_id, r.rebate_id, r.agreement_id, r.posting_number, r.kind, r.fiscal_year, r.currency, r.amount, r.total, r.base, r.target,
	r.threshold, r.rate_percent, r.unrated, r.author, r.post_time`

// Postings reads a page of what was posted for one customer, or for all.
func (s *Store) Postings(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Posting, string, error) {
	where, args := reach(ctx, "r", customer)
	query, args := plan.Query(postingColumns, "rebates r join customers c using (customer_id)", where, args...)
	var rows []struct {
		Posting
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Posting, len(rows))
	for i := range rows {
		out[i] = &rows[i].Posting
	}
	return out, next, err
}
