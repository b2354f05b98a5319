// Package fuzz throws hostile input at the gateway in front of the real services on a real database. Whatever comes in: no panic, no 5xx,
// bounded memory, and errors that say nothing of what is inside.
package fuzz

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/satisfaction"
	"github.com/guanxi-crm/guanxi/services/segmentation"
	"github.com/guanxi-crm/guanxi/services/voice"
)

// services are all that stand behind the gateway. A new one is a word here, behind those that it asks or listens to.
var services = []service.Definition{
	profile.Definition(), segmentation.Definition(), planning.Definition(), voice.Definition(), satisfaction.Definition(),
}

// bundle is a gateway with everything behind it.
type bundle struct {
	handler http.Handler
	routes  []route
	tokens  map[string]string // by service, of a caller who may do everything, so that nothing ends at the permission
	running map[string]*servicetest.Service
	last    *servicetest.Service
	pool    pool
	places  []string // of what made tells of: the pattern by which it is in the pool
	log     *lastErrors
}

func setup(t testing.TB) *bundle {
	t.Helper()
	b := &bundle{tokens: map[string]string{}, running: map[string]*servicetest.Service{}, pool: pool{}, places: make([]string, len(made)), log: &lastErrors{}}
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelError}))
	conns := map[string]*grpc.ClientConn{}
	start := servicetest.Start
	for _, definition := range services {
		s := start(t, definition, func(_ *service.Config, deps *service.Deps) { deps.Log = log })
		start, b.last = s.Beside, s
		conn, err := gateway.Dial(s.Address)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, conn.Close()) })
		conns[definition.Name] = conn
		b.running[definition.Name] = s
		b.tokens[definition.Name] = s.Token(t, auth.Principal{
			Subject: "root", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true,
		})
		b.routes = append(b.routes, routesOf(definition.Name)...)
	}
	config, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	config.FormViews, config.FormSends = 0, 0 // or most of what it sends would get no further
	b.handler, err = gateway.New(context.Background(), config, conns, prometheus.NewRegistry(), log)
	require.NoError(t, err)
	b.fixtures(t)
	return b
}

// try sends a request, and replaces what it has deleted.
func (b *bundle) try(t testing.TB, r route, raw string) {
	t.Helper()
	answer := b.send(t, raw)
	if r.verb != http.MethodDelete || answer == nil || answer.Code != http.StatusOK {
		return
	}
	for pattern := range b.pool {
		if strings.HasPrefix(pattern, r.patterns()[0]) {
			delete(b.pool, pattern)
		}
	}
	b.fixtures(t)
}

// send has the request answered, and checks what holds for every answer. Nil if a server would not have taken it for HTTP.
func (b *bundle) send(t testing.TB, raw string) *httptest.ResponseRecorder {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		return nil
	}
	b.log.forget()
	patient := r.Header.Get("Grpc-Timeout") == "" // to be read now, as the gateway takes it away
	answer := httptest.NewRecorder()
	b.handler.ServeHTTP(answer, r)
	if answer.Code >= http.StatusInternalServerError && (patient || answer.Code != http.StatusGatewayTimeout) {
		t.Fatalf("%d %s\nfor %q\nbecause %s", answer.Code, answer.Body, raw, b.log)
	}
	page := strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") // of a form, for people
	if answer.Code >= http.StatusBadRequest && r.Method != http.MethodHead && !page {
		requireFault(t, answer.Body.Bytes(), raw)
	}
	b.requireQuiet(t, raw)
	requireBounded(t, raw)
	return answer
}

// requireQuiet checks that no input made a service complain of itself, though the caller did not notice.
func (b *bundle) requireQuiet(t testing.TB, input string) {
	t.Helper()
	if said := b.log.String(); said != "" {
		t.Fatalf("logged as an error for %q:\n%s", input, said)
	}
}

// requireFault checks that an error is one of ours, and silent about what is inside.
func requireFault(t testing.TB, body []byte, raw string) {
	t.Helper()
	var said struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Code == 0 || said.Message == "" {
		t.Fatalf("%s is no error of ours, for %q", body, raw)
	}
	for _, inner := range []string{"pq:", "SQLSTATE", "goroutine ", "runtime error"} {
		if strings.Contains(said.Message, inner) && !strings.Contains(raw, inner) {
			t.Fatalf("%s tells of what is inside, for %q", body, raw)
		}
	}
}

// mostHeap is many times what one request at its largest needs.
const mostHeap = 512 << 20

func requireBounded(t testing.TB, raw string) {
	t.Helper()
	if heap() < mostHeap {
		return
	}
	runtime.GC()
	if now := heap(); now > mostHeap {
		t.Fatalf("%d MiB of memory are held after %q", now>>20, raw)
	}
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// lastErrors is what the services logged as errors during the current request, for whoever has to find out why.
type lastErrors struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *lastErrors) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log.
func (l *lastErrors) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lastErrors) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// request writes the request for a route as it goes over the wire.
func request(r route, d *draw, names pool, token string) string {
	s := shape{draw: d, pool: names}
	path, body := s.path(r), s.body(r)
	if query := s.query(r); query != "" {
		path += "?" + query
	}
	return raw(r.verb, path, token, body)
}

func raw(verb, path, token, body string, headers ...string) string {
	var more strings.Builder
	for _, h := range headers {
		more.WriteString(h + "\r\n")
	}
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: guanxi\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n%s\r\n%s",
		verb, path, token, len(body), more.String(), body)
}
