package rule

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// comparisons as SQL has them.
var comparisons = map[string]string{
	operators.Equals: "=", operators.NotEquals: "<>",
	operators.Less: "<", operators.LessEquals: "<=", operators.Greater: ">", operators.GreaterEquals: ">=",
}

func (t *translator) call(e ast.Expr) (term, error) {
	c := e.AsCall()
	name := c.FunctionName()
	args := c.Args()
	if c.IsMemberFunction() {
		args = append([]ast.Expr{c.Target()}, args...)
	}
	if comparisons[name] != "" {
		return t.comparison(name, args[0], args[1])
	}
	switch name {
	case operators.LogicalAnd:
		return t.junction(args, " and ")
	case operators.LogicalOr:
		return t.junction(args, " or ")
	case operators.LogicalNot:
		return t.apply(truth, "(not ", args[0], truth, ")")
	case operators.Conditional:
		return t.conditional(e, args)
	case operators.In:
		return t.membership(args[0], args[1])
	case operators.Index:
		return t.index(e, args)
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate:
		return t.arithmetic(e, name, args)
	default:
		return t.function(e, name, args)
	}
}

// apply puts SQL around an argument of that kind.
func (t *translator) apply(result kind, before string, arg ast.Expr, wanted kind, after string) (term, error) {
	a, err := t.term(arg)
	if err != nil {
		return term{}, err
	}
	inner, err := t.as(arg, a, wanted)
	return term{result, func(w *writer) string { return before + inner(w) + after }}, err
}

// junction is && or ||, which treat the unknown as SQL does.
func (t *translator) junction(args []ast.Expr, word string) (term, error) {
	parts := make([]writes, len(args))
	for i, arg := range args {
		a, err := t.term(arg)
		if err != nil {
			return term{}, err
		}
		if parts[i], err = t.as(arg, a, truth); err != nil {
			return term{}, err
		}
	}
	return term{truth, func(w *writer) string {
		conditions := make([]string, len(parts))
		for i, part := range parts {
			conditions[i] = part(w)
		}
		return "(" + strings.Join(conditions, word) + ")"
	}}, nil
}

// pair translates two terms that must be of one kind.
func (t *translator) pair(left, right ast.Expr) (kind, writes, writes, error) {
	a, err := t.term(left)
	if err != nil {
		return 0, nil, nil, err
	}
	b, err := t.term(right)
	if err != nil {
		return 0, nil, nil, err
	}
	shared := a.kind
	if shared == entry {
		shared = b.kind
	}
	if shared == entry {
		return 0, nil, nil, t.refuse(left, unknownType)
	}
	x, err := t.as(left, a, shared)
	if err != nil {
		return 0, nil, nil, err
	}
	y, err := t.as(right, b, shared)
	return shared, x, y, err
}

// comparison compares texts by their bytes, as CEL does, not by a dictionary.
func (t *translator) comparison(name string, left, right ast.Expr) (term, error) {
	shared, a, b, err := t.pair(left, right)
	if err != nil {
		return term{}, err
	}
	if shared == texts {
		return term{}, t.refuse(left, unsupported("a comparison of lists"))
	}
	sign := " " + comparisons[name] + " "
	if shared == text {
		sign = ` collate "C"` + sign
	}
	return term{truth, func(w *writer) string { return "(" + a(w) + sign + b(w) + ")" }}, nil
}

// conditional evaluates its condition once; neither branch is taken when it is unknown.
func (t *translator) conditional(e ast.Expr, args []ast.Expr) (term, error) {
	c, err := t.term(args[0])
	if err != nil {
		return term{}, err
	}
	condition, err := t.as(args[0], c, truth)
	if err != nil {
		return term{}, err
	}
	shared, a, b, err := t.pair(args[1], args[2])
	if err != nil {
		return term{}, err
	}
	if shared == texts {
		return term{}, t.refuse(e, unsupported("a choice between lists"))
	}
	return term{shared, func(w *writer) string {
		return "(case " + condition(w) + " when true then " + a(w) + " when false then " + b(w) + " end)"
	}}, nil
}

func (t *translator) index(e ast.Expr, args []ast.Expr) (term, error) {
	if args[1].Kind() == ast.LiteralKind {
		if id, ok := args[1].AsLiteral().(types.String); ok {
			return t.entry(e, args[0], string(id))
		}
	}
	return term{}, t.refuse(e, unsupported("an index other than the id of an attribute"))
}

// arithmetic on numbers is exact. Times and spans of time are seconds, which add up like numbers.
func (t *translator) arithmetic(e ast.Expr, name string, args []ast.Expr) (term, error) {
	result, whole := t.result(e)
	if name == operators.Negate {
		return t.apply(result, "(- ", args[0], result, ")")
	}
	a, err := t.operand(args[0], result, whole)
	if err != nil {
		return term{}, err
	}
	b, err := t.operand(args[1], result, whole)
	if err != nil {
		return term{}, err
	}
	form := map[string][3]string{
		operators.Add: {"(", " + ", ")"}, operators.Subtract: {"(", " - ", ")"}, operators.Multiply: {"(", " * ", ")"},
		operators.Divide: {"(", " / nullif(", ", 0))"}, operators.Modulo: {"mod(", ", nullif(", ", 0))"},
	}[name]
	switch {
	case result == text:
		form[1] = " || "
	case whole && name == operators.Divide:
		form = [3]string{"div(", ", nullif(", ", 0))"}
	}
	if name == operators.Multiply || name == operators.Divide || name == operators.Modulo {
		if t.products++; t.products > maxProducts {
			return term{}, t.refuse(e, tooComplex)
		}
	}
	return term{result, func(w *writer) string { return form[0] + a(w) + form[1] + b(w) + form[2] }}, nil
}

// result is the kind of what a call gives, by its type in CEL; whole says that it is an int.
func (t *translator) result(e ast.Expr) (result kind, whole bool) {
	switch t.checked.GetType(e.ID()).Kind() {
	case types.BoolKind:
		return truth, false
	case types.IntKind:
		return number, true
	case types.DoubleKind:
		return number, false
	case types.StringKind:
		return text, false
	case types.TimestampKind:
		return instant, false
	case types.DurationKind:
		return span, false
	default:
		return 0, false
	}
}

// operand is a side of an arithmetic operation; an entry among them is of the kind of the result. The numbers among the entries are no ints.
func (t *translator) operand(e ast.Expr, result kind, whole bool) (writes, error) {
	a, err := t.term(e)
	switch {
	case err != nil:
		return nil, err
	case a.kind == entry && !whole && (result == number || result == text):
		return t.as(e, a, result)
	case a.kind == entry || result == 0:
		return nil, t.refuse(e, unknownType)
	case a.kind == number, a.kind == instant, a.kind == span, a.kind == text && result == text:
		return a.sql, nil
	default:
		return nil, t.refuse(e, unsupported("arithmetic with this type"))
	}
}
