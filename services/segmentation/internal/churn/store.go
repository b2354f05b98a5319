package churn

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Store keeps risks and purchase models.
type Store struct {
	db *postgres.DB
}

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

const columns = `r.customer_id, r.risk_id, r.reason, r.raise_day, r.raise_time, r.cause, r.reference, r.settings_version, r.figures,
	r.clear_day, r.clear_time, r.clear_cause, r.clear_reference`

type row struct {
	CustomerID     uuid.UUID               `db:"customer_id"`
	ID             uuid.UUID               `db:"risk_id"`
	Reason         Reason                  `db:"reason"`
	RaiseDay       time.Time               `db:"raise_day"`
	RaiseTime      time.Time               `db:"raise_time"`
	Cause          string                  `db:"cause"`
	Reference      string                  `db:"reference"`
	Version        int32                   `db:"settings_version"`
	Figures        postgres.JSON[*Figures] `db:"figures"`
	ClearDay       *time.Time              `db:"clear_day"`
	ClearTime      *time.Time              `db:"clear_time"`
	ClearCause     string                  `db:"clear_cause"`
	ClearReference string                  `db:"clear_reference"`
}

func (r *row) risk() *Risk {
	out := &Risk{
		CustomerID: r.CustomerID, ID: r.ID, Reason: r.Reason, RaiseDay: r.RaiseDay, RaiseTime: r.RaiseTime, Cause: r.Cause, Reference: r.Reference,
		Version: r.Version, Figures: *r.Figures.V,
	}
	if r.ClearDay != nil && r.ClearTime != nil {
		out.End = &End{Day: *r.ClearDay, Time: *r.ClearTime, Cause: r.ClearCause, Reference: r.ClearReference}
	}
	return out
}

// Those that are open, and the last that were cleared. What is open of a deleted customer waits for its return.
const ofCustomer = `(select ` + columns + ` from churn_risks r join customers c using (customer_id)
		where r.customer_id = $1 and r.clear_time is null and c.delete_time is null order by r.reason)
	union all
	(select ` + columns + ` from churn_risks r where r.customer_id = $1 and r.clear_time is not null order by r.clear_time desc, r.risk_id desc limit $2)`

// Of returns the open risks of a customer and the last ones that were cleared.
func (s *Store) Of(ctx context.Context, customer uuid.UUID) (open, cleared []*Risk, err error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, ofCustomer, customer, clearedShown); err != nil {
		return nil, nil, err
	}
	for i := range rows {
		if risk := rows[i].risk(); risk.End == nil {
			open = append(open, risk)
		} else {
			cleared = append(cleared, risk)
		}
	}
	return open, cleared, nil
}

const rhythmOf = `with ` + given + `, ` + subjects + `, ` + rhythms + `
	select first_day, last_day, order_days, own, interval_median, tolerated from rhythm`

// Rhythm tells how a customer orders; ok is false when it never did.
func (s *Store) Rhythm(ctx context.Context, customer uuid.UUID, day time.Time, n *settings.Numbers) (r Rhythm, ok bool, err error) {
	err = s.db.Get(ctx, &r, rhythmOf, rulesOf(day, n, n.Churn, nil), pq.Array([]uuid.UUID{customer}))
	if errors.Is(err, postgres.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// entry is a risk in a list, beside what is known of its customer.
type entry struct {
	row
	listing.Cursor
	DisplayName string          `db:"display_name"`
	Territory   string          `db:"territory"`
	Owner       string          `db:"owner"`
	Class       int16           `db:"class"`
	Tier        int16           `db:"tier"`
	Value       decimal.Decimal `db:"value"`
}

const (
	listed     = columns + `, c.display_name, c.territory, c.owner, coalesce(s.class, 0) as class, coalesce(s.tier, 0) as tier, coalesce(s.value, 0) as value`
	listedFrom = `churn_risks r join customers c using (customer_id) left join standings s using (customer_id)`
)

// list reads a page of the risks of one customer, or of all living ones.
func (s *Store) list(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]entry, string, error) {
	where, args := "guanxi_covers(c.territory, $1) and c.delete_time is null", []any{auth.From(ctx).Scope()}
	if customer != resource.Any {
		where, args = where+" and r.customer_id = $2", append(args, customer)
	}
	query, args := plan.Query(listed, listedFrom, where, args...)
	var rows []entry
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}
