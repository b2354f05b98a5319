package attacks

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/tests/internal/calls"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

func TestEveryRPCIsAttacked(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		s := read(t, def.Name)
		var aimed []string
		for _, c := range s.Calls {
			aimed = append(aimed, c.RPC)
		}
		require.ElementsMatch(t, s.methods(), aimed, "one call of each RPC of %s", def.Name)
	}
}

// strangers are callers of every level to whom nothing of a scene belongs. Territories that begin alike are others.
func strangers() []calls.Caller {
	var all []calls.Caller
	for _, level := range []string{"BASIC", "MANAGER", "EXECUTIVE"} {
		for _, territories := range [][]string{{}, {"eu", "cnx", home + "/shenzhen-north"}} {
			all = append(all, calls.Caller{Subject: "eve", Level: level, Territories: territories})
		}
	}
	return all
}

// A stranger gets nothing by any RPC, changes nothing, and cannot tell what there is from what there is not.
func (s *scene) strangersLearnNothing(t *testing.T) {
	t.Helper()
	tried := 0
	for _, who := range strangers() {
		for _, c := range s.Calls {
			if s.public(t, c) { // who has its secret is no stranger; see requireSecretDecides
				continue
			}
			for way, play := range transports {
				where := c.RPC + " over " + way + " as " + who.Level
				found := said(t, s.by(t, who, play, c))
				missing := said(t, s.by(t, who, play, s.elsewhere(t, c)))
				if !slices.Contains(s.Company, c.RPC) {
					require.Equal(t, missing, found, where)
				}
				// What he sends himself he may read back, as in a refusal that names it.
				requireNothing(t, found, where)
				tried++
			}
		}
	}
	require.Greater(t, tried, len(s.Calls))
	t.Logf("%d calls twice", tried)
}

// Within the territory too: what is above the level is as if it were not.
func (s *scene) whatIsAboveTheLevelCannotBeToldApart(t *testing.T) {
	t.Helper()
	require.NotEmpty(t, s.Alike)
	for _, a := range s.Alike {
		for way, play := range transports {
			t.Run(a.Name+" over "+way, func(t *testing.T) {
				one, other := said(t, s.by(t, a.As, play, a.Calls[0])), said(t, s.by(t, a.As, play, a.Calls[1]))
				if a.Names != nil {
					other = strings.ReplaceAll(other, a.Names[1], a.Names[0])
				}
				require.Equal(t, other, one)
				requireNothing(t, one, a.Name)
			})
		}
	}
}

// Without a token nothing is said at all, by no RPC but those that are open to the public.
func (s *scene) withoutTokenNothingIsSaid(t *testing.T) {
	t.Helper()
	for _, c := range s.Calls {
		if s.public(t, c) {
			s.requireSecretDecides(t, c)
			continue
		}
		for way, play := range transports {
			for _, token := range []string{"", "x", "a.b.c"} {
				o := s.anonymous(t, token, play, c)
				require.Equal(t, codes.Unauthenticated, codes.Code(o.Status.GetCode()), "%s over %s: %v", c.RPC, way, o.Status)
				require.Equal(t, said(t, s.anonymous(t, token, play, s.elsewhere(t, c))), said(t, o))
			}
		}
	}
}

// public says whether an RPC is open to who has no token.
func (s *scene) public(t *testing.T, c calls.Call) bool {
	t.Helper()
	method, err := c.Method(s.Package)
	require.NoError(t, err)
	access, declared := auth.AccessOf(method)
	require.True(t, declared, c.RPC)
	return access.GetPublic()
}

// requireSecretDecides makes a public call with every token, and without the secret that it has, the first field of its request: no token makes a difference, and the secret
// makes all.
func (s *scene) requireSecretDecides(t *testing.T, c calls.Call) {
	t.Helper()
	method, err := c.Method(s.Package)
	require.NoError(t, err)
	secret := method.Input().Fields().Get(0).JSONName()
	for way, play := range transports {
		good := said(t, s.by(t, owner, play, c))
		o := s.anonymous(t, "", play, with(c, secret, "x"))
		require.Equal(t, codes.NotFound, codes.Code(o.Status.GetCode()), "%s over %s: %v", c.RPC, way, o.Status)
		for _, token := range []string{"", "x", "a.b.c"} {
			require.Equal(t, good, said(t, s.anonymous(t, token, play, c)), "%s over %s", c.RPC, way)
			require.Equal(t, said(t, o), said(t, s.anonymous(t, token, play, with(c, secret, "y"))))
		}
	}
}

// The answer to somebody else's request_id is nobody else's, and neither is one's own once the token is a lesser one. And an attack that finds nothing proves
// something only where there is something: the owner finds it by the calls that strangers have tried before.
func (s *scene) requestIDsOfOthers(t *testing.T) {
	t.Helper()
	found, repeated, not := 0, 0, 0
	for _, c := range s.Calls {
		missing := s.elsewhere(t, c)
		if c.Request != nil && s.takes(t, c, "request_id") {
			if s.repeat(t, with(c, "requestId", "mine-"+c.RPC), missing) {
				repeated++
			} else { // as undoing what was not done
				not++
			}
		}
		if said(t, s.by(t, owner, calls.OverHTTP, c)) != said(t, s.by(t, owner, calls.OverHTTP, missing)) {
			found++
		}
	}
	require.Greater(t, repeated, not, "most of the calls that can be repeated must be good ones")
	require.Greater(t, found, len(s.Calls)/2)
}

// repeat makes a call with a request_id, and if it is a good one again: by the owner, by a stranger, and by the owner as he would be with a lesser token.
func (s *scene) repeat(t *testing.T, mine, missing calls.Call) (good bool) {
	t.Helper()
	first := s.by(t, owner, calls.OverGRPC, mine)
	if first.Status.GetCode() != 0 {
		return false
	}
	require.Equal(t, said(t, first), said(t, s.by(t, owner, calls.OverGRPC, mine)), "%s happens once", mine.RPC)
	eve := calls.Caller{Subject: "eve", Level: "MANAGER", Territories: []string{"eu"}}
	got := s.by(t, eve, calls.OverGRPC, mine)
	require.Equal(t, slices.Contains(s.Rows, mine.RPC), got.Status.GetCode() == 0, mine.RPC)
	require.Equal(t, said(t, s.by(t, eve, calls.OverGRPC, missing)), said(t, got), mine.RPC)
	lesser := said(t, s.by(t, calls.Caller{Subject: "owner", Level: "BASIC", Territories: []string{"*"}}, calls.OverHTTP, mine))
	for _, secret := range []string{"private-mobile", "private-attribute", "private-family"} {
		require.NotContains(t, lesser, secret, mine.RPC)
	}
	return true
}
