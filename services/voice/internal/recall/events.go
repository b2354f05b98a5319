package recall

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (r *Recall) started(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *r.StartTime, r.ID, &voicev1.RecallStarted{
		Recall: r.Name(), ProductLine: r.Line, ProductCodes: r.Codes, OrderStartTime: timestamp(r.OrderStart), OrderEndTime: timestamp(r.OrderEnd), Territory: r.Territory,
		StartTime: timestamp(r.StartTime),
	})
}

func (r *Recall) completed(ctx context.Context, f *Figures) (events.Event, error) {
	return events.New(ctx, *r.EndTime, r.ID, &voicev1.RecallCompleted{
		Recall: r.Name(), Customers: int32(f.Customers), Items: int32(f.Items), Quantity: f.Quantity.InexactFloat64(), ReturnedQuantity: f.Returned.InexactFloat64(),
	})
}

func (r *Recall) cancelled(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *r.EndTime, r.ID, &voicev1.RecallCancelled{Recall: r.Name()})
}

// mostOrders is how many orders an event names.
const mostOrders = 100

// affected tells of a customer's order lines that were found, the orders each once.
func affected(ctx context.Context, at time.Time, r *Recall, customer uuid.UUID, orders []uuid.UUID, items int) (history.Record, error) {
	m := &voicev1.RecallCustomerAffected{Recall: r.Name(), Customer: aggregate.Name(customer), Items: int32(items)}
	for _, id := range orders[:min(len(orders), mostOrders)] {
		m.Orders = append(m.Orders, resource.Name("customers", customer, "orders", id))
	}
	event, err := events.New(ctx, at, customer, m)
	return history.NewRecord(event, history.Created, typev1.Level_BASIC, nil), err
}

func notified(ctx context.Context, at time.Time, r *Recall, customer uuid.UUID, when time.Time) (history.Record, error) {
	event, err := events.New(ctx, at, customer, &voicev1.RecallCustomerNotified{Recall: r.Name(), Customer: aggregate.Name(customer), NotifyTime: timestamppb.New(when)})
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil), err
}

func allNotified(ctx context.Context, at time.Time, r *Recall, customers []uuid.UUID, when time.Time) ([]history.Record, error) {
	out := make([]history.Record, len(customers))
	for i, customer := range customers {
		var err error
		if out[i], err = notified(ctx, at, r, customer, when); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (i *Item) returned(ctx context.Context, quantity decimal.Decimal) (history.Record, error) {
	event, err := events.New(ctx, i.UpdateTime, i.Customer, &voicev1.RecallItemReturned{
		Item: i.Name(), Customer: aggregate.Name(i.Customer), Order: i.OrderName(), ProductCode: i.Code, Quantity: quantity.InexactFloat64(),
		ReturnedQuantity: i.Returned.InexactFloat64(), AffectedQuantity: i.Quantity.InexactFloat64(),
	})
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil), err
}

func (i *Item) closed(ctx context.Context) (history.Record, error) {
	event, err := events.New(ctx, i.UpdateTime, i.Customer, &voicev1.RecallItemClosed{
		Item: i.Name(), Customer: aggregate.Name(i.Customer), Order: i.OrderName(), ProductCode: i.Code, ReturnedQuantity: i.Returned.InexactFloat64(),
		AffectedQuantity: i.Quantity.InexactFloat64(),
	})
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil), err
}
