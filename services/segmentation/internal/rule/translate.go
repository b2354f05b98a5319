package rule

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// kind is the type of a term in SQL.
type kind int

const (
	truth   kind = iota + 1 // boolean
	number                  // numeric
	text                    // text
	instant                 // numeric: seconds since 1970, so that CEL's arithmetic of times is that of numbers
	span                    // numeric: seconds
	texts                   // text[]
	entry                   // jsonb: a value of an attribute of the company's own, whose type the other side of a comparison tells
	entries                 // jsonb: all of them
)

// writer writes one statement.
type writer struct {
	at   Moment
	bind Binder
}

// writes gives an SQL expression that stands for itself wherever it is put.
type writes func(*writer) string

// term is a part of a rule, translated.
type term struct {
	kind kind
	sql  writes
}

// translator goes through the tree of a rule that CEL has checked.
type translator struct {
	checked  *ast.AST
	used     map[string]*Fact
	variable string // of the exists or all that is being translated
	nodes    int
	depth    int
	products int
	lookups  int
}

func (t *translator) term(e ast.Expr) (term, error) {
	t.nodes++
	t.depth++
	defer func() { t.depth-- }()
	if t.nodes > maxNodes || t.depth > maxDepth {
		return term{}, t.refuse(e, tooComplex)
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return t.literal(e, e.AsLiteral())
	case ast.IdentKind:
		return t.name(e)
	case ast.SelectKind:
		return t.selection(e)
	case ast.CallKind:
		return t.call(e)
	case ast.ComprehensionKind:
		return t.quantifier(e)
	case ast.ListKind:
		return term{}, t.refuse(e, unsupported("a list other than behind in"))
	case ast.MapKind:
		return term{}, t.refuse(e, unsupported("a map"))
	default:
		return term{}, t.refuse(e, unsupported("this expression"))
	}
}

// as is what a term is as a value of that kind. CEL has checked the types of all terms but the entries.
func (t *translator) as(e ast.Expr, of term, wanted kind) (writes, error) {
	if of.kind == wanted {
		return of.sql, nil
	}
	read := map[kind]string{truth: "segment_truth", number: "segment_number", text: "segment_text", instant: "segment_instant"}[wanted]
	if of.kind != entry || read == "" {
		return nil, t.refuse(e, unsupported("a value of this type"))
	}
	return func(w *writer) string { return read + "(" + of.sql(w) + ")" }, nil
}

func (t *translator) literal(e ast.Expr, v ref.Val) (term, error) {
	switch v := v.(type) {
	case types.Bool:
		return constant(truth, strconv.FormatBool(bool(v))), nil
	case types.Int:
		return t.number(e, float64(v), strconv.FormatInt(int64(v), 10))
	case types.Double:
		return t.number(e, float64(v), strconv.FormatFloat(float64(v), 'f', -1, 64))
	case types.String:
		if s := string(v); strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
			return term{}, t.refuse(e, badText)
		}
		return term{text, func(w *writer) string { return w.bind("text", string(v)) }}, nil
	default:
		return term{}, t.refuse(e, unsupported("a literal of type "+v.Type().TypeName()))
	}
}

// number takes a literal as the decimal that was written.
func (t *translator) number(e ast.Expr, size float64, digits string) (term, error) {
	if size = math.Abs(size); size != 0 && !(size >= 1e-9 && size <= 1e15) {
		return term{}, t.refuse(e, numberRange)
	}
	return term{number, func(w *writer) string { return w.bind("numeric", digits) }}, nil
}

func constant(k kind, sql string) term { return term{k, func(*writer) string { return sql }} }

// name is a fact, or the variable of exists and all.
func (t *translator) name(e ast.Expr) (term, error) {
	name := e.AsIdent()
	if t.variable != "" && name == t.variable {
		return constant(text, "i.v"), nil
	}
	f := byName[name]
	if f == nil {
		return term{}, t.refuse(e, unsupported(name))
	}
	if f.kind == entries {
		return term{}, t.refuse(e, unsupported("attributes without the id of one"))
	}
	return t.fact(e, f, nil)
}

// fact notes that the rule looks at a fact. Some need the time at which they count.
func (t *translator) fact(e ast.Expr, f *Fact, since func(Moment) time.Time) (term, error) {
	t.used[f.Name] = f
	if f.lookup {
		if t.lookups++; t.lookups > maxLookups {
			return term{}, t.refuse(e, tooComplex)
		}
	}
	return term{f.kind, func(w *writer) string {
		sql := f.sql
		if strings.Contains(sql, "{today}") {
			sql = strings.ReplaceAll(sql, "{today}", w.bind("date", w.at.Day))
		}
		if since != nil {
			sql = strings.ReplaceAll(sql, "{since}", w.bind("timestamptz", since(w.at)))
		}
		return sql
	}}, nil
}

// selection is attributes.id or has(attributes.id); nothing else has fields.
func (t *translator) selection(e ast.Expr) (term, error) {
	s := e.AsSelect()
	value, err := t.entry(e, s.Operand(), s.FieldName())
	if err != nil || !s.IsTestOnly() {
		return value, err
	}
	return term{truth, func(w *writer) string { return "(" + value.sql(w) + " is not null)" }}, nil
}

// entry is one attribute of the company's own.
func (t *translator) entry(e, of ast.Expr, id string) (term, error) {
	if of.Kind() != ast.IdentKind || of.AsIdent() != "attributes" || t.variable == "attributes" {
		return term{}, t.refuse(e, unsupported("a field"))
	}
	if strings.ContainsRune(id, 0) || !utf8.ValidString(id) {
		return term{}, t.refuse(e, badText)
	}
	t.used["attributes"] = byName["attributes"]
	return term{entry, func(w *writer) string { return "segment_value(c.attributes, " + w.bind("text", id) + ")" }}, nil
}
