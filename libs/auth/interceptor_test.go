package auth

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/test/bufconn"

	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// echo answers with the caller that it sees.
type echo struct {
	profilev1.UnimplementedCustomerServiceServer
	profilev1.UnimplementedImportServiceServer
}

func (echo) GetCustomer(ctx context.Context, _ *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
	return &profilev1.Customer{DisplayName: From(ctx).Subject}, nil
}

func (echo) ImportRows(s profilev1.ImportService_ImportRowsServer) error {
	return s.Send(&profilev1.ImportRowsResponse{Progress: &profilev1.Import{Name: From(s.Context()).Subject}})
}

// serve is a server as the services have it, with health and, though nobody opened it, reflection.
func serve(t *testing.T, i issuing) *grpc.ClientConn {
	t.Helper()
	table, err := NewTable(Health...)
	require.NoError(t, err)
	authenticate, authenticateStream := Authentication(i.verifier, table)
	permit, permitStream := Permission(table)
	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(authenticate, permit), grpc.ChainStreamInterceptor(authenticateStream, permitStream))
	profilev1.RegisterCustomerServiceServer(server, echo{})
	profilev1.RegisterImportServiceServer(server, echo{})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	listener := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///server", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

func bearing(t *testing.T, headers ...string) context.Context {
	t.Helper()
	md := metadata.MD{}
	md.Append("authorization", headers...)
	return metadata.NewOutgoingContext(t.Context(), md)
}

// Each header over both kinds of calls.
func TestAuthentication(t *testing.T) {
	t.Parallel()
	i := setup(t)
	conn := serve(t, i)
	token, err := i.signer.Sign(li(), time.Hour)
	require.NoError(t, err)
	other, err := i.signer.Sign(Principal{Subject: "wang", Level: typev1.Level_EXECUTIVE, Territories: []string{"*"}}, time.Hour)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		headers []string
		reason  string
	}{
		"bearer":                   {[]string{"Bearer " + token}, ""},
		"lower case":               {[]string{"bearer " + token}, ""},
		"upper case, more spaces":  {[]string{"BEARER   " + token}, ""},
		"none":                     {nil, "TOKEN_MISSING"},
		"empty":                    {[]string{""}, "TOKEN_MISSING"},
		"no scheme":                {[]string{token}, "TOKEN_MISSING"},
		"no token":                 {[]string{"Bearer "}, "TOKEN_MISSING"},
		"other scheme":             {[]string{"Basic " + token}, "TOKEN_MISSING"},
		"two headers":              {[]string{"Bearer " + token, "Bearer " + other}, "TOKEN_MISSING"},
		"the same twice":           {[]string{"Bearer " + token, "Bearer " + token}, "TOKEN_MISSING"},
		"two in one":               {[]string{"Bearer " + token + ", Bearer " + other}, "TOKEN_INVALID"},
		"something behind":         {[]string{"Bearer " + token + " x"}, "TOKEN_INVALID"},
		"truncated":                {[]string{"Bearer " + token[:len(token)-4]}, "TOKEN_INVALID"},
		"huge":                     {[]string{"Bearer " + strings.Repeat("x", 64<<10)}, "TOKEN_INVALID"},
		"a claim is missing":       {[]string{"Bearer " + i.forge(but(map[string]any{"level": nil}), i.header())}, "TOKEN_CLAIMS"},
		"expired since this hour":  {[]string{"Bearer " + i.forge(but(map[string]any{"exp": start.Unix()}), i.header())}, "TOKEN_EXPIRED"},
		"a token of another issue": {[]string{"Bearer " + i.forge(but(map[string]any{"iss": "x"}), i.header())}, "TOKEN_INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := bearing(t, c.headers...)
			customer, unary := profilev1.NewCustomerServiceClient(conn).GetCustomer(ctx, &profilev1.GetCustomerRequest{})
			stream, err := profilev1.NewImportServiceClient(conn).ImportRows(ctx)
			require.NoError(t, err)
			progress, streamed := stream.Recv()
			if c.reason == "" {
				require.NoError(t, unary)
				require.NoError(t, streamed)
				require.Equal(t, "li", customer.DisplayName)
				require.Equal(t, "li", progress.Progress.Name)
				return
			}
			for _, err := range []error{unary, streamed} {
				got := fault.From(err)
				require.Equal(t, codes.Unauthenticated, got.Code())
				require.Equal(t, c.reason, got.Reason())
				require.NotContains(t, got.GRPCStatus().Proto().String(), token[:20])
			}
		})
	}
}

func TestPermissionOverTheWire(t *testing.T) {
	t.Parallel()
	i := setup(t)
	conn := serve(t, i)
	token, err := i.signer.Sign(Principal{Subject: "wang", Level: typev1.Level_BASIC, Territories: []string{"*"}}, time.Hour)
	require.NoError(t, err)
	ctx := bearing(t, "Bearer "+token)

	_, err = profilev1.NewCustomerServiceClient(conn).DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{})
	require.Equal(t, "METHOD_LEVEL", fault.From(err).Reason())
	require.Equal(t, codes.PermissionDenied, fault.From(err).Code())

	stream, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	require.NoError(t, err)
	_, err = stream.Recv()
	require.Equal(t, "METHOD_UNLISTED", fault.From(err).Reason(), "what nobody opened is closed")
}

func TestOpenMethodsNeedNoToken(t *testing.T) {
	t.Parallel()
	i := setup(t)
	conn := serve(t, i)
	for _, ctx := range []context.Context{t.Context(), bearing(t, "Bearer nonsense")} {
		_, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		require.NoError(t, err)
	}
}

// Whatever token comes along, a public method is called by nobody in particular; it opens no other method.
func TestPublicMethods(t *testing.T) {
	t.Parallel()
	i := setup(t)
	const page, other = "/guanxi.test.v1.S/Page", "/guanxi.test.v1.S/Other"
	table := &Table{access: map[string]*typev1.Access{
		page: {Level: typev1.Level_BASIC, Public: true}, other: {Level: typev1.Level_BASIC},
	}}
	authenticate, _ := Authentication(i.verifier, table)
	token, err := i.signer.Sign(li(), time.Hour)
	require.NoError(t, err)
	for _, headers := range []metadata.MD{nil, {"authorization": {"Bearer nonsense"}}, {"authorization": {"Bearer " + token}}, {"authorization": {"a", "b"}}} {
		ctx := metadata.NewIncomingContext(t.Context(), headers)
		who, err := authenticate(ctx, nil, &grpc.UnaryServerInfo{FullMethod: page}, func(ctx context.Context, _ any) (any, error) { return From(ctx), nil })
		require.NoError(t, err)
		require.Equal(t, Principal{Level: typev1.Level_BASIC}, who)
	}
	_, err = authenticate(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: other}, nil)
	require.Equal(t, "TOKEN_MISSING", fault.From(err).Reason())
}
