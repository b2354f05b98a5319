package contract

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// What must not pass does not.
func TestDiffer(t *testing.T) {
	t.Parallel()
	got := map[string]any{"name": "customers/1", "count": "3", "list": []any{map[string]any{"a": "x"}, map[string]any{"a": "y"}}, "empty": ""}
	list := func(items ...any) map[string]any { return map[string]any{"list": items} }
	for name, test := range map[string]struct {
		want map[string]any
		good bool
	}{
		"nothing wanted":       {map[string]any{}, true},
		"a part":               {map[string]any{"name": "customers/1"}, true},
		"a number as its text": {map[string]any{"count": 3}, true},
		"any":                  {map[string]any{"name": "*"}, true},
		"not there":            {map[string]any{"other": nil}, true},
		"a list":               {list(map[string]any{"a": "x"}, map[string]any{}), true},
		"another value":        {map[string]any{"name": "customers/2"}, false},
		"any of what is empty": {map[string]any{"empty": "*"}, false},
		"missing":              {map[string]any{"other": "x"}, false},
		"there":                {map[string]any{"name": nil}, false},
		"a longer list":        {list(map[string]any{}), false},
		"another order":        {list(map[string]any{"a": "y"}, map[string]any{"a": "x"}), false},
		"no object":            {map[string]any{"name": map[string]any{}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.good {
				require.Empty(t, differ(test.want, got, ""))
			} else {
				require.NotEmpty(t, differ(test.want, got, ""))
			}
		})
	}
}

// Ids are compared by where they stand, not by what they are.
func TestLevel(t *testing.T) {
	t.Parallel()
	const one, two = "01940000-0000-7000-8000-000000000001", "01940000-0000-7000-8000-000000000002"
	level := func(ids ...any) string {
		text, err := leveler{}.level(ids)
		require.NoError(t, err)
		return text
	}
	require.Equal(t, level("customers/"+one, two, one), level("customers/"+two, one, two))
	require.NotEqual(t, level(one, two, one), level(one, two, two))
}

func TestAnRPCWithoutEnoughCasesIsNamed(t *testing.T) {
	t.Parallel()
	rpcs := []protoreflect.FullName{"p.S.Full", "p.S.Few", "p.S.None"}
	named := lacking(rpcs, map[protoreflect.FullName]tally{"p.S.Full": {1, 2}, "p.S.Few": {3, 1}})
	require.Len(t, named, 2)
	require.Contains(t, named[0], "p.S.Few")
	require.Contains(t, named[1], "p.S.None")
}

// A case that could not fail is refused.
func TestCasesAreReadStrictly(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no answer":        "{name: a, rpc: CustomerService/GetCustomer}",
		"a misspelt field": "{name: a, rpc: CustomerService/GetCustomer, wants: {code: NOT_FOUND}}",
		"no such RPC":      "{name: a, rpc: CustomerService/EatCustomer, want: {code: NOT_FOUND}}",
		"no name":          "{rpc: CustomerService/GetCustomer, want: {code: NOT_FOUND}}",
		"a name twice":     "{name: a, rpc: CustomerService/GetCustomer, want: {code: NOT_FOUND}}, {name: a, rpc: CustomerService/GetCustomer, want: {code: NOT_FOUND}}",
	} {
		_, err := parse([]byte("{package: guanxi.profile.v1, cases: [" + text + "]}"))
		require.Error(t, err, name)
	}
	_, err := parse([]byte("{package: guanxi.profile.v1, cases: [{name: a, rpc: CustomerService/GetCustomer, want: {code: NOT_FOUND}}]}"))
	require.NoError(t, err)
}
