package listing

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	maxFilter = 2000 // characters
	maxDepth  = 20   // of parentheses and negations; a chain of AND or OR is one level, however long
)

// condition writes itself as SQL, with its values bound.
//
// A condition on a null is null, which WHERE, AND and OR take for false; negation is written "is not true". So, as with a proto
// field that is not set, a null equals nothing, differs from everything, and NOT of a condition holds wherever it does not.
type condition func(bind binder) string

// binder binds a value and gives what stands for it in the statement, as the SQL type cast ("" = what the context says).
type binder func(cast string, value any) string

// checker turns a parsed filter into a condition for one caller.
type checker struct {
	list   *List
	caller typev1.Level
	source string          // the filter, without blanks around it
	starts map[int64]int32 // byte offset in source of each node
}

func (l *List) filter(ctx context.Context, filter string, caller typev1.Level) (condition, error) {
	if utf8.RuneCountInString(filter) > maxFilter {
		return nil, tooLong("filter", maxFilter)
	}
	source := strings.TrimSpace(filter)
	var parser filtering.Parser
	parser.Init(source)
	parsed, err := parser.Parse()
	if err != nil {
		return nil, syntaxError(source, err)
	}
	c := &checker{list: l, caller: caller, source: source, starts: parsed.GetSourceInfo().GetPositions()}
	return c.condition(ctx, parsed.GetExpr(), 1)
}

// condition checks one node. A sequence of conditions without a word between them is an AND here.
func (c *checker) condition(ctx context.Context, e *expr.Expr, depth int) (condition, error) {
	if depth > maxDepth {
		return nil, c.refuse(e, tooDeep)
	}
	call := e.GetCallExpr()
	switch call.GetFunction() {
	case filtering.FunctionAnd, filtering.FunctionFuzzyAnd:
		return c.join(ctx, " and ", depth, chain(e, filtering.FunctionAnd, filtering.FunctionFuzzyAnd))
	case filtering.FunctionOr:
		return c.join(ctx, " or ", depth, chain(e, filtering.FunctionOr))
	case filtering.FunctionNot:
		inner, err := c.condition(ctx, call.GetArgs()[0], depth+1)
		if err != nil {
			return nil, err
		}
		return func(bind binder) string { return "(" + inner(bind) + ") is not true" }, nil
	case "=", "!=", "<", "<=", ">", ">=", ":":
		return c.restriction(ctx, call.GetFunction(), call.GetArgs()[0], call.GetArgs()[1])
	default:
		return c.flag(ctx, e)
	}
}

// chain gives the operands of a chain of functions, which the parser nests to the left.
func chain(e *expr.Expr, functions ...string) []*expr.Expr {
	var operands []*expr.Expr
	for slices.Contains(functions, e.GetCallExpr().GetFunction()) {
		operands = append(operands, e.GetCallExpr().GetArgs()[1])
		e = e.GetCallExpr().GetArgs()[0]
	}
	operands = append(operands, e)
	slices.Reverse(operands)
	return operands
}

func (c *checker) join(ctx context.Context, word string, depth int, operands []*expr.Expr) (condition, error) {
	conditions := make([]condition, len(operands))
	for i, operand := range operands {
		var err error
		if conditions[i], err = c.condition(ctx, operand, depth+1); err != nil {
			return nil, err
		}
	}
	return func(bind binder) string {
		parts := make([]string, len(conditions))
		for i, inner := range conditions {
			parts[i] = "(" + inner(bind) + ")"
		}
		return strings.Join(parts, word)
	}, nil
}

// flag is a Bool field standing alone.
func (c *checker) flag(ctx context.Context, e *expr.Expr) (condition, error) {
	names, ok := path(e)
	if !ok {
		return nil, c.refuse(e, needsComparison)
	}
	column, err := c.column(ctx, names)
	if err != nil {
		return nil, err
	}
	if column.kind != Bool {
		return nil, c.refuse(e, needsComparison)
	}
	return column.sql, nil
}

// path is what e names: a field, or an entry of a map.
func path(e *expr.Expr) ([]string, bool) {
	var names []string
	for e.GetSelectExpr() != nil {
		names = append(names, e.GetSelectExpr().GetField())
		e = e.GetSelectExpr().GetOperand()
	}
	names = append(names, e.GetIdentExpr().GetName())
	slices.Reverse(names)
	return names, e.GetIdentExpr() != nil
}
