package rule

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func TestLevelIsThatOfTheHighestFact(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]Level{
		`class == "CORE" && at_risk`:                     Basic,
		`true`:                                           Basic,
		`sales > 1.0 || gross_profit > 1.0`:              Manager,
		`known(value)`:                                   Manager,
		`false && contribution > 1.0`:                    Manager,
		`tags.exists(t, t == "x" && net_profit < 0.0)`:   Executive,
		`gross_profit > 0.0 && last_year_net_profit > 1`: Executive,
	} {
		r, err := Compile(source)
		require.NoError(t, err, source)
		require.Equal(t, want, r.Level, source)
	}
}

func TestCheckNamesWhatIsAboveTheCaller(t *testing.T) {
	t.Parallel()
	r, err := Compile(`gross_profit > 0.0 && net_profit < 0.0 && sales > 0.0`)
	require.NoError(t, err)
	require.NoError(t, r.Check(Executive))
	for caller, fields := range map[Level]string{Manager: "net_profit", Basic: "gross_profit,net_profit"} {
		err := r.Check(caller)
		require.Equal(t, codes.PermissionDenied, fault.From(err).Code())
		require.Equal(t, "FIELD_LEVEL", fault.From(err).Reason())
		require.ErrorContains(t, err, fields)
	}
}

func TestTimely(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		`last_order < today - days(90)`: true, `days_since_last_order > 90`: true, `complaints(30) > 1`: true, `sales > 1.0`: false,
	} {
		r, err := Compile(source)
		require.NoError(t, err)
		require.Equal(t, want, r.Timely, source)
	}
}

// Every rule that cannot be asked of the database is refused with its place, and none panics.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		``:                                    "RULE_INVALID",
		`sales >`:                             "RULE_INVALID] line 1, column 8",
		"sales > 1.0 &&\n  x":                 "RULE_INVALID] line 2, column 3: undeclared reference to 'x'",
		`sales == "1"`:                        "RULE_INVALID] line 1, column 7: found no matching overload",
		`sales * 2 > 1.0`:                     "RULE_INVALID] line 1, column 7",
		`tags.map(t, t) == tags`:              "RULE_INVALID",
		`tags.exists_one(t, t == "a")`:        "RULE_INVALID",
		`tags.filter(t, t == "a").size() > 1`: "RULE_INVALID",
		`gross_profit == null`:                "RULE_INVALID",
		`sales`:                               "RULE_UNSUPPORTED] line 1, column 1: a value of this type",
		`"a"`:                                 "RULE_UNSUPPORTED",
		`display_name.matches("^a.*")`:        "RULE_UNSUPPORTED] line 1, column 21: matches cannot be used",
		`tags == ["a"]`:                       "RULE_UNSUPPORTED",
		`tags == relations`:                   "RULE_UNSUPPORTED",
		`tags[0] == "a"`:                      "RULE_UNSUPPORTED",
		`tags + tags == tags`:                 "RULE_UNSUPPORTED",
		`[1, 2].exists(i, i == orders)`:       "RULE_UNSUPPORTED",
		`tags.exists(t, relations.exists(r, r == t))`:         "RULE_UNSUPPORTED] line 1, column 32: exists and all cannot stand",
		`attributes.exists(k, k == "a")`:                      "RULE_UNSUPPORTED",
		`"a" in attributes`:                                   "RULE_UNSUPPORTED",
		`size(attributes) > 1`:                                "RULE_UNSUPPORTED",
		`attributes.a.b == 1.0`:                               "RULE_UNSUPPORTED",
		`attributes.a == attributes.b`:                        "RULE_UNSUPPORTED] line 1, column 11: the type of the attribute",
		`attributes.a + 1 > 2`:                                "RULE_UNSUPPORTED",
		`attributes == attributes`:                            "RULE_UNSUPPORTED",
		`attributes["a\x00"] == 1.0`:                          "RULE_UNSUPPORTED] line 1, column 11: a text must not contain NUL",
		`owner == "a\x00"`:                                    "RULE_UNSUPPORTED",
		`owner.startsWith(territory)`:                         "RULE_UNSUPPORTED] line 1, column 18: must be a text in quotes",
		`owner in []`:                                         "RULE_UNSUPPORTED",
		`owner in [territory]`:                                "RULE_UNSUPPORTED",
		`complaints(orders) > 1`:                              "RULE_UNSUPPORTED] line 1, column 12: must be a whole number",
		`complaints(0) > 1`:                                   "RULE_UNSUPPORTED",
		`today > timestamp(owner)`:                            "RULE_UNSUPPORTED",
		`today > timestamp("yesterday")`:                      "RULE_UNSUPPORTED",
		`today - today > duration("90d")`:                     "RULE_UNSUPPORTED",
		`today.getFullYear() > 2000`:                          "RULE_UNSUPPORTED] line 1, column 18: getFullYear cannot be used",
		`string(orders) == "1"`:                               "RULE_UNSUPPORTED",
		`sales > 1e300`:                                       "RULE_UNSUPPORTED] line 1, column 9: a number must be",
		`sales > 1e-20`:                                       "RULE_UNSUPPORTED",
		`orders > 9223372036854775807`:                        "RULE_UNSUPPORTED",
		`3u > 2u`:                                             "RULE_UNSUPPORTED",
		`b"a" == b"a"`:                                        "RULE_UNSUPPORTED",
		`{"a": 1}.a == 1`:                                     "RULE_UNSUPPORTED",
		`type(sales) == double`:                               "RULE_UNSUPPORTED",
		`known(sales > 1.0)`:                                  "RULE_UNSUPPORTED",
		`dyn(sales) == 1.0`:                                   "RULE_UNSUPPORTED",
		strings.Repeat("a", 2001):                             "RULE_TOO_LONG",
		strings.Repeat("(", 200) + "true":                     "RULE_INVALID",
		`orders > 0` + strings.Repeat("+1", 45):               "RULE_UNSUPPORTED] line 1, column",
		`sales > 1.0` + strings.Repeat("*1.5", 21):            "too complex",
		`at_risk` + strings.Repeat(" || complaints(1)>1", 11): "too complex",
		`orders in [1` + strings.Repeat(",1", 500) + `]`:      "too complex",
		"at_risk" + strings.Repeat(" && (at_risk", 60) + strings.Repeat(")", 60): "RULE_",
	} {
		_, err := Compile(source)
		require.Error(t, err, source)
		require.Equal(t, codes.InvalidArgument, fault.From(err).Code(), source)
		require.ErrorContains(t, err, want, source)
		for _, v := range fault.From(err).Violations() {
			require.Equal(t, "rule", v.Field)
			require.NotEmpty(t, v.Text.Zh)
		}
	}
}

