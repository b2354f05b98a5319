package churn

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/purchase"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

var cdnow = purchase.Model{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}

// ordered makes a customer that ordered for 100 so many days before today.
func (w *world) ordered(territory string, days ...int) uuid.UUID {
	w.Helper()
	id := newID(w)
	w.run(`insert into customers (customer_id, territory, create_time) values ($1, $2, $3)`, id, territory, w.clock.Now())
	for _, d := range days {
		w.order(id, d, "100")
	}
	return id
}

func (w *world) order(id uuid.UUID, days int, amount string) {
	w.Helper()
	w.run(`insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
		values ($1, $2, $3, cast($3 as timestamptz), 'CNY', 1, $4, '{switch}')`, id, newID(w), ago(days), amount)
}

// hand is a base of which everything can be counted by hand, 200 days ago, with a horizon of 180 days.
func (w *world) hand() {
	w.Helper()
	// Warned of for silence and gone: every 10 days, the last one 16 days before, the first day that is not tolerated.
	w.ordered("cn/south", 246, 236, 226, 216)
	w.ordered("cn/south", 247, 237, 227, 217)
	// Warned of, and came back on the last day of the horizon.
	w.ordered("cn/north", 246, 236, 226, 216, 20)
	// Within their rhythm, one stayed and one left; an order after the horizon, and a return within it, do not help.
	w.ordered("cn/south", 245, 235, 225, 215, 199)
	left := w.ordered("cn/south", 245, 235, 225, 215, 19)
	w.order(left, 100, "-100")
	// Sales of the 12 months up to then 100 after 200: warned of for the drop alone. It stayed.
	w.ordered("cn/south", 720, 700, 210, 150)
	// One order, 400 days before then: longer than the lowest tier is tolerated. It had long gone.
	w.ordered("cn/south", 600)
	// Ordered on the very day and never again.
	w.ordered("cn/south", 200)
	// Not known then, only returns by then, deleted since.
	w.ordered("cn/south", 199, 100)
	w.order(w.ordered("cn/south", 10), 300, "-5")
	w.run(`update customers set delete_time = now() where customer_id = $1`, w.ordered("cn/south", 246, 236, 226, 216))
	w.ordered("cn/south", 0) // what is known reaches until today
}

// backtest does a trial as its operation does, step by step.
func (w *world) backtest(ctx context.Context, trial Trial) (out *Outcome) {
	w.Helper()
	trial.Version = w.numbers.Version
	k := Backtesting(w.DB, fixed{w.numbers})
	var o operation.Operation
	var err error
	o.Request, err = json.Marshal(trial)
	require.NoError(w, err)
	for done := false; !done; {
		require.NoError(w, w.InTx(ctx, func(ctx context.Context) error {
			did, err := k.Step(ctx, o)
			o.Cursor, done = did.Cursor, did.Finished
			return err
		}))
	}
	at, err := standOf(&o)
	require.NoError(w, err)
	at.Outcome.finish()
	return at.Outcome
}

// fixed are settings that a test has changed.
type fixed struct{ *settings.Numbers }

func (f fixed) Current(context.Context) (*settings.Numbers, error) { return f.Numbers, nil }

func TestBacktest(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.hand()
	w.numbers.Churn.AliveBelow = 0
	try := func(ctx context.Context, active int32) *Outcome {
		return w.backtest(ctx, Trial{AsOf: ago(200), Horizon: 180, ActiveDays: active, Rules: w.numbers.Churn, Numbers: w.numbers})
	}
	o := try(everywhere(t.Context()), 0)
	require.Equal(t, int64(8), o.Customers)
	require.Equal(t, int64(5), o.Churned)
	require.InDelta(t, 5.0/8, o.BaseRate(), 1e-12)
	result := func(warned, hits, missed int64, precision, recall, f1 float64) Result {
		return Result{warned, hits, missed, new(precision), new(recall), new(f1)}
	}
	require.Equal(t, result(4, 3, 2, 3.0/4, 3.0/5, 6.0/9), o.Results[Silence])
	require.Equal(t, result(2, 1, 4, 1.0/2, 1.0/5, 2.0/7), o.Results[YearDrop])
	require.Equal(t, result(5, 3, 2, 3.0/5, 3.0/5, 6.0/10), o.Results[0], "any")
	require.Equal(t, Result{0, 0, 5, nil, new(0.0), new(0.0)}, o.Results[ComplaintBurst])
	require.Nil(t, o.Model, "ten customers are too few")

	o = try(everywhere(t.Context()), 390)
	require.Equal(t, int64(7), o.Customers, "who had long gone by then is left out")
	require.Equal(t, result(3, 2, 2, 2.0/3, 2.0/4, 4.0/7), o.Results[Silence])

	o = try(auth.With(t.Context(), auth.Principal{Territories: []string{"cn/north"}}), 0)
	require.Equal(t, int64(1), o.Customers)
	require.Equal(t, int64(0), o.Churned)
	require.Equal(t, Result{1, 0, 0, new(0.0), nil, new(0.0)}, o.Results[Silence])

	o = try(t.Context(), 0)
	require.Zero(t, o.Customers, "nobody sees anything")
	require.Equal(t, Result{}, o.Results[0])
}

// What came after the day has no part in the warnings.
func TestBacktestDoesNotLookAhead(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.hand()
	trial := Trial{AsOf: ago(200), Horizon: 100, Rules: w.numbers.Churn, Numbers: w.numbers}
	before := w.backtest(everywhere(t.Context()), trial)
	w.run(`delete from orders where order_day between $1 and $2`, ago(199), ago(1))
	after := w.backtest(everywhere(t.Context()), trial)
	require.Equal(t, before.Customers, after.Customers)
	require.Equal(t, after.Customers, after.Churned, "nobody came")
	for reason := range before.Results {
		require.Equal(t, before.Results[reason].Warned, after.Results[reason].Warned)
	}
}

// The tier that silence is tolerated of is that of the contribution then.
func TestBacktestBandsByThen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.order(w.ordered("cn"), 300, "12000")   // in March: by July 2,400 a month, which is mid, by September 1,714, which is ordinary
	w.order(w.ordered("cn"), 300, "2100")    // 420 and, just about ordinary, 300
	w.order(w.ordered("cn"), 300, "2099.93") // 419.99 and, which is transient, 299.99
	w.ordered("cn", 0)
	for silence, warned := range map[int]int64{120: 0, 121: 1, 180: 0, 181: 2} {
		trial := Trial{AsOf: ago(300 - silence), Horizon: 1, Rules: w.numbers.Churn, Numbers: w.numbers}
		o := w.backtest(everywhere(t.Context()), trial)
		require.Equal(t, int64(3), o.Customers)
		require.Equal(t, warned, o.Results[Silence].Warned, "%d days of silence", silence)
	}
}
