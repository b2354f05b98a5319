package forecast

import (
	"context"
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
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps forecasts.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `s.customer_id, s.sales_id, s.revision, s.fiscal_year, s.product_line, s.currency, s.amount, s.note, s.author, s.create_time, s.update_time`

type row struct {
	Forecast
	listing.Cursor
	Sum      decimal.Decimal `db:"amount"`
	Currency string          `db:"currency"`
}

func (r *row) forecast() *Forecast {
	f := r.Forecast
	f.Amount = money.Money{Amount: r.Sum, Currency: r.Currency}
	return &f
}

const (
	selectKnown = `select ` + columns + ` from expected_sales s where s.customer_id = $1 and s.fiscal_year = $2 and s.product_line = $3`

	putForecast = `insert into expected_sales (customer_id, sales_id, revision, fiscal_year, product_line, currency, amount, note, author, create_time, update_time)
	values (:customer_id, :sales_id, :revision, :fiscal_year, :product_line, :currency, :amount, :note, :author, :create_time, :update_time)
	on conflict (customer_id, fiscal_year, product_line) do update set revision = excluded.revision, currency = excluded.currency, amount = excluded.amount,
		note = excluded.note, author = excluded.author, update_time = excluded.update_time`
)

// Put records a forecast or replaces the one of the same year and product line, and answers with what is stored then. What says nothing new changes nothing: it stays
// what its author expects.
func (s *Store) Put(ctx context.Context, f *Forecast, tag string) (stored *Forecast, err error) {
	if wrong := f.Check(); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "expected_sales")
	}
	err = aggregate.Change(ctx, s.db, f.CustomerID, func(ctx context.Context) ([]history.Record, error) {
		var known row
		err := s.db.Get(ctx, &known, selectKnown, f.CustomerID, f.FiscalYear, f.ProductLine)
		if err != nil && !errors.Is(err, postgres.ErrNoRows) {
			return nil, err
		}
		record, differs, err := s.next(ctx, f, known.forecast(), err == nil, tag)
		if err != nil {
			return nil, err
		}
		if !differs {
			stored = known.forecast()
			return nil, nil
		}
		stored = f
		_, err = s.db.NamedExec(ctx, putForecast, row{Forecast: *f, Sum: f.Amount.Amount, Currency: f.Amount.Currency})
		return []history.Record{record}, err
	})
	return stored, err
}

// next fills in the record-keeping of a forecast after the one that is known, if there is one, and tells what is to be announced.
func (s *Store) next(ctx context.Context, f, known *Forecast, there bool, tag string) (r history.Record, differs bool, err error) {
	now := s.now()
	f.Author, f.CreateTime, f.UpdateTime = auth.From(ctx).Subject, now, now
	if there {
		f.ID, f.Revision, f.CreateTime = known.ID, known.Revision+1, known.CreateTime
		if err := etag.Check(tag, known.Revision, Name(f.CustomerID, f.ID)); err != nil {
			return r, false, err
		}
		return corrected(ctx, now, known, f)
	}
	if tag != "" { // what it was read from is gone
		return r, false, fault.Aborted(aggregate.Name(f.CustomerID) + "/expectedSales")
	}
	if f.ID, err = uuid.NewV7(); err != nil {
		return r, false, fmt.Errorf("expected sales: new id: %w", err)
	}
	f.Revision = 1
	r, err = recorded(ctx, now, f)
	return r, true, err
}

const selectForecast = `select ` + columns + ` from expected_sales s join customers c using (customer_id)
	where guanxi_covers(c.territory, $1) and s.customer_id = $2 and s.sales_id = $3`

// Get reads one forecast.
func (s *Store) Get(ctx context.Context, customerID, id uuid.UUID) (*Forecast, error) {
	var r row
	err := s.db.Get(ctx, &r, selectForecast, auth.From(ctx).Scope(), customerID, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(customerID, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return r.forecast(), nil
}

const deleteForecast = `delete from expected_sales where customer_id = $1 and sales_id = $2`

// Delete takes a forecast back.
func (s *Store) Delete(ctx context.Context, customerID, id uuid.UUID, tag string) error {
	return aggregate.Change(ctx, s.db, customerID, func(ctx context.Context) ([]history.Record, error) {
		f, err := s.Get(ctx, customerID, id)
		if err != nil {
			return nil, err
		}
		if err := etag.Check(tag, f.Revision, Name(customerID, id)); err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, deleteForecast, customerID, id); err != nil {
			return nil, err
		}
		record, err := deleted(ctx, s.now(), f)
		return []history.Record{record}, err
	})
}

// List reads a page of the forecasts of one customer, or of all.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customerID uuid.UUID) ([]*Forecast, string, error) {
	where, args := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customerID == resource.Any {
		where += " and c.delete_time is null"
	} else {
		where, args = where+" and s.customer_id = $2", append(args, customerID)
	}
	query, args := plan.Query(columns, "expected_sales s join customers c using (customer_id)", where, args...)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Forecast, len(rows))
	for i := range rows {
		out[i] = rows[i].forecast()
	}
	return out, next, err
}
