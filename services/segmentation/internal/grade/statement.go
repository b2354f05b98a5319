// Package grade grades customers [客户分级] by the model in force, keeps what came of it as assessments in two times, and explains it.
package grade

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// Measures is a table with what is measured of customers, one that has the columns of measures.
type Measures string

// The tables.
const (
	MeasuresNow  Measures = "measures"      // what is measured today
	MeasuresThen Measures = "measures_then" // a temporary table of who grades a past day: what was measured then
)

// What a level rests on; the numbers are those of the API.
const (
	sourceFacts = iota + 1
	sourceSignal
	sourceJudgement
)

// params are how a statement calls what it is given: the business day (date), the instant at which that day ends (timestamptz), and the time zone of such days.
type params struct{ day, until, zone string }

// whom is how a statement finds customers: a customer after the other by its keys, or all of them at once.
type whom interface {
	// judgements, overrides and signal join what there is of a customer k as j, o and s<kind>.
	judgements(columns string, p params) string
	overrides(p params) string
	signal(kind int, p params) string
}

// measured are the measures over a row m of measures, null where there is nothing to measure. The latest signal of kind n is the row sn.
func measured(measure gradingmodel.Measure, p params) string {
	switch measure {
	case gradingmodel.LastYearGrossProfit:
		return "m.last_year_gross"
	case gradingmodel.LastYearNetProfit:
		return "m.last_year_net"
	case gradingmodel.LastYearSales:
		return ifOrdered("m.last_year_sales")
	case gradingmodel.Sales12M:
		return ifOrdered("m.sales")
	case gradingmodel.YearSales:
		return ifOrdered("m.year_sales")
	case gradingmodel.GrossProfit12M:
		return "m.gross_profit"
	case gradingmodel.NetProfit12M:
		return "m.net_profit"
	case gradingmodel.PaymentLateDays:
		return "cast(m.payment_late_days as numeric)"
	case gradingmodel.ActiveQuarters:
		return ifOrdered("m.quarters")
	case gradingmodel.CooperationYears: // age counts whole months; an order of tomorrow, by the clock of another zone, is no negative time
		age := "age(cast(" + p.day + " as timestamp), m.first_day)"
		return ifOrdered("round(greatest(extract(year from " + age + ") * 12 + extract(month from " + age + "), 0) / 12.0, 4)")
	case gradingmodel.ExpectedSales: // where nobody has said anything, what comes if nothing changes
		return "coalesce(m.expected_sales, " + ifOrdered("m.sales") + ")"
	case gradingmodel.Orders12M:
		return ifOrdered("m.orders")
	case gradingmodel.ProductLines12M:
		return ifOrdered("m.product_lines")
	default:
		return fmt.Sprintf("s%d.value", measure.Signal())
	}
}

func ifOrdered(column string) string {
	return "case when m.first_day is not null then " + column + " end"
}

// graded is the query that grades customers by a model: to the columns of each row of from, SQL with the names k (customer_id) and m (measures), it adds measured,
// levels, sources, evidence and days (arrays), points, weight, score, calculated, provisional, grade and override_id. Only identifiers, numbers and factor ids that
// have passed Model.Check are written into it.
//
// Each step is fenced off by "offset 0": without it the planner would write the expressions of one into the next and compute them again for each use.
func graded(m *gradingmodel.Model, columns, from string, w whom, p params) string {
	facts := &sources{model: m, whom: w, params: p}
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add("select a.*, coalesce(a.override_grade, a.calculated) as grade,") //nolint:unqueryvet // the columns depend on the model, and all are wanted
	add("\ta.override_id is null and a.weight > 0 and a.weight < %s as provisional,", number(m.Total().Mul(m.ProvisionalBelow)))
	add("\tcase when a.weight > 0 then round(a.points / a.weight, %d) end as score from (", gradingmodel.DisplayPlaces)
	add("select w.*, %s as calculated from (", grades(m))                        //nolint:unqueryvet // as above
	add("select l.*, %s as points, %s as weight,\n\tarray[%s] as levels from (", //nolint:unqueryvet // as above
		points(m), weights(m), each(m, "l%d"))
	add("select f.*, %s from (", levels(m)) //nolint:unqueryvet // as above
	add("select %s, %s,\n\to.grade as override_grade, o.override_id", columns, facts.columns())
	add("from %s%s", from, facts.joins())
	add("where %s is not null and %s is not null", p.until, p.zone) // not every model looks at signals, and a parameter that is not used is refused
	add("offset 0) f offset 0) l offset 0) w offset 0) a")
	return strings.Join(lines, "\n")
}

// each writes an expression for every factor, with its position.
func each(m *gradingmodel.Model, format string) string {
	out := make([]string, len(m.Factors))
	for i := range m.Factors {
		out[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(out, ", ")
}

func levels(m *gradingmodel.Model) string {
	out := make([]string, len(m.Factors))
	for i := range m.Factors {
		f := &m.Factors[i]
		var b strings.Builder
		b.WriteString("case")
		if f.Judgeable() {
			fmt.Fprintf(&b, " when j%[1]d is not null then cast(right(j%[1]d, 1) as smallint)", i)
		}
		if f.Measurable() {
			compare := ">="
			if f.LowerIsBetter {
				compare = "<="
			}
			fmt.Fprintf(&b, " when v%d is null then 0", i)
			for e := len(f.Edges) - 1; e >= 0; e-- {
				fmt.Fprintf(&b, " when v%d %s %s then %d", i, compare, number(f.Edges[e]), e+2)
			}
			b.WriteString(" else 1 end")
		} else {
			b.WriteString(" else 0 end")
		}
		out[i] = fmt.Sprintf("cast(%s as smallint) as l%d", b.String(), i)
	}
	return strings.Join(out, ",\n\t")
}

// points multiplies in advance what is the same for all customers.
func points(m *gradingmodel.Model) string {
	out := make([]string, len(m.Factors))
	for i := range m.Factors {
		var b strings.Builder
		fmt.Fprintf(&b, "case l%d", i)
		for level := gradingmodel.Levels; level >= 1; level-- {
			fmt.Fprintf(&b, " when %d then %s", level, number(m.Factors[i].Weight.Mul(m.Points[level-1])))
		}
		out[i] = b.String() + " else 0.0 end"
	}
	return strings.Join(out, " + ")
}

func weights(m *gradingmodel.Model) string {
	out := make([]string, len(m.Factors))
	for i := range m.Factors {
		out[i] = fmt.Sprintf("case when l%d > 0 then %s else 0.0 end", i, number(m.Factors[i].Weight))
	}
	return strings.Join(out, " + ")
}

// grades compares points with border x weight, as Model.Evaluate does: a quotient would be rounded.
func grades(m *gradingmodel.Model) string {
	var b strings.Builder
	b.WriteString("cast(case when weight = 0 then 0")
	for i := len(m.Borders) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, " when points >= weight * %s then %d", number(m.Borders[i]), int(gradingmodel.B)+i)
	}
	fmt.Fprintf(&b, " else %d end as smallint)", gradingmodel.C)
	return b.String()
}

// number writes a decimal so that SQL takes it for a numeric, a negative one too.
func number(d decimal.Decimal) string { return "cast(" + d.String() + " as numeric)" }
