// Package figure tells how fast and how well customers are answered [首次响应、解决时长、达成率], and how often they complain [投诉率]. Everything is counted by the database over what
// stands in it, when it is asked for.
package figure

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Group is what makes groups; the numbers are those of the API.
type Group int32

// The groups.
const (
	All Group = iota
	ByAssignee
	ByOwner
	ByTerritory
	ByClass
	BySeverity
	ByRequest
	ByProductLine
)

// OfPeople says whether the groups are those of colleagues.
func (g Group) OfPeople() bool { return g == ByAssignee || g == ByOwner }

// Basis is which orders complaints are counted against; the numbers are those of the API.
type Basis int32

// The bases.
const (
	Placed Basis = iota + 1
	Delivered
)

// ratePlaces are the decimals of rates.
const ratePlaces = 6

// Figure are the figures of one group of cases.
type Figure struct {
	Key           string     `db:"key"`
	Received      int64      `db:"received"`
	Major         int64      `db:"major"`
	Responded     int64      `db:"responded"`
	Resolved      int64      `db:"resolved"`
	Closed        int64      `db:"closed"`
	Finished      int64      `db:"finished"`
	Reopened      int64      `db:"reopened"`
	FirstResponse Taken      `db:"answer"`
	FirstWorking  Taken      `db:"answer_worked"`
	Resolution    Taken      `db:"solution"`
	SolvedWorking Taken      `db:"solution_worked"`
	Answered      Attainment `db:"answered"`
	Solved        Attainment `db:"solved"`
	Backlog       int64      `db:"backlog"`
	BacklogMajor  int64      `db:"backlog_major"`
	Oldest        *time.Time `db:"oldest"`

	Rules  []RuleAttainment `db:"-"`
	Ageing []int64          `db:"-"` // by bucket: one more than there are edges
}

// ReopenRate is the share of finished cases that were reopened.
func (f *Figure) ReopenRate() decimal.NullDecimal { return Rate(f.Reopened, f.Finished) }

// Taken is how long something took over some cases, in seconds.
type Taken struct {
	Count  int64               `db:"count"`
	Mean   decimal.NullDecimal `db:"mean"`
	Median decimal.NullDecimal `db:"median"`
	P90    decimal.NullDecimal `db:"p90"`
}

// Attainment is how many clocks met their targets.
type Attainment struct {
	Met     int64 `db:"met" json:"met"`
	Missed  int64 `db:"missed" json:"missed"`
	Overdue int64 `db:"overdue" json:"overdue"`
	Pending int64 `db:"pending" json:"pending"`
}

// Rate is the share of those that are decided.
func (a Attainment) Rate() decimal.NullDecimal { return Rate(a.Met, a.Met+a.Missed+a.Overdue) }

// RuleAttainment is that of a response rule and what it measures.
type RuleAttainment struct {
	Attainment
	Rule    uuid.UUID `json:"rule"`
	Measure int16     `json:"measure"`
}

// Complaints are those of a customer against his orders, about a product line or in all.
type Complaints struct {
	Product  string `json:"product"`
	Explicit int64  `json:"explicit"`
	Implicit int64  `json:"implicit"`
	Orders   int64  `json:"orders"`
}

// ComplaintRate is how often a customer complains.
type ComplaintRate struct {
	Customer uuid.UUID
	Total    Complaints
	Products []Complaints
}

// Rate is a share, or how many there are of something for each of another: not valid where there is nothing to divide by.
func Rate(part, whole int64) decimal.NullDecimal {
	if whole == 0 {
		return decimal.NullDecimal{}
	}
	return decimal.NewNullDecimal(decimal.NewFromInt(part).DivRound(decimal.NewFromInt(whole), ratePlaces))
}

// Text writes a decimal without needless zeros; nil for none.
func Text(d decimal.NullDecimal) *string {
	if !d.Valid {
		return nil
	}
	text := d.Decimal.String()
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return &text
}
