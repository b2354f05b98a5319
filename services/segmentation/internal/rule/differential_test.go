package rule

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// TestSQLSaysWhatCELSays holds random customers to random rules, in the database and in CEL's own interpreter, and wants the same members from both.
func TestSQLSaysWhatCELSays(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	random := rand.New(rand.NewPCG(1, 2))
	var asked *subject // whose complaints are counted
	env, err := newEnvironment(cel.UnaryBinding(func(days ref.Val) ref.Val {
		return types.Int(asked.complaints(int(days.(types.Int))))
	}))
	require.NoError(t, err)
	subjects := make([]*subject, 150)
	for i := range subjects {
		subjects[i] = newSubject(random)
		store(t, db, subjects[i].stored)
	}
	outcomes := map[string]int{}
	rapid.Check(t, func(r *rapid.T) {
		for range 10 {
			source := truths(3).Draw(r, "rule")
			found := members(r, t.Context(), db, source)
			checked, issues := env.Compile(source)
			require.NoError(r, issues.Err(), source)
			program, err := env.Program(checked, cel.CustomDecorator(noInfinities))
			require.NoError(r, err)
			for _, asked = range subjects {
				answer, _, err := program.Eval(asked.facts)
				want := err == nil && answer == types.True
				require.Equal(r, want, found[asked.stored.id], "%s\nof %v: CEL says %v, %v", source, asked.facts, answer, err)
				outcomes[fmt.Sprint(want, err != nil)]++
			}
		}
	})
	for _, seen := range []string{"true false", "false false", "false true"} {
		require.Greater(t, outcomes[seen], 1000, "the rules have to come out true, false and unknown: %v", outcomes)
	}
}

// noInfinities makes an error, as with ints, of what doubles give when divided by 0.
func noInfinities(i interpreter.Interpretable) (interpreter.Interpretable, error) {
	if call, ok := i.(interpreter.InterpretableCall); ok && call.Function() == operators.Divide {
		return finite{i}, nil
	}
	return i, nil
}

type finite struct{ interpreter.Interpretable }

func (f finite) Eval(vars interpreter.Activation) ref.Val {
	v := f.Interpretable.Eval(vars)
	if d, ok := v.(types.Double); ok && (math.IsInf(float64(d), 0) || math.IsNaN(float64(d))) {
		return types.NewErr("division by zero")
	}
	return v
}

// subject is a customer as the database has it and as CEL is told of it: what is not among the facts is unknown.
type subject struct {
	stored customer
	facts  map[string]any
}

func (s *subject) complaints(days int) (n int) {
	for _, g := range s.stored.signals {
		if g.kind == 2 && !g.at.Before(moment.Start.AddDate(0, 0, -days)) {
			n++
		}
	}
	return n
}

// words have letters of both cases and scripts, so that the order of bytes is not that of a dictionary.
var words = []string{"", "a", "ab", "B", "b", "é", "华南", "cn/south", "cn/south/x", "%_", "a'b"}

// quarters are numbers that doubles hold exactly, with what comes of a few of them.
func quarter(random *rand.Rand) float64 { return float64(random.IntN(33)-16) / 4 }

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

func newSubject(random *rand.Rand) *subject {
	s := &subject{facts: map[string]any{"today": moment.Day}, stored: customer{id: uuid.New(), customers: map[string]any{}}}
	s.master(random)
	if random.IntN(8) > 0 {
		s.stored.standings = map[string]any{}
		s.standing(random)
	}
	if random.IntN(8) > 0 {
		s.stored.measures = map[string]any{}
		s.measure(random)
	}
	s.observe(random)
	return s
}

