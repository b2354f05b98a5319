// Package rolling replaces the replicas of a service by those of a next release, one by one and under load, and counts the calls that fail: none may.
package rolling

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

const (
	callers = 6
	// settle is how long the load goes on between two steps.
	settle = 700 * time.Millisecond
)

// next is the release that follows: its migration expands a table, as docs/deploying.md has it, and the replicas of the release before go on working beside it.
func next(t *testing.T) service.Definition {
	t.Helper()
	def, files := profile.Definition(), fstest.MapFS{}
	names, err := fs.Glob(def.Migrations, "*.sql")
	require.NoError(t, err)
	for _, name := range names {
		text, err := fs.ReadFile(def.Migrations, name)
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: text}
	}
	files["99999_next.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
alter table customers add column next_release text not null default '';
-- +goose Down
alter table customers drop column next_release;
`)}
	def.Migrations = files
	return def
}

// fleet are the replicas of profile, and the gateway that knows their addresses as DNS would tell it.
type fleet struct {
	first *servicetest.Service
	url   string // of their database
	names *manual.Resolver
	http  string
	token string
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{names: manual.NewBuilderWithScheme("replicas")}
	f.first = servicetest.Start(t, profile.Definition(), func(cfg *service.Config, _ *service.Deps) { f.url = cfg.Database.URL })
	f.token = f.first.Token(t, auth.Principal{Subject: "alice", Level: typev1.Level_MANAGER, Territories: []string{auth.Anywhere}})
	resolver.Register(f.names)
	f.names.InitialState(addresses(f.first))

	cfg, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Services = "127.0.0.1:0", map[string]string{"profile": "replicas:///profile"}
	running, err := gateway.Start(t.Context(), cfg, gateway.Deps{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	f.http = "http://" + running.Address()
	return f
}

func addresses(of ...*servicetest.Service) resolver.State {
	var state resolver.State
	for _, one := range of {
		state.Addresses = append(state.Addresses, resolver.Address{Addr: one.Address})
	}
	return state
}

func (f *fleet) replica(t *testing.T, def service.Definition) *servicetest.Service {
	t.Helper()
	return f.first.Beside(t, def, func(cfg *service.Config, _ *service.Deps) { cfg.Database.URL = f.url })
}

// load is what calls, until it is told to end.
type load struct {
	*fleet
	calls    atomic.Int64
	mu       sync.Mutex
	created  []string
	failures []string
}

func (l *load) run(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		name, why := l.create(fmt.Sprintf("customer %d", n))
		if why == "" {
			_, why = l.call(http.MethodGet, "/v1/"+name, "")
		}
		l.mu.Lock()
		if name != "" {
			l.created = append(l.created, name)
		}
		if why != "" {
			l.failures = append(l.failures, why)
		}
		l.mu.Unlock()
	}
}

func (l *load) create(name string) (created, why string) {
	body, why := l.call(http.MethodPost, "/v1/customers", fmt.Sprintf(`{"kind": "ORGANIZATION", "displayName": %q, "territory": "cn"}`, name))
	if why != "" {
		return "", why
	}
	var answer struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", err.Error()
	}
	return answer.Name, ""
}

// call is one HTTP call; why says why it failed. It is not tried again: whoever calls need not know that replicas are being replaced.
func (l *load) call(method, path, body string) (answer []byte, why string) {
	l.calls.Add(1)
	request, err := http.NewRequest(method, l.http+path, strings.NewReader(body))
	if err != nil {
		return nil, err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+l.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		return nil, err.Error()
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Sprintf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	return answer, ""
}

func TestARollingUpgradeFailsNoCall(t *testing.T) { //nolint:paralleltest // it is load, and the scheme of addresses is the process's
	f := newFleet(t)
	second := f.replica(t, profile.Definition())
	f.names.UpdateState(addresses(f.first, second))
	release := next(t)

	l := &load{fleet: f}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range callers {
		all.Go(func() { l.run(ctx) })
	}
	time.Sleep(settle)
	require.NoError(t, service.Migrate(t.Context(), f.first.DB, release), "while the release before serves")
	time.Sleep(settle)
	before := l.calls.Load()

	third := f.replica(t, release)
	f.names.UpdateState(addresses(f.first, second, third))
	time.Sleep(settle)
	f.first.Stop(t) // whoever knows addresses learns of it afterwards
	f.names.UpdateState(addresses(second, third))
	time.Sleep(settle)
	fourth := f.replica(t, release)
	f.names.UpdateState(addresses(second, third, fourth))
	second.Stop(t)
	f.names.UpdateState(addresses(third, fourth))
	time.Sleep(settle)

	after := l.calls.Load()
	time.Sleep(settle)
	stop()
	all.Wait()
	require.Empty(t, l.failures)
	require.Greater(t, before, int64(100))
	require.Greater(t, l.calls.Load(), after, "the new replicas answer")
	t.Logf("%d calls, %d customers", l.calls.Load(), len(l.created))

	var stored int
	require.NoError(t, f.first.DB.Get(t.Context(), &stored, `select count(*) from customers where next_release = ''`))
	require.Len(t, l.created, stored)
	f.first.Events(t, "guanxi.profile.customer.created.v1", stored)
}
