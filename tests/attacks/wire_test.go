package attacks

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/guanxi-crm/guanxi/tests/internal/calls"
)

// ownersToken is a good token of the owner.
func (s *scene) ownersToken(t *testing.T) string {
	t.Helper()
	return s.Stage.Token(t, s.Principal(t, owner))
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// raw writes bytes to the gateway and reads all answers until it closes or has no more to say.
func (s *scene) raw(t *testing.T, text string) []answer {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Stage.HTTP)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	var all []answer
	wait := 10 * time.Second // for the first answer, and then for one more
	for reader := bufio.NewReader(conn); ; wait = 300 * time.Millisecond {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(wait)))
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return all
		}
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		all = append(all, answer{response.StatusCode, response.Header, string(body)})
	}
}

// smuggle is a good request that makes a customer of that name, and requests whose end two readers could see in two places, with it behind the one end.
func (s *scene) smuggle(t *testing.T, name string) (inner string, all map[string]string) {
	t.Helper()
	auth := "Host: guanxi\r\nAuthorization: Bearer " + s.ownersToken(t) + "\r\nContent-Type: application/json\r\n"
	body := `{"displayName":"` + name + `","kind":"PERSON","territory":"cn"}`
	inner = "POST /v1/customers HTTP/1.1\r\nConnection: close\r\n" + auth + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	post := "POST /v1/customers HTTP/1.1\r\n" + auth
	get := "GET /v1/customers HTTP/1.1\r\n" + auth
	return inner, map[string]string{
		"length and chunked":            post + fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 5+len(inner)) + inner,
		"chunked and length":            post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + inner,
		"two lengths":                   post + fmt.Sprintf("Content-Length: 0\r\nContent-Length: %d\r\n\r\n", len(inner)) + inner,
		"a list of lengths":             post + fmt.Sprintf("Content-Length: 0, %d\r\n\r\n", len(inner)) + inner,
		"a signed length":               post + "Content-Length: +0\r\n\r\n" + inner,
		"a negative length":             post + "Content-Length: -1\r\n\r\n" + inner,
		"a length in hexadecimal":       post + "Content-Length: 0x0\r\n\r\n" + inner,
		"a blank before the colon":      post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
		"another coding":                post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
		"two codings":                   post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner,
		"chunked twice":                 post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
		"a coding with a vertical tab":  post + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" + inner,
		"a folded header":               post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + inner,
		"a chunk's size that overflows": post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff0\r\n" + inner,
		"a chunk's size with a sign":    post + "Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n" + inner,
		"a chunk's end without CR":      post + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n" + inner,
		"HTTP/1.0 chunked":              "POST /v1/customers HTTP/1.0\r\n" + auth + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
		"NUL in a header":               get + "X-Nothing: \x00\r\n\r\n" + inner,
		"NUL in a header's name":        get + "X\x00: y\r\n\r\n" + inner,
		"a bare CR in a header":         get + "X-Nothing: a\rContent-Length: 5\r\n\r\n" + inner,
		"two hosts":                     get + "Host: evil\r\n\r\n" + inner,
		"no host":                       "GET /v1/customers HTTP/1.1\r\n\r\n" + inner,
		"a line break in the path":      "GET /v1/customers\r\nX: y HTTP/1.1\r\n" + auth + "\r\n" + inner,
		"a blank in the path":           "GET /v1/customers /x HTTP/1.1\r\n" + auth + "\r\n" + inner,
		"HTTP/2 in plain words":         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + inner,
		"HTTP/9.9":                      "GET /v1/customers HTTP/9.9\r\n" + auth + "\r\n" + inner,
	}
}