func (s *subject) master(random *rand.Rand) {
	columns := s.stored.customers
	for _, name := range []string{"territory", "owner", "display_name", "industry", "source"} {
		word := pick(random, words)
		columns[name], s.facts[name] = word, word
	}
	s.named(random, columns, "kind", "kind", "ORGANIZATION", "PERSON")
	tags, relations := []string{}, []string{}
	for range random.IntN(4) {
		tags = append(tags, pick(random, words))
	}
	var numbers []int64
	for i, name := range []string{"END_USER", "BUYER", "INTERMEDIARY", "INTERNAL"} {
		if random.IntN(3) == 0 {
			numbers, relations = append(numbers, int64(i+1)), append(relations, name)
		}
	}
	columns["tags"], columns["relations"] = pq.StringArray(tags), pq.Int64Array(append([]int64{}, numbers...))
	s.facts["tags"], s.facts["relations"] = tags, relations
	created := moment.Day.Add(-time.Duration(random.IntN(5000)) * time.Hour)
	columns["create_time"], s.facts["create_time"] = created, created
	count := random.IntN(4)
	columns["employee_count"] = count
	if count > 0 {
		s.facts["employee_count"] = count
	}
	stored, known := map[string]any{}, map[string]any{}
	if random.IntN(2) == 0 {
		n := quarter(random)
		stored["n"], known["n"] = map[string]any{"number": decimalOf(n)}, n
	}
	if random.IntN(2) == 0 {
		word := pick(random, words)
		stored["t"], known["t"] = map[string]any{pick(random, []string{"text", "choice"}): word, "level": "BASIC"}, word
	}
	if random.IntN(2) == 0 {
		yes := random.IntN(2) == 0
		stored["b"], known["b"] = map[string]any{"boolean": yes}, yes
	}
	if random.IntN(2) == 0 {
		day := moment.Day.AddDate(0, 0, -random.IntN(900))
		stored["d"] = map[string]any{"date": map[string]any{"year": day.Year(), "month": day.Month(), "day": day.Day()}}
		known["d"] = day
	}
	if random.IntN(2) == 0 { // not for rules
		stored["secret"] = map[string]any{"number": "1", "level": "MANAGER"}
	}
	columns["attributes"], s.facts["attributes"] = attributes(stored), known
}

func (s *subject) named(random *rand.Rand, columns map[string]any, fact, column string, names ...string) {
	n := random.IntN(len(names) + 1)
	columns[column] = n
	if n > 0 {
		s.facts[fact] = names[n-1]
	}
}

func (s *subject) standing(random *rand.Rand) {
	columns := s.stored.standings
	s.named(random, columns, "class", "class", "POTENTIAL", "SMALL_MEDIUM", "ORDINARY", "IMPORTANT", "CORE")
	s.named(random, columns, "abc", "abc", "C", "B", "A")
	s.named(random, columns, "tier", "tier", "TRANSIENT", "REGULAR", "MID", "VIP", "PROJECT")
	s.named(random, columns, "stage", "stage", "EXPLORATION", "FORMATION", "STABILITY", "DECLINE")
	s.named(random, columns, "role", "role", "PROSPECT", "RESPONDER", "NEW", "ESTABLISHED", "FORMER")
	s.named(random, columns, "engagement", "engagement", "ACQUIRE", "ACTIVATE", "MANAGE", "RETAIN", "WIN_BACK")
	s.named(random, columns, "grade", "grade", "C", "B", "A", "S")
	for _, name := range []string{"provisional", "at_risk"} {
		yes := random.IntN(2) == 0
		columns[name], s.facts[name] = yes, yes
	}
	level := random.IntN(4)
	columns["inner_level"] = level
	if level > 0 {
		s.facts["inner_level"] = level
	}
	s.amount(random, columns, "value", "value", false)
	s.amount(random, columns, "contribution", "contribution", false)
	s.amount(random, columns, "score", "score", true)
}

// amount may be unknown where its column can be null.
func (s *subject) amount(random *rand.Rand, columns map[string]any, fact, column string, null bool) {
	if null && random.IntN(3) == 0 {
		return
	}
	n := quarter(random)
	columns[column], s.facts[fact] = decimalOf(n), n
}

