// Package order is the order facts [订单]: what was ordered, filled and damaged, for how much, and when each step of the order cycle was done.
package order

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// DefaultSystem is the source system of an order that names none.
const DefaultSystem = "default"

// Order is an order as the source system knows it.
type Order struct {
	CustomerID       uuid.UUID  `db:"customer_id"`
	ID               uuid.UUID  `db:"order_id"`
	Revision         int64      `db:"revision"`
	SourceSystem     string     `db:"source_system"`
	Number           string     `db:"order_number"`
	OrderTime        time.Time  `db:"order_time"`
	RequestedTime    *time.Time `db:"requested_time"`
	PromisedTime     *time.Time `db:"promised_time"`
	TransmittedTime  *time.Time `db:"transmitted_time"`
	ProcessedTime    *time.Time `db:"processed_time"`
	AssembledTime    *time.Time `db:"assembled_time"`
	ShippedTime      *time.Time `db:"shipped_time"`
	DeliveredTime    *time.Time `db:"delivered_time"`
	DocumentsCorrect *bool      `db:"documents_correct"`
	Currency         string     `db:"currency"`
	Lines            []Line     `db:"-"`
	ImportID         string     `db:"import_id"`
	CreateTime       time.Time  `db:"create_time"`
	UpdateTime       time.Time  `db:"update_time"`
	Sums
}

// Sums are those of an order's lines. A profit is there only when every line states it.
type Sums struct {
	Amount      decimal.Decimal     `db:"amount"`
	GrossProfit decimal.NullDecimal `db:"gross_profit"`
	NetProfit   decimal.NullDecimal `db:"net_profit"`
}

// Line is one line of an order; its amounts are in the order's currency. A return has negative quantity and amount.
type Line struct {
	ProductLine     string              `db:"product_line"`
	ProductCode     string              `db:"product_code"`
	Description     string              `db:"description"`
	Quantity        decimal.Decimal     `db:"quantity"`
	QuantityFilled  decimal.NullDecimal `db:"quantity_filled"`
	QuantityDamaged decimal.NullDecimal `db:"quantity_damaged"`
	Amount          decimal.Decimal     `db:"amount"`
	GrossProfit     decimal.NullDecimal `db:"gross_profit"`
	NetProfit       decimal.NullDecimal `db:"net_profit"`
}

// Key is what an order is known by.
type Key struct {
	CustomerID   uuid.UUID
	SourceSystem string
	Number       string
}

// Key returns the order's key.
func (o *Order) Key() Key { return Key{o.CustomerID, o.SourceSystem, o.Number} }

// Stored is the key in its stored form: with the default for a system that is left out, and without blanks around the number.
func (k Key) Stored() Key {
	k.Number = strings.TrimSpace(k.Number)
	if k.SourceSystem == "" {
		k.SourceSystem = DefaultSystem
	}
	return k
}

// early is how far a step may seem to come before the order: sources that record days only put midnight for a day on which the order came in the afternoon.
const early = 24 * time.Hour

// Normalize brings the key into its stored form.
func (o *Order) Normalize() {
	key := o.Key().Stored()
	o.SourceSystem, o.Number = key.SourceSystem, key.Number
}

