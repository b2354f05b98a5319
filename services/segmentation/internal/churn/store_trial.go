package churn

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// backtesting is the kind of the operations that are back-tests.
const backtesting = "churn-backtest"

// stand is how far a back-test has come; the cursor of its operation.
type stand struct {
	After   uuid.UUID `json:"after"`
	Outcome *Outcome  `json:"outcome"` // nil before the first step
}

func standOf(o *operation.Operation) (at stand, err error) {
	if o.Cursor == "" {
		return at, nil
	}
	if err := json.Unmarshal([]byte(o.Cursor), &at); err != nil {
		return at, fmt.Errorf("churn: cursor: %w", err)
	}
	return at, nil
}

// Backtesting is the work of back-tests: the purchase model of the day in the first step, then some thousand customers in each.
func Backtesting(db *postgres.DB, numbers Settings) operation.Kind {
	b := backtester{NewStore(db), numbers}
	return operation.Kind{Name: backtesting, Begin: b.begin, Step: b.step}
}

type backtester struct {
	*Store
	settings Settings
}

const countCustomers = `select count(*) from customers where delete_time is null and guanxi_covers(territory, $1)`

func (b backtester) begin(ctx context.Context, _ operation.Operation) (total int64, err error) {
	return total, b.db.Get(ctx, &total, countCustomers, auth.From(ctx).Scope())
}

func (b backtester) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	var t Trial
	if err := o.Decode(&t); err != nil {
		return did, err
	}
	at, err := standOf(&o)
	if err != nil {
		return did, err
	}
	if t.Numbers, err = b.settings.Current(ctx); err != nil {
		return did, err
	}
	if t.Numbers.Version != t.Version {
		return did, fault.New(codes.FailedPrecondition, "SETTINGS_CHANGED", fault.Text{
			En: "the settings have become others meanwhile; start it again", Zh: "设置在此期间已更改，请重新回测",
		})
	}
	var count int
	if at.Outcome == nil {
		at.Outcome, err = b.started(ctx, t)
	} else if at.After, count, err = b.further(ctx, t, at.After, at.Outcome); err == nil && count == 0 {
		return operation.Progress{Cursor: o.Cursor, Finished: true}, nil
	}
	if err != nil {
		return did, err
	}
	cursor, err := json.Marshal(at)
	return operation.Progress{Cursor: string(cursor), Done: int64(count)}, err
}
