package analysis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

// fixed is by what a score of a node is multiplied to be a whole number: sums of these are the same in whatever order the database adds them.
const fixed = 1e6

// Of these names are the columns of the statement: of a leaf's answer, importance, expectation and competitor, by where they stand in the scores; of a node's score, and of what
// that is the quotient of.
func answer(position int) string      { return "s" + strconv.Itoa(position) }
func importance(position int) string  { return "m" + strconv.Itoa(position) }
func expectation(position int) string { return "e" + strconv.Itoa(position) }
func score(node int) string           { return "v" + strconv.Itoa(node) }
func numerator(node int) string       { return "x" + strconv.Itoa(node) }
func denominator(node int) string     { return "d" + strconv.Itoa(node) }

// statement is one over all answers of a survey: a row for each stratum and group, with sums of what was added.
type statement struct {
	frame    *Frame
	key      string   // the SQL of the group
	measures []string // the SQL of number, sum and sum of squares of what is summed up: whole numbers, or null
	columns  []string // what of the table is read
	read     map[string]bool
}

func newStatement(f *Frame, key string) *statement {
	return &statement{frame: f, key: key, read: map[string]bool{}}
}

// add has something summed up; the measure is a x + b of it.
func (s *statement) add(sql string, a, b float64) measure {
	s.measures = append(s.measures, fmt.Sprintf("count(%[1]s), coalesce(sum(%[1]s), 0), coalesce(sum((%[1]s) * (%[1]s)), 0)", sql))
	return measure{len(s.measures) - 1, a, b}
}

// product has something summed up whose squares are of no use, and may be too large.
func (s *statement) product(sql string, a float64) measure {
	s.measures = append(s.measures, fmt.Sprintf("count(%[1]s), coalesce(sum(%[1]s), 0), 0", sql))
	return measure{len(s.measures) - 1, a, 0}
}

// column has something of the table read, under a name.
func (s *statement) column(name, sql string) string {
	if !s.read[name] {
		s.read[name] = true
		s.columns = append(s.columns, sql+" as "+name)
	}
	return name
}

func (s *statement) answer(position int) string {
	return s.column(answer(position), fmt.Sprintf("scores[%d]::int", position))
}

// number writes a constant.
func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) + "::float8" }

// node is what tells a node's score: the answer itself where there is one question, else the mean by weights of those that were answered.
func (s *statement) node(n int) (sql string, a, b float64) {
	x := &s.frame.Nodes[n]
	if x.Level == indexmodel.Question && len(x.Leaves) == 1 {
		l := &s.frame.Leaves[x.Leaves[0]]
		return s.answer(l.Position), l.A, l.B
	}
	return score(n), 1 / fixed, 0
}

// The levels of the statement. Each is fenced by "offset 0": without that the database puts one into the other, and computes the lower ones again for each use.
const (
	fence = "\n\toffset 0\n) t"

	// What is below is all of use above, or was not put there.
	selectAll = "\n\tselect t.*" //nolint:unqueryvet // which columns there are depends on the questionnaire

	tail = `select stratum, key, count(*) as n, max(accept_time) as accept_time, array[%s]::float8[] as sums from (%s%s
group by stratum, key order by stratum, key`

	ground = `
	select stratum, accept_time, coalesce(%s, '') as key%s from responses where survey_id = $1 and state = 2`
)

// text is the statement.
func (s *statement) text() string {
	return fmt.Sprintf(tail, strings.Join(s.measures, ", "), s.from(), fence)
}

// from are the answers with what was asked of them, and the scores of all nodes.
func (s *statement) from() string {
	for _, l := range s.frame.Leaves {
		s.answer(l.Position)
	}
	from := fmt.Sprintf(ground, s.key, list(s.columns))
	for level := indexmodel.Question; level >= 0; level-- {
		if more := s.above(level); len(more) > 0 {
			from = selectAll + list(more) + " from (" + from + fence //nolint:unqueryvet // as above
		}
	}
	var scores []string
	for n := range s.frame.Nodes {
		if s.computed(n) {
			scores = append(scores, fmt.Sprintf("round(%s / nullif(%s, 0) * %s)::bigint as %s", numerator(n), denominator(n), number(fixed), score(n)))
		}
	}
	return selectAll + list(scores) + " from (" + from + fence //nolint:unqueryvet // as above
}

func list(columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	return ", " + strings.Join(columns, ", ")
}

// computed says whether a node's score is computed, and not an answer itself.
func (s *statement) computed(n int) bool {
	x := &s.frame.Nodes[n]
	return x.Level != indexmodel.Question || len(x.Leaves) > 1
}

// above are the quotients of the nodes of a level: of the lower ones from answers, of the others from those of the level below.
func (s *statement) above(level int) (columns []string) {
	for n := range s.frame.Nodes {
		x := &s.frame.Nodes[n]
		if x.Level != level || !s.computed(n) {
			continue
		}
		var over, under []string
		if level >= indexmodel.Dimension {
			for _, i := range x.Leaves {
				l := &s.frame.Leaves[i]
				over = append(over, fmt.Sprintf("coalesce(%s * %s + %s, 0)", answer(l.Position), number(l.Weight*l.A), number(l.Weight*l.B)))
				under = append(under, fmt.Sprintf("case when %s is null then 0 else %s end", answer(l.Position), number(l.Weight)))
			}
		} else {
			for child := range s.frame.Nodes {
				if s.frame.Nodes[child].above == n {
					over, under = append(over, numerator(child)), append(under, denominator(child))
				}
			}
		}
		columns = append(columns, strings.Join(over, " + ")+" as "+numerator(n), strings.Join(under, " + ")+" as "+denominator(n))
	}
	return columns
}
