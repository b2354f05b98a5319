// Package sheet is what can be read off the order facts [销售曲线、增长率、定货周期表]: rhythm, order cycle, sales over time.
package sheet

import (
	"math"
	"time"
)

// Rhythm says how often orders of a product line come.
type Rhythm struct {
	ProductLine string    `db:"product_line"` // empty = all together
	OrderDays   int64     `db:"order_days"`
	First       time.Time `db:"first_day"`
	Last        time.Time `db:"last_day"`
	Intervals   int64     `db:"intervals"`
	Median      *float64  `db:"median"`    // days; nil without an interval
	Deviation   *float64  `db:"deviation"` // median absolute deviation from the median, days
}

// normal makes the median absolute deviation of normally distributed values comparable with their standard deviation.
const normal = 1.4826

// Rule says from when on a customer has a rhythm of its own, and how far its silence may leave it.
type Rule struct {
	MinIntervals    int64
	DeviationFactor float64
	MedianFactor    float64
}

// Expected is the day on which the next order is to be expected: the last one and the median interval.
func (r Rhythm) Expected(rule Rule) (time.Time, bool) {
	if r.Intervals < rule.MinIntervals {
		return time.Time{}, false
	}
	return r.Last.AddDate(0, 0, int(math.Round(*r.Median))), true
}

// Overdue is the last day on which silence is still within the customer's rhythm: last order + median + the greater of the two slacks, as shipped
// max(3 x 1.4826 x MAD, 0.5 x median).
func (r Rhythm) Overdue(rule Rule) (time.Time, bool) {
	if r.Intervals < rule.MinIntervals {
		return time.Time{}, false
	}
	slack := max(rule.DeviationFactor*normal**r.Deviation, rule.MedianFactor**r.Median)
	return r.Last.AddDate(0, 0, int(math.Floor(*r.Median+slack))), true
}

// Step is the distribution of the days from the order to a step of the order cycle.
type Step struct {
	Field  string  `db:"step"`
	Count  int64   `db:"count"`
	Mean   float64 `db:"mean"`
	Median float64 `db:"median"`
	P90    float64 `db:"p90"`
	Max    float64 `db:"max"`
}