func TestMeaning(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	unknown, loss, gain := uuid.New(), uuid.New(), uuid.New()
	store(t, db, customer{id: unknown, customers: map[string]any{"attributes": `{
		"n": {"number": "1e5"}, "big": {"number": "1` + strings.Repeat("0", 60) + `"}, "d": {"date": {"year": 0, "month": 13, "day": 40}}, "feb": {"date": {"year": 2025, "month": 2, "day": 30}},
		"odd": 7, "list": [1], "t": {"text": "x"}, "secret": {"text": "x", "level": "EXECUTIVE"}}`}})
	store(t, db, customer{id: loss, standings: map[string]any{}, measures: map[string]any{"gross_profit": "-0.1", "sales": "0.3", "orders": 7}})
	store(t, db, customer{
		id: gain, customers: map[string]any{"tags": array("vip", "华南"), "territory": "cn/south/shenzhen"},
		standings: map[string]any{"class": 5, "grade": 4}, measures: map[string]any{"gross_profit": "0", "sales": "1000000.000000001", "last_day": "2025-12-10"},
	})
	names := map[uuid.UUID]string{unknown: "unknown", loss: "loss", gain: "gain"}
	for source, want := range map[string]string{
		// What is not known is neither true nor false.
		`gross_profit < 0.0`:                          "loss",
		`!(gross_profit < 0.0)`:                       "gain",
		`gross_profit >= 0.0`:                         "gain",
		`gross_profit < 0.0 || !(gross_profit < 0.0)`: "gain loss",
		`gross_profit != 5.0`:                         "gain loss",
		`gross_profit < 0.0 || true`:                  "gain loss unknown",
		`!(gross_profit < 0.0 && false)`:              "gain loss unknown",
		`!known(gross_profit)`:                        "unknown",
		`class != "CORE"`:                             "",
		`!(class in ["CORE"])`:                        "",
		`!known(class)`:                               "loss unknown",
		`at_risk ? true : true`:                       "gain loss",
		// Exact, where doubles are not.
		`sales > 1000000.0`:           "gain",
		`sales == 0.1 + 0.2`:          "loss",
		`sales * 3.0 - 0.9 == 0.0`:    "loss",
		`sales * 0.333333333 < 0.1`:   "loss",
		`orders / 2 == 3`:             "loss",
		`-orders / 2 == -3`:           "loss",
		`-orders % 4 == -3`:           "loss",
		`orders > 6`:                  "loss",
		`double(orders) / 2.0 == 3.5`: "loss",
		// Division by 0 is unknown, also under !.
		`sales / (gross_profit - gross_profit) > 0.0`: "",
		`!(sales / 0.0 > 0.0)`:                        "",
		`!(1 / (orders - orders) > 0)`:                "",
		`orders % 0 == 0 || sales > 1.0`:              "gain",
		// Texts, lists, days.
		`"vip" in tags && tags.all(t, size(t) > 1)`:                 "gain",
		`tags.all(t, t == "x")`:                                     "loss unknown",
		`tags.exists(t, t.startsWith("华"))`:                         "gain",
		`territory.startsWith("cn/south/")`:                         "gain",
		`territory == "cn/south" || territory.endsWith("shenzhen")`: "gain loss unknown",
		`last_order == today - days(90)`:                            "gain",
		`days_since_last_order == 90`:                               "gain",
		`today - last_order >= duration("2160h")`:                   "gain",
		`today == timestamp("2026-03-10T00:00:00Z")`:                "gain loss unknown",
		// Values of attributes that are not what the rule takes them for, or no proper values, are unknown and break nothing.
		`attributes.t == "x"`: "unknown",
		`attributes.t == 1.0 || attributes.t != 1.0 || attributes.t`: "",
		`attributes.n > 0.0 || attributes.big > 0.0`:                 "",
		`attributes.d < today || attributes.odd == "7"`:              "",
		`attributes.list == "1" || attributes["list"] == 1.0`:        "",
		`attributes.feb == timestamp("2025-03-02T00:00:00Z")`:        "unknown",
		`has(attributes.t) && !has(attributes.none)`:                 "unknown",
		// Those above BASIC are none.
		`attributes.secret == "x" || has(attributes.secret) || known(attributes.secret)`: "",
		// Quotes are quotes.
		`owner == "'; drop table customers; --"`: "",
		`owner != "$1'" && "vip" in tags`:        "gain",
	} {
		var found []string
		for id := range members(t, t.Context(), db, source) {
			found = append(found, names[id])
		}
		slices.Sort(found)
		require.Equal(t, want, strings.Join(found, " "), source)
	}
}

