package up_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/instance"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/up"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
)

const within = time.Minute

// listener is a service that notes the name of each new customer, for which it has to ask the profile service.
func listener() service.Definition {
	return service.Definition{
		Name: "segmentation", // as which the gateway knows it
		Migrations: fstest.MapFS{"00001_names.sql": {Data: []byte(`
-- +goose Up
create table names (event_id uuid primary key, display_name text not null);
-- +goose Down
drop table names;
`)}},
		Register:    func(grpc.ServiceRegistrar, *service.Platform) error { return nil },
		Projections: []service.Projection{{Consumer: "segmentation-names", Tables: []string{"names"}}},
		Subscriptions: func(p *service.Platform) []events.Subscription {
			return []events.Subscription{{
				Name: "segmentation-names", Subjects: []string{"guanxi.profile.customer.created.v1"},
				Handle: func(ctx context.Context, d events.Delivery) error {
					conn, err := p.Peer("profile")
					if err != nil {
						return err
					}
					c, err := profilev1.NewCustomerServiceClient(conn).GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: d.Resource})
					if err != nil {
						return err
					}
					_, err = p.DB.Exec(ctx, `insert into names (event_id, display_name) values ($1, $2)`, d.ID, c.GetDisplayName())
					return err
				},
			}}
		},
	}
}

// bring brings an instance up until it is stopped.
func bring(t *testing.T, options up.Options) (e instance.Endpoints, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- up.Run(ctx, options) }()
	stop = func() {
		cancel()
		require.NoError(t, <-ended)
	}
	require.Eventually(t, func() bool {
		select {
		case err := <-ended:
			t.Fatalf("it has ended: %v", err)
		default:
		}
		var err error
		e, err = options.Dir.Endpoints()
		return err == nil
	}, within, 20*time.Millisecond)
	return e, stop
}

// A service finds those before it, with a token of its own; what it has built of their events is emptied while nothing runs, and is there again afterwards.
func TestServicesFindEachOther(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(parent), 0o711)) // as root, PostgreSQL runs as another user below it
	options := up.Options{
		Dir: instance.Dir(filepath.Join(parent, "data")), HTTP: "127.0.0.1:0", GRPC: "127.0.0.1:0", Level: slog.LevelInfo, Out: io.Discard,
		Services: []service.Definition{profile.Definition(), listener()},
	}
	e, stop := bring(t, options)
	require.Len(t, e.GRPC, 2)
	signer, err := options.Dir.ExistingSigner()
	require.NoError(t, err)
	token, err := signer.Sign(auth.Principal{Subject: "alice", Level: typev1.Level_MANAGER, Territories: []string{auth.Anywhere}}, time.Hour)
	require.NoError(t, err)
	conn, err := instance.Dial(e.GRPC["profile"], token)
	require.NoError(t, err)
	_, err = profilev1.NewCustomerServiceClient(conn).CreateCustomer(t.Context(), &profilev1.CreateCustomerRequest{
		Customer: &profilev1.Customer{DisplayName: "one", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn"},
	})
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	requireNames(t, e.Databases["segmentation"], "one")

	refused := up.OnGround(t.Context(), options, []string{"segmentation"}, func(context.Context, map[string]service.Config) error {
		t.Error("the instance runs")
		return nil
	})
	require.ErrorContains(t, refused, "in use by another process")
	stop()

	require.NoError(t, up.OnGround(t.Context(), options, []string{"segmentation"}, func(ctx context.Context, configs map[string]service.Config) error {
		config := configs["segmentation"]
		db, err := postgres.Open(ctx, config.Database)
		require.NoError(t, err)
		broker, err := nats.Connect(config.NATS.URL)
		require.NoError(t, err)
		defer broker.Close()
		js, err := jetstream.New(broker)
		require.NoError(t, err)
		require.NoError(t, service.Rebuild(ctx, db, js, listener()))
		var left int
		require.NoError(t, db.Get(ctx, &left, `select count(*) from names`))
		require.Zero(t, left)
		return db.Close()
	}))
	e, stop = bring(t, options)
	requireNames(t, e.Databases["segmentation"], "one")
	stop()
	text, err := os.ReadFile(options.Dir.Path("guanxi.log"))
	require.NoError(t, err)
	require.NotContains(t, string(text), `"level":"ERROR"`)
}

// requireNames waits until these have been noted.
func requireNames(t *testing.T, database string, want ...string) {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: database})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.Eventually(t, func() bool {
		var got []string
		return db.Select(t.Context(), &got, `select display_name from names order by 1`) == nil && strings.Join(got, " ") == strings.Join(want, " ")
	}, within, 20*time.Millisecond)
}