func (s *subject) measure(random *rand.Rand) {
	columns := s.stored.measures
	for _, name := range []string{"orders", "order_days", "quarters", "product_lines"} {
		n := random.IntN(5)
		columns[name], s.facts[name] = n, n
	}
	for _, name := range []string{"sales", "previous_sales", "year_sales", "last_year_sales"} {
		s.amount(random, columns, name, name, false)
	}
	s.facts["expected_sales"] = s.facts["sales"]
	for fact, column := range map[string]string{
		"gross_profit": "gross_profit", "previous_gross_profit": "previous_gross", "last_year_gross_profit": "last_year_gross",
		"net_profit": "net_profit", "last_year_net_profit": "last_year_net", "payment_late_days": "payment_late_days",
	} {
		s.amount(random, columns, fact, column, true)
	}
	for fact, column := range map[string]string{"first_order": "first_day", "last_order": "last_day"} {
		if random.IntN(3) > 0 {
			ago := random.IntN(900)
			day := moment.Day.AddDate(0, 0, -ago)
			columns[column], s.facts[fact], s.facts["days_since_"+fact] = day, day, ago
		}
	}
}

func (s *subject) observe(random *rand.Rand) {
	latest := map[int]time.Time{}
	for range random.IntN(6) {
		kind, n := 2+random.IntN(3), math.Abs(quarter(random))
		at := moment.Start.Add(-time.Duration(random.IntN(20*24*4)) * 15 * time.Minute)
		s.stored.signals = append(s.stored.signals, signal{kind, decimalOf(n), at})
		if last, ok := latest[kind]; kind > 2 && (!ok || at.After(last)) {
			latest[kind] = at
			s.facts[map[int]string{3: "satisfaction", 4: "supply_share"}[kind]] = n
		}
		if last, ok := latest[kind]; ok && at.Equal(last) && kind > 2 {
			s.facts[map[int]string{3: "satisfaction", 4: "supply_share"}[kind]] = n
		}
	}
}