// Check holds an order, as a whole, to its rules.
func (o *Order) Check() []fault.Violation {
	var wrong []fault.Violation
	if o.Number == "" {
		wrong = append(wrong, fault.Field("order_number", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	if year := o.OrderTime.Year(); year < 1900 || year > 2200 {
		wrong = append(wrong, fault.Field("order_time", "RANGE", fault.Text{En: "must lie between the years 1900 and 2200", Zh: "须在 1900 年至 2200 年之间"}))
	}
	for _, s := range o.Steps() {
		if s.Time != nil && s.Time.Before(o.OrderTime.Add(-early)) {
			wrong = append(wrong, fault.Field(s.Field, "BEFORE_ORDER", fault.Text{
				En: "must not lie more than a day before order_time", Zh: "不得早于 order_time 一天以上",
			}))
		}
	}
	for i, l := range o.Lines {
		wrong = append(wrong, l.check(i)...)
	}
	return wrong
}

// Step is a step of the order cycle [订货周期].
type Step struct {
	Field string // as the API and the table call it
	Time  *time.Time
}

// Steps are the steps in the order of the cycle.
func (o *Order) Steps() []Step {
	return []Step{
		{"transmitted_time", o.TransmittedTime},
		{"processed_time", o.ProcessedTime},
		{"assembled_time", o.AssembledTime},
		{"shipped_time", o.ShippedTime},
		{"delivered_time", o.DeliveredTime},
	}
}

func (l Line) check(i int) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(fmt.Sprintf("lines[%d].%s", i, field), rule, fault.Text{En: en, Zh: zh}))
		}
	}
	filled := l.QuantityFilled.Decimal
	add(filled.Abs().GreaterThan(l.Quantity.Abs()), "quantity_filled", "MORE_THAN_ORDERED", "must not be more than quantity", "不得超过 quantity")
	add(filled.Sign()*l.Quantity.Sign() < 0, "quantity_filled", "SIGN", "must have the sign of quantity", "须与 quantity 同号")
	add(l.QuantityDamaged.Decimal.GreaterThan(l.Quantity.Abs()), "quantity_damaged", "MORE_THAN_ORDERED", "must not be more than quantity", "不得超过 quantity")
	return wrong
}

// Sum sums the lines.
func Sum(lines []Line) Sums {
	var s Sums
	s.GrossProfit.Valid, s.NetProfit.Valid = len(lines) > 0, len(lines) > 0
	for _, l := range lines {
		s.Amount = s.Amount.Add(l.Amount)
		s.GrossProfit = addNull(s.GrossProfit, l.GrossProfit)
		s.NetProfit = addNull(s.NetProfit, l.NetProfit)
	}
	return s
}

func addNull(a, b decimal.NullDecimal) decimal.NullDecimal {
	if !a.Valid || !b.Valid {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(a.Decimal.Add(b.Decimal))
}

// Sight is what of an order's figures the one who sends it can see, and so can have meant to leave out.
type Sight struct{ GrossProfit, NetProfit bool }

// Inherit takes over from the stored order what the sender of a correction cannot see: the profits of a line that is still there, at its place and of the same
// article.
func (o *Order) Inherit(stored *Order, sight Sight) {
	for i := range min(len(o.Lines), len(stored.Lines)) {
		l, old := &o.Lines[i], stored.Lines[i]
		if l.ProductLine != old.ProductLine || l.ProductCode != old.ProductCode {
			continue
		}
		if !sight.GrossProfit {
			l.GrossProfit = old.GrossProfit
		}
		if !sight.NetProfit {
			l.NetProfit = old.NetProfit
		}
	}
	o.Sums = Sum(o.Lines)
}

// Append adds the lines of a later part of the same file, but not those that are there already. It returns how many were.
func (o *Order) Append(later []Line) (repeated int) {
	for _, l := range later {
		if slices.ContainsFunc(o.Lines, l.equal) {
			repeated++
			continue
		}
		o.Lines = append(o.Lines, l)
	}
	o.Sums = Sum(o.Lines)
	return repeated
}

func (l Line) equal(m Line) bool {
	return l.ProductLine == m.ProductLine && l.ProductCode == m.ProductCode && l.Description == m.Description && l.Quantity.Equal(m.Quantity) &&
		equalNull(l.QuantityFilled, m.QuantityFilled) && equalNull(l.QuantityDamaged, m.QuantityDamaged) && l.Amount.Equal(m.Amount) &&
		equalNull(l.GrossProfit, m.GrossProfit) && equalNull(l.NetProfit, m.NetProfit)
}

func equalNull(a, b decimal.NullDecimal) bool {
	return a.Valid == b.Valid && a.Decimal.Equal(b.Decimal)
}
