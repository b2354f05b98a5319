// Package intake takes in files of facts, batch by batch: a bad row is rejected with its reason and the rest goes in, and how far an import has come is stored
// together with what came in.
package intake

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Import is the record of one import; the counts are of lines of the file.
type Import struct {
	Subject    string    `db:"subject"`
	ID         string    `db:"import_id"`
	Digest     string    `db:"digest"`
	LastLine   int64     `db:"last_line"`
	Total      int64     `db:"total_count"`
	Stored     int64     `db:"stored_count"`
	Unchanged  int64     `db:"unchanged_count"`
	Repeated   int64     `db:"repeated_count"`
	Rejected   int64     `db:"rejected_count"`
	Created    int64     `db:"created_count"`
	Changed    int64     `db:"changed_count"`
	CreateTime time.Time `db:"create_time"`
	UpdateTime time.Time `db:"update_time"`
}

// Key names an import on the orders that it recorded.
func (i *Import) Key() string { return i.Subject + "/" + i.ID }

// Rejection is a row that was not stored, and why.
type Rejection struct {
	FirstLine int64  `db:"first_line"`
	LineCount int32  `db:"line_count"`
	Field     string `db:"field"`
	Rule      string `db:"rule"`
	ReasonEn  string `db:"reason_en"`
	ReasonZh  string `db:"reason_zh"`
}

// result is what came of one row: one of the four, and how many of its lines said what another line says.
type result struct {
	state    state
	repeated int
	err      error // of a rejection
}

type state int

const (
	created state = iota + 1
	changed
	unchanged
	rejected
)

// count adds a row's result to the import.
func (i *Import) count(first int64, lines int32, repeatedBySender int32, r result) {
	i.LastLine = first + int64(lines) - 1
	i.Total += int64(lines)
	repeated := min(int64(repeatedBySender)+int64(r.repeated), int64(lines))
	switch r.state {
	case rejected:
		i.Rejected += int64(lines)
		return
	case unchanged:
		i.Unchanged += int64(lines) - repeated
	case created:
		i.Created++
		i.Stored += int64(lines) - repeated
	case changed:
		i.Changed++
		i.Stored += int64(lines) - repeated
	}
	i.Repeated += repeated
}

// reject makes the record of a rejection; of several broken rules the first is named.
func reject(first int64, lines int32, err error) Rejection {
	f := fault.From(err)
	r := Rejection{FirstLine: first, LineCount: lines, Rule: f.Reason(), ReasonEn: f.Text().En, ReasonZh: f.Text().Zh}
	if v := f.Violations(); len(v) > 0 {
		r.Field, r.Rule, r.ReasonEn, r.ReasonZh = v[0].Field, v[0].Rule, v[0].Text.En, v[0].Text.Zh
	}
	return r
}
