package fact

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// places are the decimals that profile keeps of a quantity.
const places = 6

// orderOf keeps of an order what voice needs.
func orderOf(customer, id uuid.UUID, p *profilev1.Order) *order {
	o := &order{
		Customer: customer, ID: id, Source: p.GetSourceSystem(), Number: p.GetOrderNumber(), Time: p.GetOrderTime().AsTime(),
		without: len(p.GetLines()) == 0 && p.GetAmount() != nil, // an order that has no lines has no amount either
	}
	if p.GetDeliveredTime() != nil {
		at := p.GetDeliveredTime().AsTime()
		o.Delivered = &at
	}
	for i, l := range p.GetLines() {
		o.lines = append(o.lines, line{
			Customer: customer, Order: id, Number: i, Product: l.GetProductLine(), Code: l.GetProductCode(),
			Quantity: decimal.NewFromFloat(l.GetQuantity()).Round(places),
		})
	}
	return o
}
