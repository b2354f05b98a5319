package service_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// testService is a service of two RPCs, whose handlers each test chooses.
type testService struct {
	profilev1.UnimplementedCustomerServiceServer
	db     *postgres.DB
	get    func(ctx context.Context, db *postgres.DB, r *profilev1.GetCustomerRequest) (*profilev1.Customer, error)
	create func(ctx context.Context, db *postgres.DB, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error)
}

func (s *testService) GetCustomer(ctx context.Context, r *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
	return s.get(ctx, s.db, r)
}

func (s *testService) CreateCustomer(ctx context.Context, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
	return s.create(ctx, s.db, r)
}

var migrations = fstest.MapFS{"00001_notes.sql": {Data: []byte(`
-- +goose Up
create table notes (name text primary key);
-- +goose Down
drop table notes;
`)}}

// insert writes a note named as the customer.
func insert(ctx context.Context, db *postgres.DB, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
	_, err := db.Exec(ctx, "insert into notes (name) values ($1)", r.GetCustomer().GetDisplayName())
	return &profilev1.Customer{DisplayName: r.GetCustomer().GetDisplayName()}, err
}

// find reads the note of that name.
func find(ctx context.Context, db *postgres.DB, r *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
	var name string
	err := db.Get(ctx, &name, "select name from notes where name = $1", r.GetName())
	return &profilev1.Customer{DisplayName: name}, err
}

func definition(s *testService) service.Definition {
	return service.Definition{
		Name:       "test",
		Migrations: migrations,
		Register: func(to grpc.ServiceRegistrar, p *service.Platform) error {
			s.db = p.DB
			profilev1.RegisterCustomerServiceServer(to, s)
			return nil
		},
	}
}

// bundle is a running service and one who may call it.
type bundle struct {
	*service.Running
	db       *postgres.DB // beside the service's own
	log      *logs
	registry *prometheus.Registry
	signer   *auth.Signer
	conn     *grpc.ClientConn
	client   profilev1.CustomerServiceClient
}

// parts are what a service is started from.
func parts(t testing.TB) (service.Definition, service.Config, service.Deps) {
	t.Helper()
	signer := newSigner(t)
	cfg, err := service.LoadConfig("test", nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Auth = "127.0.0.1:0", signer.Config()
	cfg.Database.URL = testkit.DatabaseURL(t, nil)
	key := make([]byte, page.KeySize)
	_, _ = rand.Read(key)
	pages, err := page.NewSealer(key)
	require.NoError(t, err)
	return definition(&testService{}), cfg, service.Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), NATS: testkit.NATS(t), Pages: pages,
	}
}

func newSigner(t testing.TB) *auth.Signer {
	t.Helper()
	signer, err := auth.NewSigner(filepath.Join(t.TempDir(), "key.pem"), "https://issuer.test", "guanxi", time.Now)
	require.NoError(t, err)
	return signer
}

func setup(t testing.TB, s *testService, configure ...func(*service.Config, *service.Definition)) *bundle {
	t.Helper()
	_, cfg, deps := parts(t)
	b := &bundle{log: &logs{}, registry: deps.Registry, signer: newSigner(t)}
	cfg.Auth = b.signer.Config()
	deps.Log = slog.New(slog.NewJSONHandler(b.log, nil))
	def := definition(s)
	for _, c := range configure {
		c(&cfg, &def)
	}
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	var err error
	b.Running, err = service.Start(ctx, def, cfg, deps)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Stop()) })
	b.db = testkit.Open(t, cfg.Database)
	b.conn, err = grpc.NewClient(b.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.conn.Close()) })
	b.client = profilev1.NewCustomerServiceClient(b.conn)
	return b
}

// as is a context of a call by somebody of that level.
func (b *bundle) as(t testing.TB, level typev1.Level) context.Context {
	t.Helper()
	token, err := b.signer.Sign(auth.Principal{Subject: "alice", Level: level, Territories: []string{auth.Anywhere}}, time.Hour)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	t.Cleanup(cancel)
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func named(name string) *profilev1.CreateCustomerRequest {
	return &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: name, Kind: profilev1.Customer_ORGANIZATION, Territory: "cn",
	}}
}

// logs collects what is logged.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
