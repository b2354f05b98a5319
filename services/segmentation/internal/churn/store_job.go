package churn

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
)

// Jobs are the scheduled work: the purchase model is fitted anew once a month. It is looked after each day, so that a new installation need not wait for the next
// month and a month that could not be fitted is tried again.
func Jobs(db *postgres.DB, now func() time.Time, numbers Settings, log *slog.Logger) []schedule.Job {
	f := Fitter{Store: NewStore(db), Settings: numbers, Now: now, Log: log}
	return []schedule.Job{{Name: "fit-purchase-model", Cron: "30 17 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return f.Fit(ctx) }}}
}

// Fitter fits the company's purchase model.
type Fitter struct {
	*Store
	Settings Settings
	Now      func() time.Time
	Log      *slog.Logger
}

// Reading all histories and fitting take longer than a call may, and while it is fitted the transaction idles.
const fitTime = `set local statement_timeout = '10min'; set local idle_in_transaction_session_timeout = '10min'`

// Fit fits a model to the measures of today and puts it in use, unless this month has one.
func (f Fitter) Fit(ctx context.Context) error {
	return f.db.InTx(ctx, func(ctx context.Context) error {
		numbers, err := f.Settings.Current(ctx)
		if err != nil {
			return err
		}
		today := numbers.Today(f.Now())
		before, err := f.Model(ctx)
		if err != nil || before != nil && !before.FitDay.Before(today.AddDate(0, 0, 1-today.Day())) {
			return err
		}
		if _, err := f.db.Exec(ctx, fitTime); err != nil {
			return err
		}
		m, err := f.fit(ctx, presentHistories, today, numbers.Churn.ModelMinCustomers)
		if err != nil {
			return err
		}
		if m == nil {
			f.Log.InfoContext(ctx, "churn: no purchase model: too few customers, or their orders say nothing of how they leave")
			return nil
		}
		if m.ID, err = uuid.NewV7(); err != nil {
			return err
		}
		m.Version, m.CreateTime = numbers.Version, f.Now()
		return f.keep(ctx, m)
	})
}
