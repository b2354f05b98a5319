package rebate

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
)

const (
	// chunk is how many agreements are settled in one transaction: it bounds memory, and how long their customers are locked.
	chunk = 500
	// shown is how many results are kept with a settlement.
	shown = 1000
)

// largest is the most that google.type.Money carries in whole units; no base may be above it.
var largest = decimal.NewFromInt(1<<63 - 1)

// Settlement is what is to be settled.
type Settlement struct {
	FiscalYear int32       `json:"fiscal_year"`
	From       time.Time   `json:"from"`               // first day of the year
	To         time.Time   `json:"to"`                 // and of the next
	Customers  []uuid.UUID `json:"customers,omitzero"` // nil: all in the caller's territories
	Currency   string      `json:"currency"`           // of Settings
	DryRun     bool        `json:"dry_run"`
}

// Outcome is what has come of it so far. It is kept with the settlement, as JSON under these names.
type Outcome struct {
	Agreements int32           `json:"agreements"`
	Postings   int32           `json:"postings"`
	Skipped    int32           `json:"skipped"`
	Shown      int             `json:"shown"` // how many results are kept
	Amount     decimal.Decimal `json:"amount"`

	results []*Posting // of this part, as far as they are to be kept
}

// place is where a walk over the agreements stands.
type place struct {
	Customer uuid.UUID `db:"customer_id" json:"customer"`
	ID       uuid.UUID `db:"agreement_id" json:"agreement"`
}

const unreachable = `select k.id from unnest(cast($1 as uuid[])) as k (id)
	where not exists (select from customers c where c.customer_id = k.id and guanxi_covers(c.territory, $2)) limit 1`

