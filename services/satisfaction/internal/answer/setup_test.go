package answer_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/answer"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// bundle is the pages alone, with a gateway before them.
type bundle struct {
	*servicetest.Service
	responses satisfactionv1.ResponseServiceClient
	http      string
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{}
	b.Service = servicetest.Start(t, service.Definition{
		Name: "satisfaction", Migrations: os.DirFS("../../migrations"),
		Register: func(to grpc.ServiceRegistrar, p *service.Platform) error {
			numbers := settings.NewStore(p.DB, p.Now)
			pages, err := answer.NewServer(p.DB, p.Now, p.Pages, numbers)
			if err != nil {
				return err
			}
			satisfactionv1.RegisterAnswerPageServiceServer(to, pages)
			responses, err := response.NewServer(p.DB, p.Now, p.Pages, numbers)
			satisfactionv1.RegisterResponseServiceServer(to, responses)
			return err
		},
	}, func(_ *service.Config, deps *service.Deps) {
		deps.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	b.responses = satisfactionv1.NewResponseServiceClient(b.Conn)
	cfg, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Services, cfg.FormSends, cfg.FormViews = "127.0.0.1:0", map[string]string{"satisfaction": b.Address}, 0, 0
	running, err := gateway.Start(context.Background(), cfg, gateway.Deps{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	b.http = "http://" + running.Address()
	return b
}

func (b *bundle) open(t *testing.T, o responsetest.Options) *responsetest.World {
	t.Helper()
	w, err := responsetest.Open(t.Context(), b.DB, b.Clock.Now(), o)
	require.NoError(t, err)
	return w
}

// seen is what came back over HTTP.
type seen struct {
	*http.Response
	text string
}

// do sends a request and follows nothing.
func (b *bundle) do(t *testing.T, method, path string, typed url.Values) seen {
	t.Helper()
	got, err := b.try(method, path, typed)
	require.NoError(t, err)
	return got
}

func (b *bundle) try(method, path string, typed url.Values) (seen, error) {
	r, err := http.NewRequest(method, b.http+path, strings.NewReader(typed.Encode()))
	if err != nil {
		return seen{}, err
	}
	if typed != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return seen{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return seen{Response: answer, text: string(text)}, err
}

var hidden = regexp.MustCompile(`name="(section|token)" value="([^"]+)"`)

// filled is a page that is filled in, by turns field and value.
func (s seen) filled(more ...string) url.Values {
	typed := url.Values{}
	for _, found := range hidden.FindAllStringSubmatch(s.text, -1) {
		typed.Set(found[1], found[2])
	}
	for i := 0; i < len(more); i += 2 {
		typed.Add(more[i], more[i+1])
	}
	return typed
}

// next follows the way to the page after one that was taken in.
func (b *bundle) next(t *testing.T, sent seen) seen {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, sent.StatusCode, sent.text)
	got := b.do(t, http.MethodGet, sent.Header.Get("Location"), nil)
	require.Equal(t, http.StatusOK, got.StatusCode)
	return got
}
