package rule

import (
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// function is what is called by a name.
func (t *translator) function(e ast.Expr, name string, args []ast.Expr) (term, error) {
	switch name {
	case "size":
		return t.size(e, args[0])
	case "startsWith":
		return t.search(args, "starts_with(", ", ", ")")
	case "contains":
		return t.search(args, "(strpos(", ", ", ") > 0)")
	case "endsWith":
		return t.search(args, "starts_with(reverse(", "), reverse(", "))")
	case "double":
		return t.apply(number, "", args[0], number, "")
	case "int":
		return t.apply(number, "trunc(", args[0], number, ")")
	case "days":
		return t.apply(span, "(86400 * ", args[0], number, ")")
	case "timestamp", "duration":
		return t.moment(e, name, args[0])
	case "known":
		return t.known(args[0])
	case complaints:
		return t.complaints(args[0])
	default:
		return term{}, t.refuse(e, unsupported(name))
	}
}

func (t *translator) complaints(arg ast.Expr) (term, error) {
	if arg.Kind() == ast.LiteralKind {
		if n, ok := arg.AsLiteral().(types.Int); ok && n >= 1 && n <= 3650 {
			return t.fact(arg, byName[complaints], func(at Moment) time.Time { return at.Start.AddDate(0, 0, -int(n)) })
		}
	}
	return term{}, t.refuse(arg, needsCount)
}

// moment is a time or a span of time that is written out.
func (t *translator) moment(e ast.Expr, name string, arg ast.Expr) (term, error) {
	var written types.String
	if arg.Kind() == ast.LiteralKind {
		written, _ = arg.AsLiteral().(types.String)
	}
	if written == "" {
		return term{}, t.refuse(arg, needsText)
	}
	if name == "duration" {
		d, err := time.ParseDuration(string(written))
		if err != nil {
			return term{}, t.refuse(e, fault.Text{En: "is no duration such as 36h", Zh: "不是如 36h 的时长"})
		}
		return term{span, func(w *writer) string { return w.bind("numeric", seconds(0, d)) }}, nil
	}
	at, err := time.Parse(time.RFC3339, string(written))
	if err != nil {
		return term{}, t.refuse(e, fault.Text{En: "is no time such as 2026-01-31T00:00:00Z", Zh: "不是如 2026-01-31T00:00:00Z 的时间"})
	}
	return term{instant, func(w *writer) string { return w.bind("numeric", seconds(at.Unix(), time.Duration(at.Nanosecond()))) }}, nil
}

// seconds writes a time as the number of its seconds.
func seconds(whole int64, rest time.Duration) string {
	return decimal.NewFromInt(whole).Add(decimal.New(rest.Nanoseconds(), -9)).String()
}

// search asks whether a text is in another. What is searched for is written out: SQL has no such questions between two texts of a customer that cost no more.
func (t *translator) search(args []ast.Expr, before, between, after string) (term, error) {
	in, err := t.term(args[0])
	if err != nil {
		return term{}, err
	}
	whole, err := t.as(args[0], in, text)
	if err != nil {
		return term{}, err
	}
	if args[1].Kind() != ast.LiteralKind {
		return term{}, t.refuse(args[1], needsText)
	}
	what, err := t.term(args[1])
	if err != nil {
		return term{}, err
	}
	part, err := t.as(args[1], what, text)
	return term{truth, func(w *writer) string { return before + whole(w) + between + part(w) + after }}, err
}

// size counts the characters of a text or the elements of a list.
func (t *translator) size(e, arg ast.Expr) (term, error) {
	a, err := t.term(arg)
	switch {
	case err != nil:
		return term{}, err
	case a.kind == text:
		return term{number, func(w *writer) string { return "cast(length(" + a.sql(w) + ") as numeric)" }}, nil
	case a.kind == texts:
		return term{number, func(w *writer) string { return "cast(cardinality(" + a.sql(w) + ") as numeric)" }}, nil
	case a.kind == entry:
		return term{}, t.refuse(arg, unknownType)
	default:
		return term{}, t.refuse(e, unsupported("size of this type"))
	}
}

// known asks whether a fact is known, whatever it is.
func (t *translator) known(arg ast.Expr) (term, error) {
	plain := arg.Kind() == ast.IdentKind || arg.Kind() == ast.SelectKind && !arg.AsSelect().IsTestOnly() ||
		arg.Kind() == ast.CallKind && arg.AsCall().FunctionName() == operators.Index
	if !plain {
		return term{}, t.refuse(arg, needsFact)
	}
	a, err := t.term(arg)
	return term{truth, func(w *writer) string { return "(" + a.sql(w) + " is not null)" }}, err
}
