package attacks

import (
	"cmp"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/tests/internal/calls"
)

// with is the call with a field of its request set.
func with(c calls.Call, field string, value any) calls.Call {
	c.Request = maps.Clone(c.Request)
	c.Request[field] = value
	return c
}

// takes says whether the request of a call has a field.
func (s *scene) takes(t *testing.T, c calls.Call, field string) bool {
	t.Helper()
	method, err := c.Method(s.Package)
	require.NoError(t, err)
	return method.Input().Fields().ByName(protoreflect.Name(field)) != nil
}

// A page token goes on with one list of one caller. Anything else done with it gives nothing, and does not say why.
func (s *scene) pageTokens(t *testing.T) {
	t.Helper()
	alice := calls.Caller{Subject: "alice", Level: "EXECUTIVE", Territories: []string{"*"}}
	var refused string
	var tokens []any
	for _, list := range s.Pages {
		c := with(list.Call, "pageSize", 1)
		first := s.by(t, alice, calls.OverHTTP, c)
		require.Zero(t, first.Status.GetCode(), "%v", first.Status)
		token := first.Last().(map[string]any)["nextPageToken"].(string)
		require.NotEmpty(t, token, "%s has one page only", c.RPC)
		goOn := with(c, "pageToken", token)
		require.Zero(t, s.by(t, alice, calls.OverHTTP, goOn).Status.GetCode(), "the caller himself goes on")

		refuse := func(what string, who calls.Caller, c calls.Call) {
			t.Helper()
			for way, play := range transports {
				o := s.by(t, who, play, c)
				require.Equal(t, codes.InvalidArgument, codes.Code(o.Status.GetCode()), "%s: %s over %s: %v", c.RPC, what, way, o)
				if refused == "" {
					refused = said(t, o)
				}
				require.Equal(t, refused, said(t, o), "%s: %s", c.RPC, what)
			}
		}
		bob := alice
		bob.Subject = "bob"
		refuse("of another caller", bob, goOn)
		refuse("of the other case", calls.Caller{Subject: "Alice", Level: "EXECUTIVE", Territories: []string{"*"}}, goOn)
		if s.takes(t, c, "filter") {
			refuse("of another filter", alice, with(goOn, "filter", cmp.Or(list.Filter, `create_time > "2001-01-01T00:00:00Z"`)))
		}
		if s.takes(t, c, "order_by") {
			refuse("of another order", alice, with(goOn, "orderBy", cmp.Or(list.OrderBy, "create_time desc")))
		}
		for _, foreign := range tokens {
			refuse("of another method", alice, with(c, "pageToken", foreign))
		}
		tokens = append(tokens, token)
		for _, spoilt := range tampered(token) {
			refuse("tampered", alice, with(c, "pageToken", spoilt))
		}
	}
}

// tampered are the token with each tenth character changed, cut, doubled and padded.
func tampered(token string) []string {
	all := []string{token[:len(token)-1], token[1:], token + token, token + "=", token + "A", " " + token, "."}
	for i := 0; i < len(token)-1; i += 10 { // not the last, of which some bits mean nothing
		other := byte('A')
		if token[i] == other {
			other = 'B'
		}
		all = append(all, token[:i]+string(other)+token[i+1:])
	}
	return all
}
