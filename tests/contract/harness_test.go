package contract

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
)

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
	operation := func(state, author string) any {
		return map[string]any{"author": author, "operation": map[string]any{"state": state, "doneCount": "1"}}
	}
	require.Equal(t, level(operation("PENDING", "a")), level(operation("RUNNING", "a")))
	require.NotEqual(t, level(operation("PENDING", "a")), level(operation("PENDING", "b")))
	const secret, other = "-C9a0UrutZQwUdr-jhP9ZMEHPhctmXt_zT1yBYmoU8M", "xNPIPzfVAsQOhfM-02HeHcC63g_4a_p_97NlYsLgXyk"
	require.Equal(t, level(secret, "/calendars/"+other+".ics"), level(other, "/calendars/"+secret+".ics"))
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
		"an until":         "{name: a, rpc: CustomerService/GetCustomer, until: {}, want: {code: NOT_FOUND}}",
		"a repeated write": "{name: a, rpc: CustomerService/CreateCustomer, eventually: true, want: {code: NOT_FOUND}}",
		"no name":          "{rpc: CustomerService/GetCustomer, want: {code: NOT_FOUND}}",
		"a name twice":     "{name: a, rpc: CustomerService/GetCustomer, want: {code: NOT_FOUND}}, {name: a, rpc: CustomerService/GetCustomer, want: {code: NOT_FOUND}}",
	} {
		_, err := parse([]byte("{package: guanxi.profile.v1, cases: [" + text + "]}"))
		require.Error(t, err, name)
	}
	_, err := parse([]byte("{package: guanxi.profile.v1, cases: [{name: a, rpc: CustomerService/GetCustomer, eventually: true, want: {code: NOT_FOUND}}]}"))
	require.NoError(t, err)
}