// What is behind the one end must never become a request of its own.
func (s *scene) smuggledRequests(t *testing.T) {
	t.Helper()
	_, all := s.smuggle(t, "smuggled")
	t.Run("each", func(t *testing.T) {
		for name, text := range all {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				answers := s.raw(t, text)
				for _, a := range answers {
					require.Less(t, a.status, 600)
					require.True(t, a.status < 500 || a.status == http.StatusHTTPVersionNotSupported || a.status == http.StatusNotImplemented, a.body)
				}
				require.LessOrEqual(t, len(answers), 1, "an answer to what stood in the body")
			})
		}
	})
	require.Zero(t, s.smuggled(t), "a smuggled request had its effect")
	t.Logf("%d ways", len(all))
}

// theSmuggledRequestIsGood shows that what was to be smuggled has an effect where it stands for itself.
func (s *scene) theSmuggledRequestIsGood(t *testing.T) {
	t.Helper()
	inner, _ := s.smuggle(t, "smuggled")
	require.NotEmpty(t, s.raw(t, inner))
	require.Equal(t, 1, s.smuggled(t))
}

// smuggled is how many customers there are that were smuggled in.
func (s *scene) smuggled(t *testing.T) int {
	t.Helper()
	s.Stage.Settle(t)
	o := s.by(t, owner, calls.OverGRPC, calls.Call{
		RPC: "guanxi.profile.v1.CustomerService/ListCustomers", Request: map[string]any{"filter": `display_name = "smuggled"`},
	})
	require.Zero(t, o.Status.GetCode(), "%v", o.Status)
	customers, _ := o.Last().(map[string]any)["customers"].([]any)
	return len(customers)
}

// A token counts where it belongs, once.
func (s *scene) tokensInOtherPlaces(t *testing.T) {
	t.Helper()
	token := s.ownersToken(t)
	lesser := s.Stage.Token(t, s.Principal(t, calls.Caller{Subject: "eve", Level: "BASIC", Territories: []string{"eu"}}))
	line := func(text string) string { return text + "\r\n" }
	for name, test := range map[string]struct {
		target, headers string
		status          int
	}{
		"in the query":             {"?access_token=" + token, "", 400},
		"in the query as header":   {"?authorization=Bearer%20" + token, "", 400},
		"in a cookie":              {"", line("Cookie: authorization=Bearer " + token), 401},
		"as gRPC metadata":         {"", line("Grpc-Metadata-Authorization: Bearer " + token), 401},
		"as binary metadata":       {"", line("Grpc-Metadata-Authorization-Bin: " + token), 401},
		"as the gateway's":         {"", line("Grpcgateway-Authorization: Bearer " + token), 401},
		"for a proxy":              {"", line("Proxy-Authorization: Bearer " + token), 401},
		"forwarded":                {"", line("X-Forwarded-Authorization: Bearer " + token), 401},
		"in a folded header":       {"", "Authorization: Bearer\r\n " + token + "\r\n", 0},
		"of another scheme":        {"", line("Authorization: Basic " + token), 401},
		"of no scheme":             {"", line("Authorization: " + token), 401},
		"under an odd name":        {"", line("Authorization_: Bearer " + token), 401},
		"behind a lesser one":      {"", line("Authorization: Bearer "+lesser) + line("Authorization: Bearer "+token), 400},
		"before a lesser one":      {"", line("Authorization: Bearer "+token) + line("authorization: Bearer "+lesser), 400},
		"beside one in a list":     {"", line("Authorization: Bearer " + lesser + ", Bearer " + token), 401},
		"beside one as metadata":   {"", line("Authorization: Bearer "+lesser) + line("Grpc-Metadata-Authorization: Bearer "+token), 403},
		"named as a hop-by-hop":    {"", line("Connection: close, Authorization") + line("Authorization: Bearer "+lesser), 403},
		"with a level of its own":  {"", line("Authorization: Bearer "+lesser) + line("Grpc-Metadata-Level: executive") + line("X-Territories: *"), 403},
		"with a forwarded subject": {"", line("Authorization: Bearer "+lesser) + line("X-Forwarded-User: owner") + line("Grpc-Metadata-X-Subject: owner"), 403},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := s.Expand("/v1/${customer.name}")
			require.NoError(t, err)
			answers := s.raw(t, "GET "+fmt.Sprint(path)+test.target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+test.headers+"\r\n")
			require.Len(t, answers, 1)
			if test.status == 0 { // folding is read as one line or refused: then it is one token, in its place
				require.Contains(t, []int{200, 400, 401}, answers[0].status)
				return
			}
			require.Equal(t, test.status, answers[0].status, "%s", answers[0].body)
			requireNothing(t, answers[0].body, name)
			require.NotContains(t, answers[0].body, token)
		})
	}
}

