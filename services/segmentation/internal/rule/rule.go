// Package rule reads the rules that segments are defined by: expressions in CEL over what is known of a customer, translated into SQL, so that belonging to a
// segment is always a question to the database about many customers and never a loop over them.
//
// A fact that is not known is null in SQL and an error in CEL, and both languages make the same of it (Kleene's three-valued logic): false && unknown is false,
// true || unknown is true, !unknown is unknown, and whatever is calculated from or compared with the unknown is unknown. A customer belongs to a segment when
// its rule is true: not when it is false, and not when it is unknown. So !(a < b) means a >= b, as everybody expects, whether or not a is known.
//
// The two differ in three points, in which the SQL is what counts: numbers are exact decimals and do not overflow; a number divided by 0 is unknown, where CEL
// has an infinity for doubles; and an attribute of the company's own that is not of the type the rule takes it for is unknown, where CEL finds it unequal.
package rule

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// What a rule may cost: it is asked of every customer at each of his changes, beside 200 others.
const (
	maxCharacters = 2000
	maxNodes      = 500 // of the tree
	maxDepth      = 40
	maxProducts   = 20 // multiplications and divisions, each of which adds digits to exact decimals
	maxLookups    = 10 // facts that are looked up in tables of their own
)

// Level is the permission level that a fact asks for. The numbers are those of the API.
type Level int16

// The levels.
const (
	Basic Level = iota + 1
	Manager
	Executive
)

// Rule is a rule that has been understood.
type Rule struct {
	Source string
	// Level is the highest of its facts: belonging to the segment would give them away.
	Level Level
	// Facts are what it names, by name.
	Facts []*Fact
	// Timely says that it can come true or false by the passing of time alone.
	Timely bool

	condition writes
}

// Moment is when customers are held to a rule.
type Moment struct {
	Day   time.Time // the business day, as midnight UTC
	Start time.Time // when that day began
}

// Binder binds a value to a statement, as the SQL type named, and gives what stands for it.
type Binder func(cast string, value any) string

// Condition writes the rule as SQL over the tables of From. It is true, false or null of a customer, and raises no error, whatever is stored of him.
func (r *Rule) Condition(at Moment, bind Binder) string {
	return r.condition(&writer{at: at, bind: bind})
}

// From is what conditions are about. Who has not been measured yet has no measures.
const From = `customers c left join standings s on s.customer_id = c.customer_id left join measures m on m.customer_id = c.customer_id`

// Check refuses a rule that is above a caller's level, with the facts that are.
func (r *Rule) Check(caller Level) error {
	var above []string
	for _, f := range r.Facts {
		if f.Level > caller {
			above = append(above, f.Name)
		}
	}
	if len(above) == 0 {
		return nil
	}
	named := strings.Join(above, ",")
	return fault.Denied("FIELD_LEVEL", fault.Text{
		En: "above your permission level: " + named, Zh: "超出您的权限级别：" + named,
	}).With("fields", named)
}

// Compile understands a rule, or says by INVALID_ARGUMENT on the field "rule" what is wrong with it, and where.
func Compile(source string) (*Rule, error) {
	if utf8.RuneCountInString(source) > maxCharacters {
		return nil, fault.Invalid(fault.Field(field, "RULE_TOO_LONG", fault.Text{En: "has more than 2,000 characters", Zh: "超过 2000 个字符"}))
	}
	known, err := environment()
	if err != nil {
		return nil, err
	}
	checked, issues := known.Compile(source)
	if issues.Err() != nil {
		return nil, invalid(issues)
	}
	t := &translator{checked: checked.NativeRep(), used: map[string]*Fact{}}
	whole, err := t.term(checked.NativeRep().Expr())
	if err != nil {
		return nil, err
	}
	condition, err := t.as(checked.NativeRep().Expr(), whole, truth)
	if err != nil {
		return nil, err
	}
	r := &Rule{Source: source, Level: Basic, condition: condition}
	for _, name := range slices.Sorted(maps.Keys(t.used)) {
		f := t.used[name]
		r.Facts = append(r.Facts, f)
		r.Level = max(r.Level, f.Level)
		r.Timely = r.Timely || f.timely
	}
	return r, nil
}
