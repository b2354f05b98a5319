package order

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	pbmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Name is the resource name of an order.
func Name(customer, order uuid.UUID) string {
	return resource.Name("customers", customer, "orders", order)
}

// ToProto translates an order for the API. Amounts in the database are within the range of the API's: they came through it.
func ToProto(o *Order) (*profilev1.Order, error) {
	w := moneyWriter{currency: o.Currency}
	p := &profilev1.Order{
		Name: Name(o.CustomerID, o.ID), SourceSystem: o.SourceSystem, OrderNumber: o.Number, OrderTime: timestamppb.New(o.OrderTime),
		RequestedTime: stamp(o.RequestedTime), PromisedTime: stamp(o.PromisedTime), TransmittedTime: stamp(o.TransmittedTime),
		ProcessedTime: stamp(o.ProcessedTime), AssembledTime: stamp(o.AssembledTime), ShippedTime: stamp(o.ShippedTime),
		DeliveredTime: stamp(o.DeliveredTime), DocumentsCorrect: o.DocumentsCorrect, Etag: etag.Of(o.Revision),
		CreateTime: timestamppb.New(o.CreateTime), UpdateTime: timestamppb.New(o.UpdateTime), Lines: make([]*profilev1.OrderLine, len(o.Lines)),
	}
	if o.Currency != "" {
		p.Amount, p.GrossProfit, p.NetProfit = w.money(o.Amount), w.optional(o.GrossProfit), w.optional(o.NetProfit)
	}
	for i, l := range o.Lines {
		p.Lines[i] = &profilev1.OrderLine{
			ProductLine: l.ProductLine, ProductCode: l.ProductCode, Description: l.Description,
			Quantity: l.Quantity.InexactFloat64(), QuantityFilled: number(l.QuantityFilled), QuantityDamaged: number(l.QuantityDamaged),
			Amount: w.money(l.Amount), GrossProfit: w.optional(l.GrossProfit), NetProfit: w.optional(l.NetProfit),
		}
	}
	return p, w.err
}

// FromProto reads the fields that callers may set.
func FromProto(customer uuid.UUID, p *profilev1.Order) (*Order, error) {
	o := &Order{
		CustomerID: customer, SourceSystem: p.GetSourceSystem(), Number: p.GetOrderNumber(), OrderTime: instant(p.GetOrderTime()),
		RequestedTime: optionalInstant(p.GetRequestedTime()), PromisedTime: optionalInstant(p.GetPromisedTime()),
		TransmittedTime: optionalInstant(p.GetTransmittedTime()), ProcessedTime: optionalInstant(p.GetProcessedTime()),
		AssembledTime: optionalInstant(p.GetAssembledTime()), ShippedTime: optionalInstant(p.GetShippedTime()),
		DeliveredTime: optionalInstant(p.GetDeliveredTime()), DocumentsCorrect: p.DocumentsCorrect,
	}
	r := moneyReader{}
	o.Lines = make([]Line, len(p.GetLines()))
	for i, l := range p.GetLines() {
		at := fmt.Sprintf("lines[%d].", i)
		o.Lines[i] = Line{
			ProductLine: l.GetProductLine(), ProductCode: l.GetProductCode(), Description: l.GetDescription(),
			Quantity: quantity(l.GetQuantity()), QuantityFilled: optionalQuantity(l.QuantityFilled), QuantityDamaged: optionalQuantity(l.QuantityDamaged),
			Amount:      r.money(at+"amount", l.GetAmount()).Decimal,
			GrossProfit: r.money(at+"gross_profit", l.GetGrossProfit()),
			NetProfit:   r.money(at+"net_profit", l.GetNetProfit()),
		}
	}
	if len(r.wrong) > 0 {
		return nil, fault.Invalid(r.wrong...)
	}
	o.Currency, o.Sums = r.currency, Sum(o.Lines)
	return o, nil
}

// quantityPlaces is how many decimals of a quantity are kept. The shortest decimal of a double is the number that the caller wrote.
const quantityPlaces = 6

func quantity(q float64) decimal.Decimal { return decimal.NewFromFloat(q).Round(quantityPlaces) }

func optionalQuantity(q *float64) decimal.NullDecimal {
	if q == nil {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(quantity(*q))
}

func number(d decimal.NullDecimal) *float64 {
	if !d.Valid {
		return nil
	}
	f := d.Decimal.InexactFloat64()
	return &f
}

// moneyReader reads the amounts of one order, which are all in one currency.
type moneyReader struct {
	currency string
	wrong    []fault.Violation
}

func (r *moneyReader) money(field string, p *pbmoney.Money) decimal.NullDecimal {
	if p == nil {
		return decimal.NullDecimal{}
	}
	m, err := money.FromProto(p)
	if err != nil {
		r.wrong = append(r.wrong, fault.From(fault.Prefix(err, field)).Violations()...)
		return decimal.NullDecimal{}
	}
	if r.currency == "" {
		r.currency = m.Currency
	}
	if m.Currency != r.currency {
		r.wrong = append(r.wrong, fault.Field(field+".currency_code", "ONE_CURRENCY", fault.Text{
			En: "must be " + r.currency + ", as in the amounts before it", Zh: "须与前面的金额同为 " + r.currency,
		}))
	}
	return decimal.NewNullDecimal(m.Amount)
}

// moneyWriter writes amounts of one currency and keeps the first error.
type moneyWriter struct {
	currency string
	err      error
}

func (w *moneyWriter) money(d decimal.Decimal) *pbmoney.Money {
	m, err := money.Money{Amount: d, Currency: w.currency}.ToProto()
	if err != nil && w.err == nil {
		w.err = err
	}
	return m
}

func (w *moneyWriter) optional(d decimal.NullDecimal) *pbmoney.Money {
	if !d.Valid {
		return nil
	}
	return w.money(d.Decimal)
}

// instant cuts a time to what the database keeps, so that a fact sent again equals the one stored.
func instant(t *timestamppb.Timestamp) time.Time { return t.AsTime().Truncate(time.Microsecond) }

func optionalInstant(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := instant(t)
	return &at
}

func stamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
