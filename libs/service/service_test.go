package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestServesThoseWhoMay(t *testing.T) {
	t.Parallel()
	b := setup(t, &testService{get: find, create: insert})

	answer, err := b.client.CreateCustomer(b.as(t, typev1.Level_BASIC), named("first"))
	require.NoError(t, err)
	require.Equal(t, "first", answer.GetDisplayName())

	answer, err = b.client.GetCustomer(b.as(t, typev1.Level_BASIC), &profilev1.GetCustomerRequest{Name: "first"})
	require.NoError(t, err)
	require.Equal(t, "first", answer.GetDisplayName())

	_, err = b.client.CreateCustomer(context.Background(), named("second"))
	require.Equal(t, codes.Unauthenticated, status.Code(err))
	_, err = b.client.DeleteCustomer(b.as(t, typev1.Level_BASIC), &profilev1.DeleteCustomerRequest{Name: "first"})
	require.Equal(t, codes.PermissionDenied, status.Code(err), "needs MANAGER")
	_, err = b.client.CreateCustomer(b.as(t, typev1.Level_BASIC), named(strings.Repeat("x", 201)))
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.ErrorContains(t, err, "customer.display_name")

	health, err := grpc_health_v1.NewHealthClient(b.conn).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, grpc_health_v1.HealthCheckResponse_SERVING, health.GetStatus())

	require.Equal(t, 1, testutil.CollectAndCount(b.registry, "guanxi_outbox_waiting"))
	require.GreaterOrEqual(t, testutil.CollectAndCount(b.registry, "guanxi_rpc_seconds"), 4)
}

func TestReflectionOnlyWhereItIsOn(t *testing.T) {
	t.Parallel()
	list := func(b *bundle) error {
		stream, err := grpc_reflection_v1.NewServerReflectionClient(b.conn).ServerReflectionInfo(b.as(t, typev1.Level_BASIC))
		require.NoError(t, err)
		_ = stream.Send(&grpc_reflection_v1.ServerReflectionRequest{
			MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{},
		})
		_, err = stream.Recv()
		_ = stream.CloseSend()
		return err
	}
	require.Equal(t, codes.Unimplemented, status.Code(list(setup(t, &testService{}))))
	on := setup(t, &testService{}, func(c *service.Config, _ *service.Definition) { c.Reflection = true })
	require.NoError(t, list(on))
}

func TestErrorsThatLeave(t *testing.T) {
	t.Parallel()
	sql := func(query string) func(context.Context, *postgres.DB) error {
		return func(ctx context.Context, db *postgres.DB) error {
			_, err := db.Exec(ctx, query)
			return err
		}
	}
	plain := func(err error) func(context.Context, *postgres.DB) error {
		return func(context.Context, *postgres.DB) error { return err }
	}
	tests := map[string]struct {
		fail   func(ctx context.Context, db *postgres.DB) error
		code   codes.Code
		reason string
		logged string // in the log, and never in the answer
	}{
		"a fault stays":    {plain(fault.NotFound("customers/1")), codes.NotFound, "NOT_FOUND", ""},
		"an unknown error": {plain(errors.New("secret 4711")), codes.Internal, "INTERNAL", "secret 4711"},
		"a panic":          {func(context.Context, *postgres.DB) error { panic("secret 4712") }, codes.Internal, "INTERNAL", "secret 4712"},
		"a nil pointer": {func(context.Context, *postgres.DB) error {
			return map[string]*testService{}["none"].db.Ping(t.Context())
		}, codes.Internal, "INTERNAL", "nil pointer"},
		"a broken query":       {sql("select secret4713"), codes.Internal, "INTERNAL", "secret4713"},
		"a statement too slow": {sql("set statement_timeout = '20ms'; select pg_sleep(5)"), codes.DeadlineExceeded, "DEADLINE_EXCEEDED", ""},
		"a victim of conflict": {sql("do $$ begin raise sqlstate '40001'; end $$"), codes.Unavailable, "UNAVAILABLE", ""},
		"a lost connection":    {sql("select pg_terminate_backend(pg_backend_pid())"), codes.Unavailable, "UNAVAILABLE", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &testService{get: find}
			s.create = func(ctx context.Context, db *postgres.DB, _ *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
				return nil, test.fail(ctx, db)
			}
			b := setup(t, s)
			_, err := b.client.CreateCustomer(b.as(t, typev1.Level_BASIC), named("x"))
			require.Equal(t, test.code, status.Code(err), err)
			require.Equal(t, test.reason, detail[*errdetails.ErrorInfo](t, err).GetReason())
			if test.logged != "" {
				require.NotContains(t, status.Convert(err).String(), test.logged)
				require.Contains(t, b.log.String(), test.logged)
			}
			if test.code == codes.Unavailable {
				require.Positive(t, detail[*errdetails.RetryInfo](t, err).GetRetryDelay().AsDuration())
			}
			_, err = b.client.GetCustomer(b.as(t, typev1.Level_BASIC), &profilev1.GetCustomerRequest{Name: "x"})
			require.NotEqual(t, codes.Unavailable, status.Code(err), "it goes on serving")
		})
	}
}

