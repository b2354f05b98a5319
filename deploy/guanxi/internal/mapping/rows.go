package mapping

import (
	"errors"
	"io"
	"iter"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// The most lines and bytes that one row of an import is made of. What an order has beyond them comes as another row of the same order,
// which the server adds to the first: memory stays bounded even when one order is the whole file.
const (
	maxLines = 2000
	maxBytes = 512 << 10
)

// maxReason is the most characters of a reason that the API takes.
const maxReason = 999

// Rows yields the facts behind the line after, in the order of the file, until the end or an error of the file as a whole. What cannot be
// read comes as a rejection. The same file always gives the same rows, so after may be any row's last line.
func (r *Reader) Rows(after int64) iter.Seq2[*profilev1.ImportRow, error] {
	return func(yield func(*profilev1.ImportRow, error) bool) {
		g := group{reader: r}
		for {
			row, err := r.behind(after)
			done := errors.Is(err, io.EOF)
			if err != nil && !done {
				yield(nil, err)
				return
			}
			if (done || !g.takes(row)) && !g.empty() {
				if !yield(g.build(), nil) {
					return
				}
				g = group{reader: r}
			}
			if done {
				return
			}
			g.add(row)
		}
	}
}

// behind is the next row behind a line.
func (r *Reader) behind(line int64) (sheet.Row, error) {
	for {
		if row, err := r.table.Next(); err != nil || row.Line > line {
			return row, err
		}
	}
}

// group is the rows of one fact.
type group struct {
	reader *Reader
	rows   []sheet.Row
	seen   map[string]bool // the rows as texts, when repeats are dropped
	repeat int32           // how many were dropped
	last   int64
	bytes  int
}

func (g *group) empty() bool { return len(g.rows) == 0 }

// takes tells whether the row belongs to the fact begun. Rows that do not follow each other by number never do: a row of an import
// is told by its first line and their count.
func (g *group) takes(row sheet.Row) bool {
	if g.empty() {
		return true
	}
	key := g.reader.group
	first := g.rows[0]
	return key >= 0 && row.Fault == nil && first.Fault == nil && first.Cells[key] != "" && first.Cells[key] == row.Cells[key] &&
		row.Line == g.last+1 && len(g.rows)+int(g.repeat) < maxLines && g.bytes < maxBytes
}

func (g *group) add(row sheet.Row) {
	g.last = row.Line
	text := strings.Join(row.Cells, "\x00")
	g.bytes += len(text)
	if g.reader.mapping.SkipExactRepeats && row.Fault == nil {
		if g.seen[text] {
			g.repeat++
			return
		}
		if g.seen == nil {
			g.seen = make(map[string]bool)
		}
		g.seen[text] = true
	}
	g.rows = append(g.rows, row)
}

// build makes the row of the import. A fact of which one row cannot be read is rejected as a whole: an order without one of its
// lines would be stored with a wrong amount.
func (g *group) build() *profilev1.ImportRow {
	row := &profilev1.ImportRow{FirstLine: g.rows[0].Line, LineCount: int32(len(g.rows)) + g.repeat, RepeatedCount: g.repeat}
	problem := g.fill(row)
	if problem == nil {
		return row
	}
	return &profilev1.ImportRow{FirstLine: row.FirstLine, LineCount: row.LineCount, Fact: &profilev1.ImportRow_Unreadable{
		Unreadable: &profilev1.ImportRejection{
			FirstLine: row.FirstLine, LineCount: row.LineCount,
			Field: problem.Field, Rule: problem.Rule, ReasonEn: clip(problem.Text.En, maxReason), ReasonZh: clip(problem.Text.Zh, maxReason),
		},
	}}
}

func (g *group) fill(row *profilev1.ImportRow) (problem *fault.Violation) {
	first := g.rows[0]
	if first.Fault != nil {
		return first.Fault
	}
	if row.CustomerRef, problem = g.reader.ref(first.Cells); problem != nil {
		return problem
	}
	kind := facts[g.reader.mapping.Kind]
	fact := kind.empty()
	if problem := g.reader.fact.fill(g.reader.reader, first.Cells, fact.ProtoReflect()); problem != nil {
		return problem
	}
	if problem := g.lines(fact); problem != nil {
		return problem
	}
	kind.into(row, fact)
	return nil
}

func (g *group) lines(fact proto.Message) *fault.Violation {
	var lines *[]*profilev1.OrderLine
	switch fact := fact.(type) {
	case *profilev1.Order:
		lines = &fact.Lines
	case *profilev1.ImportOrderLines:
		lines = &fact.Lines
	}
	if lines == nil || len(g.reader.line.bindings) == 0 {
		return nil
	}
	for _, row := range g.rows {
		line := &profilev1.OrderLine{}
		if problem := g.reader.line.fill(g.reader.reader, row.Cells, line.ProtoReflect()); problem != nil {
			problem.Field = "lines." + problem.Field
			return problem
		}
		*lines = append(*lines, line)
	}
	return nil
}
