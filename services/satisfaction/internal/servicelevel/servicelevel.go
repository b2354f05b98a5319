// Package servicelevel tells how well orders are served [物流客户服务水平]: how long they take, whether they leave or arrive on time, whole, undamaged and with the right papers, and how
// that compares with targets and with the month before. Everything is counted by the database over the orders that stand in it, when it is asked for.
package servicelevel

import (
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// Group is what makes groups; the numbers are those of the API.
type Group int32

// The groups.
const (
	All Group = iota
	ByProductLine
	ByTerritory
	ByClass
	ByMonth
)

// AnyClass is every class of customers, the one not judged among them.
const AnyClass int16 = -1

// Rule is what being on time means; the numbers are those of the API, 0: not said.
type Rule struct {
	Comparison int16 `db:"comparison"`
	Due        int16 `db:"due"`
	Done       int16 `db:"done"`
}

// Or takes what is not said from the settings.
func (r Rule) Or(s settings.ServiceLevel) Rule {
	if r.Comparison == 0 {
		r.Comparison = s.Comparison
	}
	if r.Due == 0 {
		r.Due = s.Due
	}
	if r.Done == 0 {
		r.Done = s.Done
	}
	return r
}

// Level is how well the orders of a group were served.
type Level struct {
	Key              string   `db:"key"`
	Orders           int64    `db:"orders"`
	Returns          int64    `db:"returns"`
	OnTime           OnTime   `db:"on_time"`
	LineFill         Share    `db:"line_fill"`
	OrderFill        Share    `db:"order_fill"`
	DamageFree       Share    `db:"damage_free"`
	Documents        Share    `db:"documents"`
	Perfect          Share    `db:"perfect"`
	UnknownImperfect int64    `db:"unknown_imperfect"`
	Quantity         Quantity `db:"quantity"`
	Cycles           []Cycle  `db:"-"` // one of each part, in their order
}

// Empty is the level of no orders at all.
func Empty(key string, buckets int) Level { return Level{Key: key, Cycles: complete(nil, 0, buckets)} }

// OnTime is how many orders were on time.
type OnTime struct {
	InTime  int64 `db:"in_time"`
	Late    int64 `db:"late"`
	Overdue int64 `db:"overdue"`
	Pending int64 `db:"pending"`
	Undated int64 `db:"undated"`
	Untimed int64 `db:"untimed"`
}

// Share are those in time of those of whom it is decided.
func (o OnTime) Share() Share {
	known := o.InTime + o.Late + o.Overdue
	return Share{Count: o.InTime, Known: known, Unknown: o.Pending + o.Undated + o.Untimed}
}

// Share is how many of those of whom it is known.
type Share struct {
	Count   int64 `db:"count"`
	Known   int64 `db:"known"`
	Unknown int64 `db:"unknown"`
}

func (s Share) proportion() stats.Proportion { return stats.Proportion{Count: s.Count, Of: s.Known} }

// Quantity is how much was filled of what was ordered, and what its interval takes: over orders, the sums of the squares of both and of their products.
type Quantity struct {
	Orders   int64           `db:"orders"` // with a line of which it is known
	Ordered  decimal.Decimal `db:"ordered"`
	Filled   decimal.Decimal `db:"filled"`
	Unknown  decimal.Decimal `db:"unknown"`
	Ordered2 decimal.Decimal `db:"ordered_squares"`
	Filled2  decimal.Decimal `db:"filled_squares"`
	Products decimal.Decimal `db:"products"`
}

// interval is that of a ratio of two sums (Cochran 1977, 2.11): the deviations of what each order had filled from its part of the whole, linearized.
func (q *Quantity) interval(confidence float64) (stats.Interval, error) {
	if q.Orders < 2 || !q.Ordered.IsPositive() {
		return stats.Interval{}, errNone
	}
	two := decimal.NewFromInt(2)
	// The sum of (filled x Ordered - Filled x ordered)^2 over orders, by Ordered^2: exact until the division.
	squares := q.Filled2.Mul(q.Ordered).Mul(q.Ordered).Sub(two.Mul(q.Filled).Mul(q.Ordered).Mul(q.Products)).Add(q.Filled.Mul(q.Filled).Mul(q.Ordered2))
	n, ordered := float64(q.Orders), q.Ordered.InexactFloat64()
	deviations := stats.Moments{N: q.Orders, Variance: squares.InexactFloat64() / (ordered * ordered) / (n - 1)}
	i, err := deviations.Interval(confidence, 0)
	if err != nil {
		return i, err
	}
	rate, each := q.Filled.Div(q.Ordered).InexactFloat64(), ordered/n
	return stats.Interval{Low: max(0, rate+i.Low/each), High: min(1, rate+i.High/each)}, nil
}

// Part is a part of the order cycle; the numbers are those of the API.
type Part int16

// The parts.
const (
	Transmittal Part = iota + 1
	Processing
	Assembly
	Dispatch
	Delivery
	OrderToShip
	Whole
)

// Cycle is how long a part took, in microseconds.
type Cycle struct {
	Part     Part                `json:"part"`
	Count    int64               `json:"count"`
	Negative int64               `json:"negative"`
	Unknown  int64               `json:"-"`
	Sum      decimal.NullDecimal `json:"sum"`
	Median   decimal.NullDecimal `json:"median"`
	P90      decimal.NullDecimal `json:"p90"`
	Max      decimal.NullDecimal `json:"max"`
	Variance decimal.NullDecimal `json:"variance"` // of the sample; null of less than two
	Buckets  []int64             `json:"-"`        // one more than there are edges
}

// day is how many microseconds it has.
var day = decimal.NewFromInt(86_400_000_000)

// moments are in days.
func (c *Cycle) moments() stats.Moments {
	m := stats.Moments{N: c.Count}
	if c.Count > 0 {
		m.Mean = c.Sum.Decimal.Div(decimal.NewFromInt(c.Count).Mul(day)).InexactFloat64()
	}
	if c.Variance.Valid {
		m.Variance = c.Variance.Decimal.Div(day.Mul(day)).InexactFloat64()
	}
	return m
}

// complete has one of each part; what is counted nowhere of so many orders is unknown.
func complete(some []Cycle, orders int64, buckets int) []Cycle {
	out := make([]Cycle, Whole)
	for i := range out {
		out[i] = Cycle{Part: Part(i + 1), Unknown: orders, Buckets: make([]int64, buckets)}
	}
	for _, c := range some {
		c.Unknown = orders - c.Count - c.Negative
		out[c.Part-1] = c
	}
	return out
}
