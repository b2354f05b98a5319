package listing

import (
	"context"
	"strings"

	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
)

// restriction checks "field operator value".
func (c *checker) restriction(ctx context.Context, operator string, left, right *expr.Expr) (condition, error) {
	names, ok := path(left)
	if !ok {
		return nil, c.refuse(left, fieldOnTheLeft)
	}
	col, err := c.column(ctx, names)
	if err != nil {
		return nil, err
	}
	literal, ok := c.literal(right)
	if !ok {
		return nil, c.refuse(right, needsLiteral)
	}
	if operator == ":" && literal.bare && literal.text == "*" && col.blind == nil {
		if col.keys {
			return nil, c.refuse(right, needsKey)
		}
		return present(col), nil
	}
	if !compares(col.kind, operator) {
		return nil, c.refuse(right, wrongOperator(col.path, operator))
	}
	value, ok := parse(col, literal)
	if !ok {
		return nil, c.refuse(right, wrongValue(col))
	}
	if col.kind == StringMap {
		entry, err := c.column(ctx, append(names, literal.text))
		if err != nil {
			return nil, err
		}
		return present(entry), nil
	}
	return compare(col, operator, value), nil
}

// compares reports whether operator has a meaning for kind. What is not told here is ordered and so takes every operator.
func compares(kind Kind, operator string) bool {
	switch kind {
	case Bool, Enum:
		return operator == "=" || operator == "!=" || operator == ":"
	case Blind:
		return operator == "=" || operator == "!="
	case StringArray, StringMap, BlindArray:
		return operator == ":"
	default:
		return true
	}
}

// present is "field:*".
func present(col column) condition {
	return func(bind binder) string { return col.sql(bind) + " " + col.present }
}

func compare(col column, operator string, value any) condition {
	switch {
	case col.kind == StringArray:
		return func(bind binder) string { return col.sql(bind) + " @> array[" + bind("text", value) + "]" }
	case col.kind == BlindArray:
		return func(bind binder) string { return col.sql(bind) + " @> array[" + bind("bytea", value) + "]" }
	case col.kind == String && operator != "<" && operator != "<=" && operator != ">" && operator != ">=":
		return match(col, operator, value.(string))
	case operator == ":":
		operator = "="
	case operator == "!=":
		operator = "is distinct from"
	}
	return func(bind binder) string { return col.sql(bind) + " " + operator + " " + bind(col.cast, value) }
}

// match compares strings: ":" finds a part of one, in any case; "=" and "!=" the whole of it, where "*" stands for any
// characters. A string that is not set equals "".
func match(col column, operator, value string) condition {
	switch {
	case operator == ":":
		return func(bind binder) string { return col.sql(bind) + " ilike " + bind("text", "%"+pattern(value)+"%") }
	case strings.Contains(value, "*"):
		return negated(operator == "!=", func(bind binder) string {
			return col.sql(bind) + " like " + bind("text", pattern(value))
		})
	case value == "":
		return negated(operator == "!=", func(bind binder) string { return "coalesce(" + col.sql(bind) + ", '') = ''" })
	default:
		return negated(operator == "!=", func(bind binder) string { return col.sql(bind) + " = " + bind("text", value) })
	}
}

func negated(not bool, c condition) condition {
	if !not {
		return c
	}
	return func(bind binder) string { return "(" + c(bind) + ") is not true" }
}

// pattern writes value as a LIKE pattern: "*" becomes "%", and what LIKE itself would take for special is escaped.
func pattern(value string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, `*`, `%`).Replace(value)
}
