package fact

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/money"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// decimals is how many places quantities have, as profile keeps them.
const decimals = 6

// orderOf reads an order that profile tells of. One without an amount has no lines; one with an amount and no lines has more of them than its event could carry.
func orderOf(customer, id uuid.UUID, p *profilev1.Order) (*order, error) {
	o := &order{
		Customer: customer, ID: id, SourceSystem: p.GetSourceSystem(), Time: p.GetOrderTime().AsTime(), Requested: instant(p.GetRequestedTime()),
		Promised: instant(p.GetPromisedTime()), Transmitted: instant(p.GetTransmittedTime()), Processed: instant(p.GetProcessedTime()),
		Assembled: instant(p.GetAssembledTime()), Shipped: instant(p.GetShippedTime()), Delivered: instant(p.GetDeliveredTime()), Documents: p.DocumentsCorrect,
		Unlined: p.GetAmount() != nil && len(p.GetLines()) == 0,
	}
	if p.GetAmount() != nil {
		amount, err := money.FromProto(p.GetAmount())
		if err != nil {
			return nil, err
		}
		o.Amount, o.Currency = amount.Amount, amount.Currency
	}
	for _, l := range p.GetLines() {
		o.Lines = append(o.Lines, line{
			ProductLine: l.GetProductLine(), ProductCode: l.GetProductCode(), Quantity: decimal.NewFromFloat(l.GetQuantity()).Round(decimals),
			Filled: quantity(l.QuantityFilled), Damaged: quantity(l.QuantityDamaged),
		})
	}
	return o, nil
}

func instant(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}

func quantity(q *float64) decimal.NullDecimal {
	if q == nil {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(decimal.NewFromFloat(*q).Round(decimals))
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