// The same over gRPC, where metadata can hold anything.
func (s *scene) metadataOfOthers(t *testing.T) {
	t.Helper()
	token := s.ownersToken(t)
	for name, pairs := range map[string][]string{
		"two tokens":             {"authorization", "Bearer " + token, "authorization", "Bearer " + token},
		"as the gateway's":       {"grpcgateway-authorization", "Bearer " + token},
		"a token in another":     {"x-authorization", "Bearer " + token},
		"a binary token":         {"authorization-bin", "Bearer " + token},
		"of no scheme":           {"authorization", token},
		"a forwarded subject":    {"x-subject", "owner", "x-forwarded-user", "owner", "x-level", "executive"},
		"an empty one before":    {"authorization", "", "authorization", "Bearer " + token},
		"a token in a list":      {"authorization", "Bearer " + token + ", Bearer " + token},
		"too long, out of reach": {"authorization", "Bearer " + strings.Repeat("x", 7<<10)},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		c := s.harmless(t)
		method, err := c.Method(s.Package)
		require.NoError(t, err)
		err = s.Stage.Conn.Invoke(metadata.AppendToOutgoingContext(ctx, pairs...),
			fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name()), dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output()))
		cancel()
		require.Equal(t, codes.Unauthenticated, status.Code(err), "%s: %v", name, err)
	}
}

// Paths that another reader could take for the path of somebody else, and methods that pretend to be another: each is refused or is what it says.
func (s *scene) pathsInDisguise(t *testing.T) {
	t.Helper()
	customer, err := s.Expand("${customer.name}")
	require.NoError(t, err)
	auth := "Host: guanxi\r\nAuthorization: Bearer " + s.ownersToken(t) + "\r\n"
	name := fmt.Sprint(customer)
	for _, line := range []string{
		"GET v1/" + name, "GET //v1/" + name, "GET /v1//" + name, "GET /v1/./" + name, "GET /v1/x/../" + name, "GET /v1/x/%2e%2e/" + name,
		"GET /v1/customers%2f" + name[10:], "GET /v1/" + name + "%00", "GET /v1/" + name + "/", "GET /v1/" + name + ";x=y", "GET /v1/" + name + "%23",
		"GET /V1/" + name, "GET /v1\\" + name, "GET /v1/" + name + "%0d%0aX:%20y", "GET \\\\evil/v1/" + name, "GET /guanxi.profile.v1.CustomerService/GetCustomer",
		"GET /../v1/" + name, "GET /docs/../v1/" + name, "GET /docs/%2e%2e/%2e%2e/etc/passwd", "GET *",
		"POST /v1/" + name, "PUT /v1/" + name, "TRACE /v1/" + name, "CONNECT /v1/" + name, "delete /v1/" + name, "DELETE  /v1/" + name, "DELETE\t/v1/" + name,
	} {
		for _, a := range s.raw(t, line+" HTTP/1.1\r\n"+auth+"Connection: close\r\n\r\n") {
			require.GreaterOrEqual(t, a.status, 400, line)
			require.Less(t, a.status, 500, line)
			requireNothing(t, a.body, line)
			require.Empty(t, a.header.Get("Location"), "a redirect would take the token elsewhere: %s", line)
		}
	}
	for _, override := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"} {
		form := "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n"
		for _, a := range s.raw(t, "POST /v1/"+name+" HTTP/1.1\r\n"+auth+override+": DELETE\r\n"+form+"Connection: close\r\n\r\n_method=DELETE") {
			require.Equal(t, http.StatusMethodNotAllowed, a.status, override)
		}
	}
}