func detail[T any](t *testing.T, err error) T {
	t.Helper()
	for _, d := range status.Convert(err).Details() {
		if found, ok := d.(T); ok {
			return found
		}
	}
	var none T
	require.Failf(t, "a detail is missing", "no %T in %v", none, status.Convert(err).Details())
	return none
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	left := make(chan time.Duration, 1)
	b := setup(t, &testService{get: func(ctx context.Context, _ *postgres.DB, _ *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
		deadline, ok := ctx.Deadline()
		if !ok {
			return nil, errors.New("there is no deadline")
		}
		left <- time.Until(deadline)
		return &profilev1.Customer{}, nil
	}})
	token := metadata.NewOutgoingContext(context.Background(), outgoing(b.as(t, typev1.Level_BASIC)))
	for name, test := range map[string]struct {
		ask           time.Duration // 0 for none
		atMost, above time.Duration
	}{
		"none given":   {0, 30 * time.Second, 25 * time.Second},
		"a short one":  {5 * time.Second, 5 * time.Second, time.Second},
		"far too long": {time.Hour, 60 * time.Second, 50 * time.Second},
	} {
		ctx := token
		if test.ask > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, test.ask)
			defer cancel()
		}
		_, err := b.client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"})
		require.NoError(t, err, name)
		got := <-left
		require.LessOrEqual(t, got, test.atMost, name)
		require.Greater(t, got, test.above, name)
	}
	ctx, cancel := context.WithTimeout(token, 8*time.Millisecond)
	defer cancel()
	_, err := b.client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"})
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
	require.Empty(t, left, "the handler was not even called")
}

func outgoing(ctx context.Context) metadata.MD {
	md, _ := metadata.FromOutgoingContext(ctx)
	return md
}

func TestOverload(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	s := &testService{create: insert}
	s.get = func(context.Context, *postgres.DB, *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
		entered <- struct{}{}
		<-leave
		return &profilev1.Customer{}, nil
	}
	b := setup(t, s, func(c *service.Config, _ *service.Definition) { c.Concurrency = 2 })
	ctx := b.as(t, typev1.Level_BASIC)
	done := make(chan error)
	for range 2 {
		go func() {
			_, err := b.client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"})
			done <- err
		}()
		<-entered
	}
	start := time.Now()
	_, err := b.client.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"})
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
	require.Less(t, time.Since(start), time.Second)
	require.Positive(t, detail[*errdetails.RetryInfo](t, err).GetRetryDelay().AsDuration())
	_, err = b.client.CreateCustomer(ctx, named("other methods have their room"))
	require.NoError(t, err)
	close(leave)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
}

func TestRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	b := setup(t, &testService{create: insert})
	request := named("x")
	for range 20 {
		request.Customer.AlternativeNames = append(request.Customer.AlternativeNames, strings.Repeat("x", 60_000))
	}
	_, err := b.client.CreateCustomer(b.as(t, typev1.Level_BASIC), request)
	require.Equal(t, codes.ResourceExhausted, status.Code(err))

	ctx := metadata.AppendToOutgoingContext(b.as(t, typev1.Level_BASIC), "x-large", strings.Repeat("x", service.MaxHeaders))
	_, err = b.client.CreateCustomer(ctx, named("x"))
	require.Error(t, err)
	_, err = b.client.CreateCustomer(b.as(t, typev1.Level_BASIC), named("x"))
	require.NoError(t, err, "nothing else is touched")
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*service.Config, *service.Definition)
		want   string
	}{
		"no issuer":           {func(c *service.Config, _ *service.Definition) { c.Auth.Issuer = "" }, "GUANXI_AUTH_ISSUER"},
		"no database":         {func(c *service.Config, _ *service.Definition) { c.Database.URL = "" }, "no database URL"},
		"no keys for pages":   {func(*service.Config, *service.Definition) {}, "PAGE_KEYS_FILE"},
		"a failing register":  {func(_ *service.Config, d *service.Definition) { d.Register = failing }, "cannot register"},
		"an address in use":   {func(c *service.Config, _ *service.Definition) { c.Listen = "192.0.2.1:1" }, "192.0.2.1"},
		"an admin port taken": {func(c *service.Config, _ *service.Definition) { c.AdminListen = "192.0.2.1:1" }, "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def, cfg, deps := parts(t)
			if name == "no keys for pages" {
				deps.Pages = nil
			}
			test.change(&cfg, &def)
			_, err := service.Start(context.Background(), def, cfg, deps)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "service test:")
		})
	}
}

func failing(grpc.ServiceRegistrar, *service.Platform) error { return errors.New("cannot register") }