func decimalOf(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// one draws one of the alternatives and fills its places in.
func one(alternatives ...func(*rapid.T) string) *rapid.Generator[string] {
	return rapid.Custom(func(r *rapid.T) string {
		return alternatives[rapid.IntRange(0, len(alternatives)-1).Draw(r, "which")](r)
	})
}

func form(format string, places ...*rapid.Generator[string]) func(*rapid.T) string {
	return func(r *rapid.T) string {
		args := make([]any, len(places))
		for i, p := range places {
			args[i] = p.Draw(r, "part")
		}
		return fmt.Sprintf(format, args...)
	}
}

func sample(from ...string) *rapid.Generator[string] { return rapid.SampledFrom(from) }

func quoted() *rapid.Generator[string] {
	return rapid.Custom(func(r *rapid.T) string { return strconv.Quote(rapid.SampledFrom(words).Draw(r, "word")) })
}

// factsOf are the names of the facts of a kind.
func factsOf(k kind, whole bool) *rapid.Generator[string] {
	var names []string
	for _, f := range Facts {
		if f.kind == k && f.whole == whole && f.Name != complaints {
			names = append(names, f.Name)
		}
	}
	return rapid.SampledFrom(names)
}

func plain(g *rapid.Generator[string]) func(*rapid.T) string { return form("%s", g) }

var (
	signs   = sample("==", "!=", "<", "<=", ">", ">=")
	halves  = sample("0.0", "1.0", "2.5", "-0.25", "16.0", "3.75", "0.5")
	whole   = sample("0", "1", "2", "-3", "7", "400")
	divisor = sample("0.0", "1.0", "2.0", "4.0", "-2.0", "0.5", "double(quarters - quarters)", "double(quarters * 0 + 2)")
)

func truths(depth int) *rapid.Generator[string] {
	leaves := []func(*rapid.T) string{
		form("%s %s %s", numbers(2), signs, numbers(2)),
		form("%s %s %s", ints(2), signs, ints(2)),
		form("%s %s %s", ints(1), sample("<", "<=", ">", ">="), numbers(1)),
		form("%s %s %s", strs(1), signs, strs(1)),
		form("%s %s %s", instants(1), signs, instants(1)),
		form("%s %s %s", spans(), signs, spans()),
		form("attributes.n %s %s", signs, numbers(1)),
		form("%s %s attributes.t", strs(0), signs),
		form("attributes.d %s %s", signs, instants(1)),
		form("attributes.t in [%s, %s]", quoted(), quoted()),
		form("%s in [%s, %s]", numbers(1), halves, halves),
		form("%s in [%s]", ints(1), whole),
		form("%s in [%s, %s, \"CORE\", \"VIP\", \"A\"]", strs(0), quoted(), quoted()),
		form("%s in %s", strs(0), sample("tags", "relations")),
		form("%s.%s(%s)", strs(0), sample("startsWith", "endsWith", "contains"), quoted()),
		form("%s.%s(t, %s)", sample("tags", "relations"), sample("exists", "all"), elements()),
		form("has(attributes.%s)", sample("n", "t", "b", "d", "secret", "none")),
		form("known(%s)", sample("score", "grade", "gross_profit", "supply_share", "attributes.n", "attributes[\"secret\"]", "last_order", "tags", "sales")),
		form("%s", sample("attributes.b", "true", "false", "provisional", "at_risk", "attributes.none == 1.0")),
	}
	if depth == 0 {
		return one(leaves...)
	}
	inner := truths(depth - 1)
	return one(append(leaves,
		form("!(%s)", inner), form("!(%s)", inner), form("((%s) && (%s))", inner, inner), form("((%s) || (%s))", inner, inner),
		form("((%s) || (%s) || (%s))", inner, inner, inner), form("((%s) ? (%s) : (%s))", inner, inner, inner), form("((%s) == (%s))", inner, inner),
	)...)
}

// elements are conditions on t, some of them over facts that may be unknown.
func elements() *rapid.Generator[string] {
	return one(
		form("t %s %s", signs, strs(0)), form("t.startsWith(%s)", quoted()), form("size(t) %s %s", signs, whole), form("t == grade || t == %s", quoted()),
		form("!(t in [%s]) && supply_share > %s", quoted(), halves), form("t + %s == attributes.t", quoted()),
	)
}

func numbers(depth int) *rapid.Generator[string] {
	leaves := []func(*rapid.T) string{plain(halves), plain(factsOf(number, false)), plain(factsOf(number, false)), form("double(attributes.n)")}
	if depth == 0 {
		return one(leaves...)
	}
	inner := numbers(depth - 1)
	return one(append(leaves,
		form("(%s + %s)", inner, inner), form("(%s - %s)", inner, inner), form("(%s * %s)", inner, inner), form("(%s / %s)", inner, divisor), form("-(%s)", inner),
		form("double(%s)", ints(depth-1)), form("(attributes.n + %s)", inner), form("(at_risk ? %s : %s)", inner, inner),
	)...)
}

func ints(depth int) *rapid.Generator[string] {
	leaves := []func(*rapid.T) string{plain(whole), plain(factsOf(number, true)), form("complaints(%s)", sample("1", "5", "19")), form("size(%s)", sample("tags", "owner", "display_name"))}
	if depth == 0 {
		return one(leaves...)
	}
	inner := ints(depth - 1)
	return one(append(leaves, form("(%s %s %s)", inner, sample("+", "-", "*", "/", "%"), inner), form("int(%s)", numbers(depth-1)))...)
}

func strs(depth int) *rapid.Generator[string] {
	leaves := []func(*rapid.T) string{plain(quoted()), plain(factsOf(text, false)), plain(factsOf(text, false)), form("%s", sample(`"CORE"`, `"MID"`, `"A"`, `"BUYER"`))}
	if depth == 0 {
		return one(leaves...)
	}
	return one(append(leaves, form("(%s + %s)", strs(0), strs(0)), form("(provisional ? %s : %s)", strs(0), strs(0)))...)
}

func instants(depth int) *rapid.Generator[string] {
	leaves := []func(*rapid.T) string{plain(factsOf(instant, false)), form(`timestamp("2026-03-0%sT00:00:00+08:00")`, sample("1", "9"))}
	if depth == 0 {
		return one(leaves...)
	}
	return one(append(leaves, form("(%s %s %s)", instants(0), sample("+", "-"), spans()))...)
}

func spans() *rapid.Generator[string] {
	return one(form("days(%s)", whole), form("days(%s)", ints(0)), form(`duration("%s")`, sample("36h", "1h30m", "-5s", "0s")), form("(%s - %s)", instants(0), instants(0)))
}
