package churn

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/purchase"
)

type modelRow struct {
	ID            uuid.UUID `db:"model_id"`
	FitDay        time.Time `db:"fit_day"`
	R             float64   `db:"r"`
	Alpha         float64   `db:"alpha"`
	A             float64   `db:"a"`
	B             float64   `db:"b"`
	LogLikelihood float64   `db:"log_likelihood"`
	Customers     int64     `db:"customer_count"`
	Version       int32     `db:"settings_version"`
	CreateTime    time.Time `db:"create_time"`
}

const modelColumns = `model_id, fit_day, r, alpha, a, b, log_likelihood, customer_count, settings_version, create_time`

const latestModel = `select ` + modelColumns + ` from purchase_models order by fit_day desc, model_id desc limit 1`

// Model is the purchase model in use; nil when none was fitted yet.
func (s *Store) Model(ctx context.Context) (*Model, error) {
	var r modelRow
	err := s.db.Get(ctx, &r, latestModel)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // to have no model is not an error
	}
	if err != nil {
		return nil, err
	}
	return &Model{
		ID: r.ID, FitDay: r.FitDay, Customers: r.Customers, Version: r.Version, CreateTime: r.CreateTime,
		Model: purchase.Model{R: r.R, Alpha: r.Alpha, A: r.A, B: r.B, LogLikelihood: r.LogLikelihood},
	}, nil
}

const insertModel = `insert into purchase_models (` + modelColumns + `)
	values (:model_id, :fit_day, :r, :alpha, :a, :b, :log_likelihood, :customer_count, :settings_version, :create_time)`

func (s *Store) keep(ctx context.Context, m *Model) error {
	_, err := s.db.NamedExec(ctx, insertModel, modelRow{
		ID: m.ID, FitDay: m.FitDay, R: m.R, Alpha: m.Alpha, A: m.A, B: m.B, LogLikelihood: m.LogLikelihood,
		Customers: m.Customers, Version: m.Version, CreateTime: m.CreateTime,
	})
	return err
}

// Customers by their history in whole weeks, so that the rows are bounded by the years and not by the customers. Who bought again within half a week did so
// after one: a repeat purchase at time 0 the model has no place for.
const grouped = `select x, tx, greatest(t, tx) as t, count(*) as customers
	from (
		select x, case when x = 0 then 0 else greatest(round((last_day - first_day) / 7.0), 1) end as tx, round((cast($1 as date) - first_day) / 7.0) as t from seen
	) w
	group by 1, 2, 3`

// By the measures, as they are kept; and by the orders up to a day that is past.
const (
	presentHistories = `with seen as (
		select m.order_days - 1 as x, m.first_day, m.last_day
		from measures m join customers c using (customer_id)
		where c.delete_time is null and m.order_days > 0 and m.first_day <= $1
	) ` + grouped
	pastHistories = `with seen as (
		select count(distinct o.order_day) - 1 as x, min(o.order_day) as first_day, max(o.order_day) as last_day
		from orders o join customers c using (customer_id)
		where c.delete_time is null and o.amount > 0 and o.order_day <= $1
		group by o.customer_id
	) ` + grouped
)

// fit fits a model to the histories that one of the statements above gives, as of a day. It is nil when there are too few customers, or no maximum is found.
func (s *Store) fit(ctx context.Context, histories string, day time.Time, atLeast int32) (*Model, error) {
	var groups []struct {
		X         int     `db:"x"`
		Tx        float64 `db:"tx"`
		T         float64 `db:"t"`
		Customers int64   `db:"customers"`
	}
	if err := s.db.Select(ctx, &groups, histories, day); err != nil {
		return nil, err
	}
	m, population := &Model{FitDay: day}, purchase.Population{}
	for _, g := range groups {
		if err := population.Add(purchase.History{X: g.X, Tx: g.Tx, T: g.T}, g.Customers); err != nil {
			return nil, err
		}
		m.Customers += g.Customers
	}
	if m.Customers < int64(atLeast) {
		return nil, nil //nolint:nilnil // to have no model is not an error
	}
	var err error
	m.Model, err = purchase.Fit(ctx, population)
	if refused := (*fault.Error)(nil); errors.As(err, &refused) && refused.Code() == codes.InvalidArgument {
		return nil, nil //nolint:nilnil // as above: such histories say nothing
	}
	return m, err
}
