package gateway_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// customers is a service that tells what reached it.
type customers struct {
	profilev1.UnimplementedCustomerServiceServer
	stored func(context.Context) (string, error)
	calls  *atomic.Int64 // of what fails the first time
}

// flaky is UNAVAILABLE the first time.
func (s customers) flaky() error {
	if s.calls.Add(1) == 1 {
		return fault.Unavailable(nil)
	}
	return nil
}

func (s customers) CreateCustomer(_ context.Context, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
	if r.GetCustomer().GetDisplayName() == "flaky" {
		return r.GetCustomer(), s.flaky()
	}
	return r.GetCustomer(), nil
}

// UpdateCustomer answers the paths of the mask as tags.
func (customers) UpdateCustomer(_ context.Context, r *profilev1.UpdateCustomerRequest) (*profilev1.Customer, error) {
	return &profilev1.Customer{Name: r.GetCustomer().GetName(), Tags: r.GetUpdateMask().GetPaths()}, nil
}

// people is a service that tells which paths a mask had.
type people struct {
	profilev1.UnimplementedPersonServiceServer
}

func (people) UpdatePerson(_ context.Context, r *profilev1.UpdatePersonRequest) (*profilev1.Person, error) {
	return &profilev1.Person{DisplayName: strings.Join(r.GetUpdateMask().GetPaths(), " ")}, nil
}

// ListCustomers answers a customer for each header that arrived, and the filter as the next page's token.
func (customers) ListCustomers(ctx context.Context, r *profilev1.ListCustomersRequest) (*profilev1.ListCustomersResponse, error) {
	answer := &profilev1.ListCustomersResponse{NextPageToken: r.GetFilter()}
	md, _ := metadata.FromIncomingContext(ctx)
	for name, values := range md {
		answer.Customers = append(answer.Customers, &profilev1.Customer{DisplayName: name, Source: strings.Join(values, "|")})
	}
	return answer, nil
}

// GetCustomer fails as its name says; customers/deadline answers the time left, customers/stored what the database says.
func (s customers) GetCustomer(ctx context.Context, r *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
	text := fault.Text{En: "english", Zh: "中文"}
	switch _, id, _ := strings.Cut(r.GetName(), "/"); id {
	case "deadline":
		deadline, _ := ctx.Deadline()
		return &profilev1.Customer{DisplayName: time.Until(deadline).Round(time.Second).String()}, nil
	case "stored":
		name, err := s.stored(ctx)
		return &profilev1.Customer{Name: r.GetName(), DisplayName: name, Tags: []string{"a", "b"}, Territory: "cn/south"}, err
	case "flaky":
		return &profilev1.Customer{Name: r.GetName()}, s.flaky()
	case "panic":
		panic("secret")
	case "exhausted":
		return nil, fault.New(codes.ResourceExhausted, "BUSY", text).RetryAfter(1500 * time.Millisecond)
	case "header":
		_ = grpc.SetHeader(ctx, metadata.Pairs("x-internal", "1"))
		_ = grpc.SetTrailer(ctx, metadata.Pairs("x-internal", "1"))
		return &profilev1.Customer{Name: r.GetName()}, nil
	case "forbidden":
		return nil, fault.Denied("NO", text)
	case "aborted":
		return nil, fault.Aborted(r.GetName())
	case "precondition":
		return nil, fault.New(codes.FailedPrecondition, "STATE", text)
	case "exists":
		return nil, fault.New(codes.AlreadyExists, "EXISTS", text)
	case "unavailable":
		return nil, fault.Unavailable(nil)
	case "invalid":
		return nil, fault.Invalid(fault.Field("name", "BAD", text))
	case "found":
		return &profilev1.Customer{Name: r.GetName()}, nil
	default:
		return nil, fault.NotFound(r.GetName())
	}
}

// bundle is a gateway before a service.
type bundle struct {
	*gateway.Running
	service *service.Running
	token   string
}

func setup(t testing.TB, configure ...func(*gateway.Config)) *bundle {
	t.Helper()
	b := &bundle{}
	signer, err := auth.NewSigner(filepath.Join(t.TempDir(), "key.pem"), "https://issuer.test", "guanxi", time.Now)
	require.NoError(t, err)
	b.token, err = signer.Sign(auth.Principal{Subject: "alice", Level: typev1.Level_MANAGER, Territories: []string{auth.Anywhere}}, time.Hour)
	require.NoError(t, err)
	b.service = startService(t, signer)

	cfg, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Services = "127.0.0.1:0", map[string]string{"profile": b.service.Address()}
	for _, c := range configure {
		c(&cfg)
	}
	b.Running, err = gateway.Start(context.Background(), cfg, gateway.Deps{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Stop()) })
	return b
}

func startService(t testing.TB, signer *auth.Signer) *service.Running {
	t.Helper()
	cfg, err := service.LoadConfig("profile", nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Auth, cfg.Database.URL = "127.0.0.1:0", signer.Config(), testkit.DatabaseURL(t, nil)
	key := make([]byte, page.KeySize)
	_, _ = rand.Read(key)
	pages, err := page.NewSealer(key)
	require.NoError(t, err)
	running, err := service.Start(context.Background(), service.Definition{
		Name: "profile",
		Register: func(to grpc.ServiceRegistrar, p *service.Platform) error {
			profilev1.RegisterCustomerServiceServer(to, customers{calls: new(atomic.Int64), stored: func(ctx context.Context) (name string, err error) {
				err = p.DB.Get(ctx, &name, "select typname from pg_type where oid = $1", 25)
				return name, err
			}})
			profilev1.RegisterPersonServiceServer(to, people{})
			planningv1.RegisterCalendarFeedServiceServer(to, documents{})
			voicev1.RegisterVoiceFormPageServiceServer(to, formPages{})
			return nil
		},
	}, cfg, service.Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), NATS: testkit.NATS(t), Pages: pages,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	return running
}

// answer is what came back, its JSON read.
type answer struct {
	*http.Response
	text string
	json map[string]any
}

// do sends a request with alice's token unless it has another one.
func (b *bundle) do(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, "http://"+b.Address()+"/", bytes.NewBufferString(body))
	require.NoError(t, err)
	request.URL.Opaque = path // exactly as it is written
	request.Header.Set("Authorization", "Bearer "+b.token)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := answer{Response: response, text: string(content)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(content, &a.json), a.text)
	}
	return a
}

// violation is the first wrong field of an answer, and the rule that it breaks.
func (a answer) violation(t testing.TB) (field, rule string) {
	t.Helper()
	for _, d := range a.json["details"].([]any) {
		detail := d.(map[string]any)
		if violations, ok := detail["fieldViolations"].([]any); ok {
			first := violations[0].(map[string]any)
			return first["field"].(string), first["reason"].(string)
		}
	}
	t.Fatalf("no violations in %s", a.text)
	return "", ""
}

// reason is what a program branches on.
func (a answer) reason(t testing.TB) string {
	t.Helper()
	details, _ := a.json["details"].([]any)
	for _, d := range details {
		if reason, ok := d.(map[string]any)["reason"].(string); ok {
			return reason
		}
	}
	t.Fatalf("no reason in %s", a.text)
	return ""
}
