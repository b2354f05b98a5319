// Package servicetest runs a service as it runs in production - its database, its broker, all interceptors - for the tests of that service.
package servicetest

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/reach"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// personKeys is a file of keys as seal.Read reads it.
const personKeys = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\nblind CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=\n"

// Service is a running service, and all that a test needs to call it and to look behind it.
type Service struct {
	Address string // of its gRPC server
	Conn    *grpc.ClientConn
	DB      *postgres.DB // beside the service's own
	Clock   *testkit.Clock
	NATS    *nats.Conn
	Signer  *auth.Signer // whose tokens it believes
	KeyFile string       // of that signer

	def     service.Definition
	running *service.Running
	before  []*Service // started beside it and earlier
}

// Change is made to what a service would else be started with.
type Change = func(*service.Config, *service.Deps)

// Start runs a service until the test ends.
func Start(t testing.TB, def service.Definition, changes ...Change) *Service {
	t.Helper()
	s := &Service{Clock: testkit.NewClock(), NATS: testkit.NATS(t), KeyFile: filepath.Join(t.TempDir(), "key.pem")}
	var err error
	s.Signer, err = auth.NewSigner(s.KeyFile, "https://issuer.test", "guanxi", s.Clock.Now)
	require.NoError(t, err)
	s.run(t, def, changes...)
	return s
}

// Beside runs another service until the test ends, on a database of its own: of the same broker, clock and signer. It has this one, and those that were there
// when this one was started, as its peers.
func (s *Service) Beside(t testing.TB, def service.Definition, changes ...Change) *Service {
	t.Helper()
	other := &Service{Clock: s.Clock, NATS: s.NATS, KeyFile: s.KeyFile, Signer: s.Signer, before: s.All()}
	other.run(t, def, changes...)
	return other
}

// Stop stops the service before the test ends; what is in its database stays.
func (s *Service) Stop(t testing.TB) {
	t.Helper()
	require.NoError(t, s.running.Stop())
}

// All are the services that were started before it, in that order, and itself.
func (s *Service) All() []*Service { return append(slices.Clone(s.before), s) }

// Name is that of its definition.
func (s *Service) Name() string { return s.def.Name }

func (s *Service) run(t testing.TB, def service.Definition, changes ...Change) {
	t.Helper()
	s.def = def
	cfg, err := service.LoadConfig(def.Name, nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Auth = "127.0.0.1:0", s.Signer.Config()
	migrate, err := tables(def)
	require.NoError(t, err)
	cfg.Database.URL, cfg.Peers = testkit.DatabaseURL(t, migrate), map[string]string{}
	for _, b := range s.before {
		cfg.Peers[b.Name()] = b.Address
	}
	pages, err := page.NewSealer(bytes.Repeat([]byte{7}, page.KeySize))
	require.NoError(t, err)

	people, err := seal.Parse([]byte(personKeys))
	require.NoError(t, err)

	deps := service.Deps{
		Log: logTo(t, def.Name), Registry: prometheus.NewRegistry(), NATS: s.NATS, Pages: pages, People: people, Now: s.Clock.Now,
		PeerToken: func() (string, error) {
			return s.Signer.Sign(auth.Principal{Subject: def.Name, Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}}, time.Hour)
		},
	}
	for _, change := range changes {
		change(&cfg, &deps)
	}
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	running, err := service.Start(ctx, def, cfg, deps)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	s.running, s.Address, s.DB = running, running.Address(), testkit.Open(t, cfg.Database)
	s.Conn, err = grpc.NewClient(s.Address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(listed(t)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Conn.Close()) })
	s.nudge(t)
}

// listed sees to it that of every field of an answer that names a customer it is known whether it counts as a reference. Calls come from any goroutine, so it does not end the test.
func listed(t testing.TB) grpc.UnaryClientInterceptor {
	t.Helper()
	return func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		err := invoke(ctx, method, req, reply, conn, opts...)
		if answer, ok := reply.(proto.Message); ok && err == nil {
			for _, field := range reach.Unlisted(answer) {
				t.Errorf("%s: say in libs/reach whether %s is a reference", method, field)
			}
		}
		return err
	}
}

// As is a context for calls by a caller of that level, in the given territories or, without any, everywhere.
func (s *Service) As(t testing.TB, level typev1.Level, territories ...string) context.Context {
	t.Helper()
	if len(territories) == 0 {
		territories = []string{auth.Anywhere}
	}
	return s.AsPrincipal(t, auth.Principal{Subject: "alice", Level: level, Territories: territories})
}

// AsPrincipal is a context for calls by that caller until the test ends. The service bounds each of them.
func (s *Service) AsPrincipal(t testing.TB, p auth.Principal) context.Context {
	t.Helper()
	token := s.Token(t, p)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// Token is a day's token of that caller.
func (s *Service) Token(t testing.TB, p auth.Principal) string {
	t.Helper()
	token, err := s.Signer.Sign(p, 24*time.Hour)
	require.NoError(t, err)
	return token
}

// AwaitJob waits until a scheduled job has taken note of the clock: it is first due after the time at which it was first seen.
func (s *Service) AwaitJob(t testing.TB, name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		var seen bool
		return s.DB.Get(context.Background(), &seen, `select exists (select from schedules where job = $1)`, name) == nil && seen
	}, testkit.Patience, 10*time.Millisecond)
}

// Events waits until the stream holds n events of the subject, and returns them in its order.
func (s *Service) Events(t testing.TB, subject string, n int) []events.Message {
	t.Helper()
	js, err := jetstream.New(s.NATS)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	var got []events.Message
	err = events.Tail(ctx, js, subject, time.Unix(1, 0), func(m events.Message) error {
		got = append(got, m)
		if len(got) == n {
			cancel()
		}
		return m.Err
	})
	require.NoError(t, err)
	require.Len(t, got, n, "events of %s", subject)
	return got
}
