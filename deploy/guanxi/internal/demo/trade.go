package demo

import (
	"fmt"
	"math"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const day = 24 * time.Hour

// trade lets the customer order up to the end in its rhythm.
func (b *base) trade(c *company, end time.Time) {
	at := end.Add(-span).Add(time.Duration(c.Float64() * float64(c.interval)))
	last := end.Add(-c.silent)
	for number := 1; ; number++ {
		season := 1 + 0.3*math.Cos(2*math.Pi*float64(int(at.Month())-c.peak)/12)
		at = at.Add(time.Duration(float64(c.interval) * c.around(c.regularity) / season))
		placed := at.Truncate(day).Add(time.Duration(c.between(1, 9)*60) * time.Minute) // working hours in China, as UTC
		if placed.After(last) {
			return
		}
		order := c.order(number, placed, end)
		b.addOrder(c, order)
		b.addPayment(c, order, end)
		if c.happens(c.careless / 4) {
			b.addReturn(c, order, end)
		}
	}
}

func (b *base) addOrder(c *company, order *profilev1.Order) {
	row := c.about()
	row.Fact = &profilev1.ImportRow_Order{Order: order}
	b.orders = append(b.orders, row)
}

func (c *company) order(number int, placed, end time.Time) *profilev1.Order {
	order := &profilev1.Order{
		SourceSystem: System, OrderNumber: fmt.Sprintf("SO-%s-%04d", c.id[1:], number),
		OrderTime: timestamppb.New(placed), RequestedTime: timestamppb.New(placed.Truncate(day).Add(10 * day)),
	}
	years := 2 - end.Sub(placed).Hours()/24/365
	scale := c.size * math.Pow(1+c.growth, years)
	for range 1 + c.IntN(4) {
		order.Lines = append(order.Lines, c.line(scale))
	}
	c.deliver(order, placed, end)
	return order
}

func (c *company) line(scale float64) *profilev1.OrderLine {
	kind := pick(c.chance, c.products)
	article := pick(c.chance, products[kind])
	quantity := math.Max(1, math.Round(6*scale*c.around(0.6)))
	amount := quantity * article.price * c.rate
	gross := amount * c.between(0.16, 0.42)
	line := &profilev1.OrderLine{
		ProductLine: kind, ProductCode: article.code, Description: article.description, Quantity: quantity,
		Amount: c.money(amount), GrossProfit: c.money(gross), NetProfit: c.money(gross - amount*c.between(0.06, 0.2)),
	}
	filled, damaged := quantity, 0.0
	if c.happens(c.careless) {
		filled = math.Floor(quantity * c.between(0.5, 1))
	}
	if c.happens(c.careless / 3) {
		damaged = math.Ceil(filled * 0.05)
	}
	line.QuantityFilled, line.QuantityDamaged = &filled, &damaged
	return line
}

// deliver goes through the order cycle as far as it has come by the end.
func (c *company) deliver(order *profilev1.Order, placed, end time.Time) {
	order.PromisedTime = order.RequestedTime
	correct := !c.happens(c.careless / 2)
	at := placed
	delay := 1.0
	if c.happens(c.careless) {
		delay = c.between(2, 4)
	}
	for _, step := range []struct {
		to    **timestamppb.Timestamp
		hours float64
	}{
		{&order.TransmittedTime, 2}, {&order.ProcessedTime, 14}, {&order.AssembledTime, 70}, {&order.ShippedTime, 24}, {&order.DeliveredTime, 50},
	} {
		at = at.Add(time.Duration(step.hours * delay * c.around(0.3) * float64(time.Hour))).Truncate(time.Minute)
		if at.After(end) {
			return
		}
		*step.to = timestamppb.New(at)
	}
	order.DocumentsCorrect = &correct
}

// addReturn sends part of the order's first line back.
func (b *base) addReturn(c *company, order *profilev1.Order, end time.Time) {
	placed := order.GetOrderTime().AsTime().Add(time.Duration(c.between(14, 30) * float64(day))).Truncate(time.Minute)
	if placed.After(end) {
		return
	}
	line := order.GetLines()[0]
	back := math.Ceil(line.GetQuantity() * c.between(0.1, 0.5))
	share := -back / line.GetQuantity()
	b.addOrder(c, &profilev1.Order{
		SourceSystem: System, OrderNumber: order.GetOrderNumber() + "-R", OrderTime: timestamppb.New(placed),
		Lines: []*profilev1.OrderLine{{
			ProductLine: line.GetProductLine(), ProductCode: line.GetProductCode(), Description: line.GetDescription(), Quantity: -back,
			Amount: c.money(share * value(line.GetAmount())), GrossProfit: c.money(share * value(line.GetGrossProfit())),
			NetProfit: c.money(share * value(line.GetNetProfit())),
		}},
	})
}

func (b *base) addPayment(c *company, order *profilev1.Order, end time.Time) {
	total := 0.0
	for _, line := range order.GetLines() {
		total += value(line.GetAmount())
	}
	due := order.GetOrderTime().AsTime().AddDate(0, 0, c.terms)
	paid := due.Add(-time.Duration(c.between(0, 6) * float64(day)))
	if c.happens(c.slow) {
		paid = due.Add(time.Duration(c.between(3, 50) * float64(day)))
	}
	payment := &profilev1.Payment{
		SourceSystem: System, PaymentNumber: "IN" + order.GetOrderNumber()[2:], OrderNumber: order.GetOrderNumber(),
		Amount: c.money(total), DueDate: dateOf(due),
	}
	if !paid.After(end) {
		payment.PaidDate = dateOf(paid)
	}
	row := c.about()
	row.Fact = &profilev1.ImportRow_Payment{Payment: payment}
	b.payments = append(b.payments, row)
}

// money rounds to cents, which doubles are good enough for in what is made up.
func (c *company) money(amount float64) *money.Money {
	cents := int64(math.Round(amount * 100))
	return &money.Money{CurrencyCode: c.currency, Units: cents / 100, Nanos: int32(cents % 100 * 10_000_000)}
}

func value(m *money.Money) float64 { return float64(m.GetUnits()) + float64(m.GetNanos())/1e9 }

func dateOf(t time.Time) *date.Date {
	return &date.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}
}
