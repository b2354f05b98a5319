package fact

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/money"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// orderOf reads an order that profile tells of. One without lines has no amount and no currency.
func orderOf(customer, id uuid.UUID, p *profilev1.Order) (order, error) {
	o := order{CustomerID: customer, ID: id, Time: p.GetOrderTime().AsTime()}
	if p.GetAmount() != nil {
		amount, err := money.FromProto(p.GetAmount())
		if err != nil {
			return o, err
		}
		o.Amount, o.Currency = amount.Amount, amount.Currency
	}
	if p.GetGrossProfit() != nil {
		profit, err := money.FromProto(p.GetGrossProfit())
		if err != nil {
			return o, err
		}
		o.GrossProfit = decimal.NewNullDecimal(profit.Amount)
	}
	if p.GetNetProfit() != nil {
		profit, err := money.FromProto(p.GetNetProfit())
		if err != nil {
			return o, err
		}
		o.NetProfit = decimal.NewNullDecimal(profit.Amount)
	}
	for _, line := range p.GetLines() {
		o.ProductLines = append(o.ProductLines, line.GetProductLine())
	}
	slices.Sort(o.ProductLines)
	o.ProductLines = slices.Compact(o.ProductLines)
	return o, nil
}

// rate is what one unit of the currency is worth on that day; not valid when that is not known.
func rate(n *settings.Numbers, currency string, day time.Time) decimal.NullDecimal {
	if currency == "" { // no lines, no amount
		return decimal.NewNullDecimal(decimal.NewFromInt(1))
	}
	r, ok := n.Rate(currency, day)
	return decimal.NullDecimal{Decimal: r, Valid: ok}
}
