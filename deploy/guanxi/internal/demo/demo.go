// Package demo makes up the customer base that guanxi up --demo shows: companies, their people, two years of orders and payments. All of it is
// invented; a name that somebody bears is chance. It hangs on the day it ends at alone, so that two runs on one day are alike.
package demo

import (
	"iter"
	"math"
	"math/rand/v2"
	"time"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// System is the source system of all that is made up, and the id of its import.
const System = "demo"

const (
	customerCount = 300
	peopleEach    = 3
	// span is how far back the orders go.
	span = 2 * 365 * 24 * time.Hour
)

// Rows yields the whole base as an import: customers, people, orders, payments. It ends at midnight of the day of now.
func Rows(now time.Time) iter.Seq2[*profilev1.ImportRow, error] {
	end := now.UTC().Truncate(24 * time.Hour)
	return func(yield func(*profilev1.ImportRow, error) bool) {
		base := makeBase(end)
		line := int64(0)
		for _, part := range [][]*profilev1.ImportRow{base.customers, base.people, base.orders, base.payments} {
			for _, row := range part {
				line++
				row.FirstLine, row.LineCount = line, 1
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// base is what has been made up so far.
type base struct {
	customers, people, orders, payments []*profilev1.ImportRow
}

func makeBase(end time.Time) *base {
	b := &base{}
	for i := range customerCount {
		// Each customer has its own source of chance: one more line of an order somewhere does not turn everybody else into another.
		chance := chance{rand.New(rand.NewPCG(20260101, uint64(i)))}
		c := newCompany(i, chance)
		b.customers = append(b.customers, &profilev1.ImportRow{Fact: &profilev1.ImportRow_Customer{Customer: c.proto()}})
		for p := range peopleEach {
			row := c.about()
			row.Fact = &profilev1.ImportRow_Person{Person: c.person(p)}
			b.people = append(b.people, row)
		}
		b.trade(c, end)
	}
	return b
}

// about is a row that belongs to the customer; the fact is for the caller to fill in.
func (c *company) about() *profilev1.ImportRow {
	return &profilev1.ImportRow{CustomerRef: &profilev1.ImportCustomer{System: System, Id: c.id}}
}

// chance is a source of random decisions.
type chance struct{ *rand.Rand }

func pick[T any](c chance, from []T) T { return from[c.IntN(len(from))] }

// happens is true with a probability.
func (c chance) happens(probability float64) bool { return c.Float64() < probability }

// between is an even choice from low to below high.
func (c chance) between(low, high float64) float64 { return low + (high-low)*c.Float64() }

// around is a factor of 1 on the middle, and as often x as 1/x.
func (c chance) around(spread float64) float64 { return math.Exp(c.NormFloat64() * spread) }
