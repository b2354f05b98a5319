package attacks

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/tests/internal/calls"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

func TestEveryRPCIsAttacked(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, def)
			var aimed []string
			for _, c := range s.Calls {
				aimed = append(aimed, c.RPC)
			}
			require.ElementsMatch(t, s.methods(), aimed, "one call of each RPC")
		})
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
func TestStrangersLearnNothing(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, def)
			before, tried := s.stored(t), 0
			for _, who := range strangers() {
				for _, c := range s.Calls {
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
			require.Equal(t, before, s.stored(t), "something was written")
			require.Greater(t, tried, len(s.Calls))
			t.Logf("%d calls twice", tried)
		})
	}
}

// An attack that finds nothing proves something only where there is something: the owner finds it by the same calls.
func TestTheOwnerFindsWhatStrangersDoNot(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, def)
			found := 0
			for _, c := range s.Calls {
				if o := s.by(t, owner, calls.OverHTTP, c); said(t, o) != said(t, s.by(t, owner, calls.OverHTTP, s.elsewhere(t, c))) {
					found++
				}
			}
			require.Greater(t, found, len(s.Calls)/2)
		})
	}
}

// Within the territory too: what is above the level is as if it were not.
func TestWhatIsAboveTheLevelCannotBeToldApart(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, def)
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
		})
	}
}

// Without a token nothing is said at all, by no RPC.
func TestWithoutTokenNothingIsSaid(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, def)
			for _, c := range s.Calls {
				for way, play := range transports {
					for _, token := range []string{"", "x", "a.b.c"} {
						o := s.anonymous(t, token, play, c)
						require.Equal(t, codes.Unauthenticated, codes.Code(o.Status.GetCode()), "%s over %s: %v", c.RPC, way, o.Status)
						require.Equal(t, said(t, s.anonymous(t, token, play, s.elsewhere(t, c))), said(t, o))
					}
				}
			}
		})
	}
}

// The answer to somebody else's request_id is nobody else's, and neither is one's own once the token is a lesser one.
func TestRequestIDsOfOthers(t *testing.T) {
	t.Parallel()
	for _, def := range stage.Services() {
		t.Run(def.Name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, def)
			repeated, not := 0, 0
			for _, c := range s.Calls {
				if c.Request == nil || !s.takes(t, c, "request_id") {
					continue
				}
				missing := s.elsewhere(t, c)
				mine := with(c, "requestId", "mine-"+c.RPC)
				first := s.by(t, owner, calls.OverGRPC, mine)
				if first.Status.GetCode() != 0 { // as undoing what was not done
					not++
					continue
				}
				repeated++
				require.Equal(t, said(t, first), said(t, s.by(t, owner, calls.OverGRPC, mine)), "%s happens once", c.RPC)
				eve := calls.Caller{Subject: "eve", Level: "MANAGER", Territories: []string{"eu"}}
				got := s.by(t, eve, calls.OverGRPC, mine)
				require.NotZero(t, got.Status.GetCode(), c.RPC)
				require.Equal(t, said(t, s.by(t, eve, calls.OverGRPC, missing)), said(t, got), c.RPC)
				lesser := said(t, s.by(t, calls.Caller{Subject: "owner", Level: "BASIC", Territories: []string{"*"}}, calls.OverHTTP, mine))
				require.NotContains(t, lesser, "private-mobile", c.RPC)
				require.NotContains(t, lesser, "private-attribute", c.RPC)
				require.NotContains(t, lesser, "private-family", c.RPC)
			}
			require.Greater(t, repeated, not, "most of the calls that can be repeated must be good ones")
		})
	}
}