// A literal never becomes a part of the statement.
func TestLiteralsAreBound(t *testing.T) {
	t.Parallel()
	r, err := Compile(`owner in ["x1x"] || display_name.contains("x2x") || sales > 73.5 || attributes.x3x == "x4x" || complaints(77) > 1`)
	require.NoError(t, err)
	bound := map[string]bool{}
	sql := r.Condition(moment, func(cast string, _ any) string {
		bound[cast] = true
		return "$"
	})
	for _, literal := range []string{"x1x", "x2x", "73", "x3x", "x4x", "77"} {
		require.NotContains(t, sql, literal)
	}
	require.ElementsMatch(t, []string{"text", "numeric", "timestamptz"}, slices.Collect(maps.Keys(bound)))
}

// The longest chains that are let through are understood by the database.
func TestLargestRules(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	store(t, db, customer{id: uuid.New(), standings: map[string]any{}, measures: map[string]any{"sales": "9999999999999999999.999999999", "payment_late_days": "Infinity"}})
	for source, want := range map[string]int{
		`at_risk` + strings.Repeat("||at_risk", 200):                      0,
		`sales > 1.0` + strings.Repeat("*999999999999999.0", 20):          0,
		`sales` + strings.Repeat("*sales", 20) + " > 1.0":                 1,
		`sales` + strings.Repeat("/0.000000001", 20) + " > 1.0":           1,
		`sales / payment_late_days == 0.0`:                                1,
		`payment_late_days - payment_late_days > 0.0`:                     1, // as numbers go in PostgreSQL, no number is above all others
		`orders` + strings.Repeat("+1", 30) + ` == 30`:                    1,
		`at_risk || ` + strings.Repeat("!", 30) + "(sales < 0.0)":         0,
		strings.Repeat("(", 30) + "sales > 0.0" + strings.Repeat(")", 30): 1,
	} {
		require.Len(t, members(t, t.Context(), db, source), want, source)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`class in ["CORE"] && sales < last_year_sales * 0.8 && !("vip" in tags)`)
	f.Add(`tags.exists(t, t.startsWith("a")) ? known(grade) : attributes["x y"] == today - days(3)`)
	f.Fuzz(func(t *testing.T, source string) {
		r, err := Compile(source)
		if err != nil {
			require.Equal(t, codes.InvalidArgument, fault.From(err).Code())
			return
		}
		require.NotEmpty(t, r.Condition(moment, func(string, any) string { return "$" }))
	})
}
