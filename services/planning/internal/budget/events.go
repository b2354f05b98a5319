package budget

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/events"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

func (b *Budget) created(ctx context.Context, at time.Time) (events.Event, error) {
	return events.New(ctx, at, b.ID, &planningv1.BudgetCreated{
		Budget: b.Name(), FiscalYear: b.FiscalYear, Owner: b.Owner, Territory: b.Territory, Amount: Money(b.Amount, b.Currency),
	})
}

func (b *Budget) changed(ctx context.Context, at time.Time, fields []string) (events.Event, error) {
	return events.New(ctx, at, b.ID, &planningv1.BudgetChanged{Budget: b.Name(), Fields: fields, Amount: Money(b.Amount, b.Currency), Owner: b.Owner})
}

func (b *Budget) overrunApproved(ctx context.Context, e *Entry) (events.Event, error) {
	return events.New(ctx, e.CreateTime, b.ID, &planningv1.BudgetOverrunApproved{
		Budget: b.Name(), Approved: Money(e.Overrun, b.Currency), Overrun: Money(b.Overrun, b.Currency), Approver: e.Author,
	})
}

func (b *Budget) exceeded(ctx context.Context, e *Entry) (events.Event, error) {
	return events.New(ctx, e.CreateTime, b.ID, &planningv1.BudgetExceeded{
		Budget: b.Name(), Amount: Money(b.Amount, b.Currency), Actual: Money(b.Actual, b.Currency), Reference: e.Reference,
	})
}
