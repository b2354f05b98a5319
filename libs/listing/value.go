package listing

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
)

// literal is the value on the right of a restriction, as it was written.
type literal struct {
	text string
	bare bool // a word without quotes
}

// literal reads a string, a word, a number, or timestamp("...").
func (c *checker) literal(e *expr.Expr) (literal, bool) {
	switch kind := e.GetExprKind().(type) {
	case *expr.Expr_IdentExpr:
		return literal{text: kind.IdentExpr.GetName(), bare: true}, true
	case *expr.Expr_CallExpr:
		args := kind.CallExpr.GetArgs()
		if kind.CallExpr.GetFunction() != filtering.FunctionTimestamp || len(args) != 1 {
			return literal{}, false
		}
		constant := args[0].GetConstExpr()
		_, ok := constant.GetConstantKind().(*expr.Constant_StringValue)
		return literal{text: constant.GetStringValue()}, ok
	case *expr.Expr_ConstExpr:
		if text, ok := kind.ConstExpr.GetConstantKind().(*expr.Constant_StringValue); ok {
			return literal{text: text.StringValue, bare: c.bare(e)}, true
		}
		// The parser made a float64 of it. The source still has all of its digits.
		return literal{text: number.FindString(c.source[c.starts[e.GetId()]:])}, true
	default:
		return literal{}, false
	}
}

// bare reports whether a string constant was a word: the parser makes one of the word behind ":".
func (c *checker) bare(e *expr.Expr) bool {
	return !strings.ContainsAny(c.source[c.starts[e.GetId()]:][:1], `"'`)
}

var (
	number  = regexp.MustCompile(`^-?[0-9a-zA-Z]*(\.[0-9]*)?`)
	decimal = regexp.MustCompile(`^-?([0-9]+\.?[0-9]*|\.[0-9]+)$`)
)

// parse gives what to bind for a literal compared with a column, and whether it is of the column's kind at all. Decimals are
// bound as text: exact.
func parse(col column, l literal) (any, bool) {
	switch col.kind {
	case Int:
		value, err := strconv.ParseInt(l.text, 10, 64)
		return value, err == nil
	case Decimal:
		return l.text, decimal.MatchString(l.text)
	case Bool:
		return l.text == "true", l.text == "true" || l.text == "false"
	case Timestamp:
		value, err := time.Parse(time.RFC3339Nano, l.text)
		return value, err == nil && inCalendar(value)
	case Date:
		value, err := time.Parse(time.DateOnly, l.text)
		return l.text, err == nil && inCalendar(value)
	case Enum:
		value, ok := col.values[l.text]
		return value, ok
	case Blind, BlindArray: // no part of a text is found by its hash
		if strings.Contains(l.text, "*") {
			return nil, false
		}
		return col.blind(l.text), true
	default:
		return l.text, storable(l.text)
	}
}

// inCalendar reports years that Go and PostgreSQL agree on.
func inCalendar(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

// storable reports text that PostgreSQL can hold: an escape in a filter can write what is not.
func storable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}
