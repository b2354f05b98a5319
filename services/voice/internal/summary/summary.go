// Package summary sums up what customers told us in a fiscal year, and what we did about it [客户之声年度汇总].
package summary

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Count is how many of one sort there were, in the year and in the year before.
type Count struct {
	Key    string `db:"key"`
	Count  int    `db:"count"`
	Before int    `db:"before"`
}

// Attainment is how many response times were kept; the numbers of the measures are those of the API.
type Attainment struct {
	Measure int16 `db:"measure"`
	Met     int   `db:"met"`
	Missed  int   `db:"missed"`
}

// Issue is a recurring issue of the year.
type Issue struct {
	Group    uuid.UUID `db:"group_id"`
	NameZh   string    `db:"name_zh"`
	NameEn   string    `db:"name_en"`
	Keywords string    `db:"keywords"`
	Count    int       `db:"count"`
	Cause    string    `db:"cause"`
	Action   string    `db:"action"`
}

// Totals are the figures of the year.
type Totals struct {
	Voices     int `db:"voices"`
	Complaints int `db:"complaints"`
	Cases      int `db:"cases"`
	Major      int `db:"major"`
	Reopened   int `db:"reopened"`
	Open       int `db:"open"`
	Orders     int `db:"orders"`
	Actions    int `db:"actions"`
	Overdue    int `db:"overdue"`
}

// Summary is the whole.
type Summary struct {
	Customer   uuid.UUID // resource.Any: all
	FiscalYear int
	Period     Period
	Totals
	Kinds, Sources, Lines, Products, Causes []Count
	Attainments                             []Attainment
	Issues                                  []Issue
}

// Period is a fiscal year, from its start on and before its end, and when the one before it began.
type Period struct{ Before, Start, End time.Time }

// Year is a fiscal year of the company's.
func Year(n *settings.Numbers, year int) Period {
	begin := func(year int) time.Time { return time.Date(year, n.FiscalYearStart, 1, 0, 0, 0, 0, n.Zone) }
	return Period{Before: begin(year - 1), Start: begin(year), End: begin(year + 1)}
}

// Name is the resource name.
func (s *Summary) Name() string {
	if s.Customer == resource.Any {
		return everybody
	}
	return resource.Name("customers", s.Customer) + "/voiceSummary"
}

const everybody = "customers/-/voiceSummary"

// Rate is complaints by orders, 0 without orders.
func (t *Totals) Rate() float64 { return share(t.Complaints, t.Orders) }

// Rate is how many of the response times were kept, 0 without any.
func (a *Attainment) Rate() float64 { return share(a.Met, a.Met+a.Missed) }

// Name is what an issue is called in a language, its keywords until somebody has named it.
func (i *Issue) Name(zh bool) string {
	first, second := i.NameEn, i.NameZh
	if zh {
		first, second = second, first
	}
	for _, name := range []string{first, second} {
		if name != "" {
			return name
		}
	}
	return i.Keywords
}

func share(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}