// reachable answers nil when all of the customers are there for the caller.
func (s *Store) reachable(ctx context.Context, customers []uuid.UUID) error {
	if len(customers) == 0 {
		return nil
	}
	var missing uuid.UUID
	err := s.db.Get(ctx, &missing, unreachable, pq.Array(customers), auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return resource.Missing(ctx, aggregate.Name(missing), typev1.Level_BASIC)
}

const inReach = `from rebate_agreements a join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and c.delete_time is null and a.cancel_time is null and a.fiscal_year = $2
	and (cast($3 as uuid[]) is null or a.customer_id = any($3))`

const countInReach = `select count(*) ` + inReach

const selectPlaces = `select a.customer_id, a.agreement_id ` + inReach + ` and (a.customer_id, a.agreement_id) > ($4, $5)
	order by a.customer_id, a.agreement_id limit $6`

// next settles the next agreements behind a place and says where to go on, nil at the end.
func (s *Store) next(ctx context.Context, what Settlement, after place, out *Outcome) (*place, error) {
	if err := s.complete(ctx); err != nil {
		return nil, err
	}
	var found []place
	scope, asked := auth.From(ctx).Scope(), pq.Array(what.Customers)
	if err := s.db.Select(ctx, &found, selectPlaces, scope, what.FiscalYear, asked, after.Customer, after.ID, chunk); err != nil || len(found) == 0 {
		return nil, err
	}
	customers := make([]uuid.UUID, len(found))
	for i, f := range found {
		customers[i] = f.Customer
	}
	var held map[uuid.UUID]*aggregate.Held
	if !what.DryRun {
		var err error
		if held, err = aggregate.Hold(ctx, s.db, customers); err != nil {
			return nil, err
		}
	}
	last := found[len(found)-1]
	rows, err := s.measure(ctx, what, customers, after, last)
	if err != nil {
		return nil, err
	}
	return &last, s.post(ctx, what, held, rows, out)
}

const incomplete = `select exists (select from rebuilds) or exists (select from operations where kind = $1 and state in (1, 2))`

// complete waits with settling while orders and payments are being gathered or valued anew: what is missing would be taken back.
func (s *Store) complete(ctx context.Context) error {
	var unready bool
	if err := s.db.Get(ctx, &unready, incomplete, fact.Revaluation); err != nil || !unready {
		return err
	}
	return fault.New(codes.Unavailable, "REBUILDING", fault.Text{
		En: "orders and payments are being gathered or valued anew, what is settled waits for that", Zh: "正在重新汇集或折算订单与付款数据，完成后再结算",
	})
}

// What each agreement is measured by, and what was posted before. Sales go by the day of the order, prepayments by the day of the payment.
const selectMeasured = `select ` + agreementColumns + `, round(coalesce(m.base, 0), 9) as base, m.unrated, coalesce(p.total, 0) as posted,
		coalesce(p.posting_number, 0) as posting_number
	from rebate_agreements a join customers c using (customer_id)
	cross join lateral (
		select sum(x.value) as base, count(*) filter (where x.value is null) as unrated from (
			select o.amount * o.rate as value from orders o
			where a.kind = 1 and o.customer_id = a.customer_id and o.order_day >= cast($6 as date) and o.order_day < cast($7 as date)
			union all
			select y.amount * y.rate from payments y
			where a.kind = 2 and y.customer_id = a.customer_id and y.paid_date >= cast($6 as date) and y.paid_date < cast($7 as date)
				and y.paid_date <= y.due_date - greatest(a.prepaid_days, 1)
		) x
	) m
	left join lateral (
		select r.total, r.posting_number from rebates r where r.customer_id = a.customer_id and r.agreement_id = a.agreement_id
		order by r.posting_number desc limit 1
	) p on true
	where c.delete_time is null and a.cancel_time is null and a.fiscal_year = $1 and a.customer_id = any($2)
		and (a.customer_id, a.agreement_id) > ($3, $4) and (a.customer_id, a.agreement_id) <= ($5, $8)
	order by a.customer_id, a.agreement_id`

type measured struct {
	agreementRow
	Base    decimal.Decimal `db:"base"`
	Unrated int32           `db:"unrated"`
	Posted  decimal.Decimal `db:"posted"`
	Number  int32           `db:"posting_number"`
}

func (s *Store) measure(ctx context.Context, what Settlement, customers []uuid.UUID, after, last place) ([]measured, error) {
	var rows []measured
	err := s.db.Select(ctx, &rows, selectMeasured, what.FiscalYear, pq.Array(customers), after.Customer, after.ID, last.Customer,
		what.From.Format(time.DateOnly), what.To.Format(time.DateOnly), last.ID)
	return rows, err
}

// post posts what differs, and counts.
func (s *Store) post(ctx context.Context, what Settlement, held map[uuid.UUID]*aggregate.Held, rows []measured, out *Outcome) error {
	var postings []*Posting
	for i := range rows {
		r := &rows[i]
		if r.Currency != what.Currency || r.Base.Abs().GreaterThan(largest) {
			out.Skipped++
			continue
		}
		out.Agreements++
		p := r.agreement().settle(r.Base, r.Posted, r.Unrated)
		if !p.Amount.IsZero() {
			p.Number, p.Author, p.Time = r.Number+1, auth.From(ctx).Subject, s.now()
			postings = append(postings, p)
			out.Postings, out.Amount = out.Postings+1, out.Amount.Add(p.Amount)
		}
		if (what.DryRun || !p.Amount.IsZero()) && out.Shown < shown {
			out.Shown, out.results = out.Shown+1, append(out.results, p)
		}
	}
	if what.DryRun || len(postings) == 0 {
		return nil
	}
	return s.write(ctx, held, postings)
}

var postingNames = []string{
	"customer_id", "rebate_id", "agreement_id", "posting_number", "kind", "fiscal_year", "currency", "amount", "total", "base", "target", "threshold",
	"rate_percent", "unrated", "author", "post_time",
}

func (s *Store) write(ctx context.Context, held map[uuid.UUID]*aggregate.Held, postings []*Posting) error {
	records := make([]history.Record, len(postings))
	for i, p := range postings {
		var err error
		if p.ID, err = uuid.NewV7(); err != nil {
			return err
		}
		data, err := p.event()
		if err != nil {
			return err
		}
		event, err := events.New(ctx, p.Time, p.Customer, data)
		if err != nil {
			return err
		}
		records[i] = history.Record{Event: event}
	}
	err := s.db.CopyIn(ctx, "rebates", postingNames, func(yield func([]any) bool) {
		for _, p := range postings {
			row := []any{
				p.Customer, p.ID, p.Agreement, p.Number, int16(p.Kind), p.FiscalYear, p.Currency, p.Amount, p.Total, p.Base, p.Target, p.Threshold, p.Rate,
				p.Unrated, p.Author, p.Time,
			}
			if !yield(row) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return aggregate.Record(ctx, s.db, held, records)
}
