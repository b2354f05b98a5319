package fuzz

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds are short runs of choices over the whole range, so that exploring does not begin at good requests only.
func seeds(add func(which byte, choices []byte), routes int) {
	for i := range routes {
		add(byte(i), nil)
		add(byte(i), []byte(strings.Repeat("\xa0\xd0\xf0\x01", 20)))
	}
	for c := range 16 {
		add(byte(c), []byte(strings.Repeat(string([]byte{byte(c * 17), 0, 0, 0xa5}), 30)))
	}
}

// unmade are made by a stream, of years of orders, by and by, by the page of a form, or of a survey that is over.
var unmade = []string{"imports/*", "churnBacktests/*", "contactPlans/*", "voiceForms/*/submissions/*", "improvements/*"}

// Without something to work on, fuzzing would end at NOT_FOUND.
func TestEveryRouteIsReached(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slices.SortStableFunc(b.routes, func(a, b route) int { return cmp.Compare(last(a), last(b)) })
	for _, r := range b.routes {
		answer := b.send(t, request(r, &draw{}, b.pool, b.tokens[r.service]))
		require.NotNil(t, answer, r.template)
		if !b.pool.has(r.patterns()) {
			require.Subset(t, unmade, r.patterns(), "have one made, in fixtures")
			continue
		}
		if strings.Contains(answer.Body.String(), "SELF_APPROVAL") { // there is one caller only
			continue
		}
		if last(r) == 2 && strings.Contains(answer.Body.String(), `"reason":"NOT_FOUND"`) { // it was deleted
			continue
		}
		require.NotContains(t, []int{http.StatusNotFound, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusUnauthorized}, answer.Code,
			"%s %s: %s", r.verb, r.template, answer.Body)
	}
}

// last is 1 for what takes away, or ends, what others need, and 2 for what takes away what then is not there any more.
func last(r route) int {
	if strings.HasPrefix(string(r.method.Name()), "Erase") {
		return 2
	}
	if r.verb == http.MethodDelete || strings.HasPrefix(string(r.method.Name()), "Close") {
		return 1
	}
	return 0
}

// FuzzRoutes sends requests of the shape that the protos describe, with one thing or many wrong in them: names, fields, queries, masks,
// filters, bodies.
func FuzzRoutes(f *testing.F) {
	b := setup(f)
	seeds(func(which byte, choices []byte) { f.Add(which, choices) }, len(b.routes))
	f.Fuzz(func(t *testing.T, which byte, choices []byte) {
		r := b.routes[int(which)%len(b.routes)]
		b.try(t, r, request(r, &draw{rest: choices}, b.pool, b.tokens[r.service]))
	})
}

// FuzzBody sends any bytes as the body of any route.
func FuzzBody(f *testing.F) {
	b := setup(f)
	for i, r := range b.routes {
		f.Add(byte(i), shape{&draw{}, b.pool}.body(r))
		f.Add(byte(i), shape{&draw{rest: []byte(strings.Repeat("\xa1\xd1", 50))}, b.pool}.body(r))
	}
	f.Fuzz(func(t *testing.T, which byte, body string) {
		r := b.routes[int(which)%len(b.routes)]
		b.try(t, r, raw(r.verb, shape{&draw{}, b.pool}.path(r), b.tokens[r.service], body))
	})
}

// FuzzQuery sends any text as the query of any route.
func FuzzQuery(f *testing.F) {
	b := setup(f)
	for i, r := range b.routes {
		f.Add(byte(i), shape{&draw{}, b.pool}.query(r))
		f.Add(byte(i), shape{&draw{rest: []byte(strings.Repeat("\xa1", 50))}, b.pool}.query(r))
	}
	f.Fuzz(func(t *testing.T, which byte, query string) {
		r := b.routes[int(which)%len(b.routes)]
		s := shape{&draw{}, b.pool}
		b.try(t, r, raw(r.verb, s.path(r)+"?"+query, b.tokens[r.service], s.body(r)))
	})
}

// FuzzHeaders sends any headers, and any token; the empty one stands for a good one.
func FuzzHeaders(f *testing.F) {
	b := setup(f)
	for _, header := range []string{
		"Grpc-Timeout: 1n", "Grpc-Timeout: 99999999H", "Grpc-Metadata-Authorization: x", "Authorization: Bearer x", "traceparent: 00-x",
		"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b,c=" + strings.Repeat("d", 300),
		"X-HTTP-Method-Override: DELETE", "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked", "Te: trailers",
		"X-Forwarded-For: \xff", "Accept: application/grpc", "Origin: http://a\r\nAccess-Control-Request-Method: PUT", "Expect: 100-continue",
		"Connection: upgrade\r\nUpgrade: h2c", "Accept-Encoding: gzip", "Grpc-Encoding: gzip", "A: " + strings.Repeat("x", 8000),
	} {
		f.Add(byte(0), "", header)
	}
	f.Add(byte(1), "x", "")
	f.Fuzz(func(t *testing.T, which byte, token, header string) {
		r := b.routes[int(which)%len(b.routes)]
		s := shape{&draw{}, b.pool}
		if token == "" { // good ones are of another key in every run
			token = b.tokens[r.service]
		}
		b.try(t, r, raw(r.verb, s.path(r), token, s.body(r), header))
	})
}
