package rule

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// membership is in: of a text in a list fact, or of a text or number in a list that is written out.
func (t *translator) membership(what, list ast.Expr) (term, error) {
	if list.Kind() == ast.ListKind {
		return t.oneOf(what, list)
	}
	of, err := t.term(list)
	if err != nil {
		return term{}, err
	}
	if of.kind != texts {
		return term{}, t.refuse(list, needsList)
	}
	a, err := t.term(what)
	if err != nil {
		return term{}, err
	}
	x, err := t.as(what, a, text)
	// Of an empty list SQL says that nothing is in it, the unknown included.
	return term{truth, func(w *writer) string {
		return "(select case when q.v is not null then q.v = any(" + of.sql(w) + ") end from (select " + x(w) + " as v) as q)"
	}}, err
}

func (t *translator) oneOf(what, list ast.Expr) (term, error) {
	a, err := t.term(what)
	if err != nil {
		return term{}, err
	}
	shared := a.kind
	var choices []writes
	for _, element := range list.AsList().Elements() {
		if element.Kind() != ast.LiteralKind {
			return term{}, t.refuse(element, needsList)
		}
		b, err := t.term(element)
		if err != nil {
			return term{}, err
		}
		if shared == entry {
			shared = b.kind
		}
		if b.kind != shared {
			return term{}, t.refuse(element, needsList)
		}
		choices = append(choices, b.sql)
	}
	if len(choices) == 0 {
		return term{}, t.refuse(list, needsList)
	}
	x, err := t.as(what, a, shared)
	return term{truth, func(w *writer) string {
		parts := make([]string, len(choices))
		for i, choice := range choices {
			parts[i] = choice(w)
		}
		return "(" + x(w) + " in (" + strings.Join(parts, ", ") + "))"
	}}, err
}

// quantifier is exists or all over a list fact: CEL makes loops of them, here they become aggregates with the same three values.
func (t *translator) quantifier(e ast.Expr) (term, error) {
	c := e.AsComprehension()
	if t.variable != "" {
		return term{}, t.refuse(e, nested)
	}
	list, err := t.term(c.IterRange())
	if err != nil {
		return term{}, err
	}
	step := c.LoopStep()
	if list.kind != texts || c.HasIterVar2() || step.Kind() != ast.CallKind {
		return term{}, t.refuse(e, needsList)
	}
	ends, other := "true", "false" // exists ends with the first that is true, all with the first that is false
	switch step.AsCall().FunctionName() {
	case operators.LogicalOr:
	case operators.LogicalAnd:
		ends, other = other, ends
	default:
		return term{}, t.refuse(e, unsupported("this macro"))
	}
	t.variable = c.IterVar()
	defer func() { t.variable = "" }()
	body := step.AsCall().Args()[1]
	b, err := t.term(body)
	if err != nil {
		return term{}, err
	}
	predicate, err := t.as(body, b, truth)
	return term{truth, func(w *writer) string {
		return "(select case when bool_or(e.p = " + ends + ") then " + ends + " when bool_or(e.p is null) then null else " + other + " end" +
			" from (select " + predicate(w) + " as p from unnest(" + list.sql(w) + ") as i (v)) as e)"
	}}, err
}
