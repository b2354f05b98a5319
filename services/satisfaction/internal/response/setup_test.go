package response_test

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// bundle is responses alone.
type bundle struct {
	*servicetest.Service
	responses satisfactionv1.ResponseServiceClient
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{}
	b.Service = servicetest.Start(t, service.Definition{
		Name: "satisfaction", Migrations: os.DirFS("../../migrations"),
		Register: func(to grpc.ServiceRegistrar, p *service.Platform) error {
			numbers := settings.NewStore(p.DB, p.Now)
			server, err := response.NewServer(p.DB, p.Now, p.Pages, numbers)
			satisfactionv1.RegisterResponseServiceServer(to, server)
			versions, errVersions := settings.NewServer(p.DB, p.Now, p.Pages)
			satisfactionv1.RegisterSatisfactionSettingsServiceServer(to, versions)
			if err == nil {
				err = errVersions
			}
			return err
		},
	}, func(_ *service.Config, deps *service.Deps) {
		deps.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	b.responses = satisfactionv1.NewResponseServiceClient(b.Conn)
	return b
}

func (b *bundle) open(t *testing.T, o responsetest.Options) *responsetest.World {
	t.Helper()
	w, err := responsetest.Open(t.Context(), b.DB, b.Clock.Now(), o)
	require.NoError(t, err)
	return w
}

func requireReason(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), err)
	require.Equal(t, reason, fault.From(err).Reason())
}

func value(v int32) *satisfactionv1.ResponseAnswer {
	return &satisfactionv1.ResponseAnswer{Value: &v}
}

// said is a valid response.
func said(customer string, prompt int32) *satisfactionv1.Response {
	out := &satisfactionv1.Response{Customer: customer, Channel: satisfactionv1.Response_TELEPHONE, Answers: map[string]*satisfactionv1.ResponseAnswer{
		"polite": value(6), "prompt": value(prompt), "recommend": value(9), "role": {Choices: []string{"buyer"}},
	}}
	if prompt <= 3 {
		out.Answers["reason"] = &satisfactionv1.ResponseAnswer{Text: "hurry up"}
	}
	return out
}

func (b *bundle) create(ctx context.Context, t *testing.T, w *responsetest.World, r *satisfactionv1.Response) *satisfactionv1.Response {
	t.Helper()
	made, err := b.responses.CreateResponse(ctx, &satisfactionv1.CreateResponseRequest{Parent: w.Name(), Response: r})
	require.NoError(t, err)
	return made
}

func (b *bundle) filled(t *testing.T, w *responsetest.World) (filled int) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &filled, `select filled from quotas where survey_id = $1`, w.Survey))
	return filled
}

// accepted is how many responses count.
func (b *bundle) accepted(t *testing.T, w *responsetest.World) (count int) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &count, `select count(*) from responses where survey_id = $1 and state = 2`, w.Survey))
	return count
}
